"""What the facts, the system prompt or the prompt instruct where a question asks how to do it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from function.reflection.checks.facts.expected import Expected, capitalized
from function.reflection.checks.facts.question import FUNCTION_WORDS, SENTENCE, Question, telling
from function.reflection.checks.facts.vocabulary import (
    Said,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.prompt.orders_to_model import overrules
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold

FEWEST_WORDS = 3
MOST_WORDS = 60
"""Words of instructions: fewer are a value, more are a text that says other things as well."""
MOST_FACTS = 60
LONGEST_TEXT = 4_000
LEAST_SHARED = 2
"""Words of a question that its instructions, or their name, have at least."""
MOST_STRANGE = 1
"""Words of a question that they have not: of whom or of what it is."""
_OTHERWISE = re.compile(
    r"\b(?:without|instead|other than|besides|not|often|many|much|long|know|feel|compare\w*|sem|"
    r"em vez|alem de|nao|outra forma)\b|n['’]t\b"
)
"""Words of questions that the instructions may not answer."""
_STATES = re.compile(
    r"^\W*(?:the|an?|it|this|that|these|there|we|i|he|she|they|our|o|os|as|um|uma|ele|ela|este|"
    r"esta|nos|eu)\b|^\W*(?:\w+\W+){0,4}(?:is|are|was|were|has|had|foi|foram|sao|estao|era)\b"
)
_ADVISES = re.compile(
    r"\b(?:can|must|should|have to|need to|by \w+ing|pode\w*|deve\w*|precisa\w*|basta)\b"
)
"""What tells how something is, and what tells what to do all the same."""
_ASKING = word_set(
    "do does go going work people guest guests visitors one we faco faz fazer faco preciso consigo "
    "posso devo gente get make use using happens when if quando se caso access connect join reach "
    "tirar tiro pegar pego usar acessar conectar entrar"
)


class _Instructions(NamedTuple):
    field: str
    name: str
    text: str
    """The instructions, and the words that say what they are for."""


def expected_how_to(text: str, facts: Sequence[Fact], system: str) -> Expected | None:
    """Return the demand for the one piece of instructions that fits a question.

    :param text: the question, with lines that may be the instructions.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    asking = [line for line in lines if line.rstrip().endswith("?")] or lines[-1:]
    asked = SENTENCE.split(asking[0])[-1:] if len(asking) == 1 else []
    if not asked or len(facts) > MOST_FACTS or len(text) > LONGEST_TEXT:
        return None
    texts = "\n".join([system, *(line for line in lines if line not in asking)])
    core = Question(asked[0])
    if _OTHERWISE.search(core.folded):
        return None
    words = set(core.content_words()) - _ASKING
    first = [word for word in core.content_words() if word in words][:1]
    best: list[_Instructions] = []
    most = 0
    for found in _instructions(facts, texts):
        known = Said([found.name, found.text])
        shared = sum(map(known.has_form, words))
        if shared > most:
            best, most = [], shared
        if shared == most and len(words) - shared <= MOST_STRANGE:
            best.append(found)
    if len(best) != 1 or not most:
        return None
    (found,) = best
    known = Said([found.name, found.text])
    if not all(map(known.has_form, {fold(name) for name in core.names} - FUNCTION_WORDS)):
        return None  # a device of another name
    strange = [word for word in core.content_words() if word in words and not known.has_form(word)]
    if strange[:1] == first:
        return None  # how it is mended is not how it is paid
    if most < LEAST_SHARED:
        is_named = found.field and core.said.has_forms(telling_words(found.field))
        if not is_named or strange:  # a router is not reset as a grinder is
            return None
    text = found.text.strip(" .")
    wanted = set(telling(text))
    new = {word for word in wanted if not core.said.has_form(word)} or wanted
    figures = {word for word in new if any(map(str.isdigit, word))}

    def is_met(answer: str) -> bool:
        said = Said([answer])
        return all(map(said.has_form, figures)) and 2 * sum(map(said.has_form, new)) >= len(new)

    stated = f"{capitalized(text)}."
    return Expected("asked_told", f"it is said: {stated}", is_met, stated)


def _instructions(facts: Sequence[Fact], texts: str) -> Iterator[_Instructions]:
    """Yield what may be instructions, with the names and the other values of its record."""
    for fact in facts:
        items = fact.value if isinstance(fact.value, list) else [fact.value]
        if not all(isinstance(item, str) for item in items):
            continue
        text = "; ".join(item.strip(" .") for item in items)
        if _instructs(text):
            near = _beside(fact, facts)
            if any(len(value) > len(text) for value in near):
                continue  # the topic of the instructions
            names = [*words_of_name(fact.path), *near]
            yield _Instructions(fact.field, " ".join(names), text)
    for line in sentences(texts):
        text = line.strip(" \t-*•–.")
        if _instructs(text):
            yield _Instructions("", "", text)


def _instructs(text: str) -> bool:
    """Return whether a text says what to do, and gives the reader of the request no orders."""
    if not FEWEST_WORDS <= len(text.split()) <= MOST_WORDS or overrules(text):
        return False
    folded = fold(text)
    return _STATES.search(folded) is None or _ADVISES.search(folded) is not None


def _beside(fact: Fact, facts: Sequence[Fact]) -> list[str]:
    """Return the other texts of a record of a list, such as the topic of its instructions."""
    if not fact.record.rpartition(".")[2].isdecimal():
        return []
    near = [one for one in facts if one.record == fact.record and one != fact]
    return [one.value for one in near if isinstance(one.value, str)]
