"""Questions that the facts answer by yes or no.

*Is the disk above 80 %?* with ``disk: 91 %``: yes. *Is the lift running?* with ``lift: stopped``:
no.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from function.reflection.checks.facts.absence.untold import says_not_known
from function.reflection.checks.facts.comparisons import Limit, amount_of, limit_in, unit_in_name
from function.reflection.checks.facts.expected import (
    Expected,
    denies,
    says_no,
    says_value,
    says_words,
    says_yes,
    verdict_word,
    written,
)
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.states import agrees, is_state, is_state_field, opposites
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

_ASKS = re.compile(
    r"^\W*(?:(?:hi|hello|hey|ola|oi|please|por favor|e|and|so|bom dia|boa tarde|boa noite)\W+)*"
    r"(?:is|are|was|were|does|do|did|has|have|had|esta|estao|e|foi|foram|tem|ha|ja|ainda|o|a|os|as|"
    r"chegou|rodou|passou|terminou|existe)\b"
)
_WH = re.compile(
    r"\b(?:what|which|who|whose|where|when|why|how|qual|quais|quem|onde|quando|como|quant[oa]s?|"
    r"por que|o que|or|ou)\b"
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|without|nao|nunca|sem|nem|any ?more|still|ainda|only|so|all|every|each|"
    r"todos|todas|both|ambos|any|anyone|anything|algum|alguma|alguem|some|most|almost|quase|"
    r"should|can|could|may|must|deve|pode|why|if|se|going to|will|vai)\b|n['’]t\b"
)
"""Words with which an answer by yes or no is not plain."""
_THAN = re.compile(
    r"(?P<left>.*\b(?:(?P<more>more|higher|bigger|larger|greater|longer|heavier|warmer|hotter|maior|"
    r"mais)|less|fewer|lower|smaller|shorter|lighter|colder|cooler|menor|menos)\b.*?)"
    r"\b(?:than|do que|que)\b(?P<right>.*)"
)
_TOGETHER = re.compile(r"\b(?:and|plus|together|combined|twice|e|mais que o dobro|juntos)\b", re.I)
_AUXILIARY = word_set(
    "is are was were does do did has have had there than the a an esta estao foi foram tem ha ja "
    "de do da que yes run ran happen work get currently now today"
)


def expected_verdict(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that an answer says yes, or no, as the facts have it."""
    if len(question.sentences) != 1 or not question.text.rstrip().endswith("?"):
        return None
    folded = question.folded
    if not (_ASKS.match(folded) or question.is_portuguese):
        return None
    if _WH.search(folded) or _NEGATED.search(folded):
        return None
    limit = limit_in(folded)
    if limit is not None:
        return _compared(question, facts, limit)
    return _stated(question, facts) or _compared_with(question, facts)


def _compared(question: Question, facts: Sequence[Fact], limit: Limit) -> Expected | None:
    """Return the verdict on a question whether the load is above 80 %."""
    known: list[tuple[Fact, float]] = []
    for fact in facts:
        amount = amount_of(fact.value)
        if amount is None or not _is_named(question, fact):
            continue
        unit = amount[1] or unit_in_name(fact.field)
        if limit.unit in ("", unit) or (not unit and _is_measured_in(limit.unit, fact)):
            known.append((fact, amount[0]))
    if len(known) != 1:
        return None
    fact, number = known[0]
    if _says_more(question, fact, facts, limit.words):
        return None
    return _verdict(limit.holds(number, limit.number), fact, frozenset(), question)


def _compared_with(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the verdict on a question whether one amount is more, or less, than another."""
    match = _THAN.match(question.folded)
    if match is None or _TOGETHER.search(question.text):
        return None
    left, right = Said([match["left"]]), Said([match["right"]])
    numbers = [(fact, amount) for fact in facts if (amount := amount_of(fact.value)) is not None]
    pairs = [
        ((one, first), (other, second))
        for one, first in numbers
        for other, second in numbers
        if first[1] == second[1] and _are_told_apart(one, other, left, right)
    ]
    if len(pairs) != 1:
        return None
    (one, first), (other, second) = pairs[0]
    if first[0] == second[0]:
        return None
    is_so = (first[0] > second[0]) is (match["more"] is not None)
    told = one._replace(value=f"{written(one.value)}, {other.path}: {written(other.value)}")
    return _verdict(is_so, told, frozenset(), question)


def _are_told_apart(one: Fact, other: Fact, left: Said, right: Said) -> bool:
    """Return whether two facts differ by one word, which each side of *than* says of its own."""
    words, others = set(words_of_name(one.path)), set(words_of_name(other.path))
    own, its = words - others, others - words
    if len(own) != 1 or len(its) != 1:
        return False
    (word,), (against,) = own, its
    return (
        left.has_form(word)
        and right.has_form(against)
        and not left.has_form(against)
        and not right.has_form(word)
    )


def _stated(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the verdict on a question whether the shop is open, or has a lift."""
    if _has_own_numbers(question, facts):
        return None
    found: list[tuple[Fact, bool, frozenset[str]]] = []
    for fact in facts:
        if isinstance(fact.value, bool):
            if _is_named(question, fact):
                other = frozenset().union(*map(opposites, words_of_name(fact.field)))
                found.append((fact, fact.value, other))
            continue
        if not _is_about(question, fact):
            continue
        for state in dict.fromkeys(question.said.words):
            verdict = agrees(state, fact.value) if is_state(state) else None
            if verdict is not None:
                found.append((fact, verdict, opposites(state)))
                break
    found = _closest(question, found)
    if len(found) != 1:
        return None
    fact, verdict, other = found[0]
    if _says_more(question, fact, facts, frozenset()):
        return None
    return _verdict(verdict, fact, other, question)


def _closest(
    question: Question, found: Sequence[tuple[Fact, bool, frozenset[str]]]
) -> list[tuple[Fact, bool, frozenset[str]]]:
    """Return those of whose paths a question says most words."""
    names = [set(words_of_name(fact.path)) for fact, _, _ in found]
    shared = [sum(map(question.said.has, words)) for words in names]
    return [one for one, count in zip(found, shared, strict=True) if count == max(shared)]


def _verdict(is_so: bool, fact: Fact, opposite: frozenset[str], question: Question) -> Expected:
    said = "yes" if is_so else "no"
    reason = f"the facts say {fact.path}: {written(fact.value)}; the answer must be {said}"

    subject = question.content_words()

    def says_it(folded: str) -> bool:
        said = Said([folded])
        by_state = str(fact.value) not in FUNCTION_WORDS and says_words(folded, fact.value)
        return by_state or 2 * sum(map(said.has, subject)) >= len(subject)

    def is_met(text: str) -> bool:
        folded = fold(text)
        says_opposite = not opposite.isdisjoint(WORD.findall(folded))
        if says_yes(folded):
            return is_so
        if says_no(folded):
            return not is_so
        if is_so:
            return says_it(folded) and not denies(text) and not says_opposite
        by_value = not isinstance(fact.value, bool) and says_value(text, fact.value)
        return (denies(text) and not says_not_known(text)) or says_opposite or by_value

    word = verdict_word(is_so, is_portuguese=question.is_portuguese)
    label = " ".join(words_of_name(fact.field))
    told = "" if isinstance(fact.value, bool) else f" ({label}: {written(fact.value)})"
    return Expected("asked_verdict", reason, is_met, f"{word}{told}.", (word,))


def _is_named(question: Question, fact: Fact) -> bool:
    """Return whether a question says the name of a field."""
    return question.said.has_all(telling_words(fact.field))


def _is_about(question: Question, fact: Fact) -> bool:
    """Return whether a question says the name of the record or field that has a state."""
    names = [fact.field, fact.record.rpartition(".")[2]]
    if is_state_field(fact.field):
        names = names[1:] or names
    return any(name and question.said.has_all(telling_words(name)) for name in names)


def _says_more(question: Question, fact: Fact, facts: Sequence[Fact], used: frozenset[str]) -> bool:
    """Return whether a word of a question says something that the fact and its record do not."""
    record = fact.record
    near = [
        f"{' '.join(words_of_name(one.path))} {one.value}"
        for one in facts
        if one.record == record or one == fact
    ]
    known = Said([*near, " ".join(words_of_name(fact.path))])
    said = fold(" ".join([*near, fact.path]))
    if any(fold(name) not in said and fold(name) not in used for name in question.names):
        return True
    words = set(question.content_words()) - used - _AUXILIARY - GENERIC_WORDS - UNITS
    return any(
        not known.has(word) and not (is_state(word) and agrees(word, fact.value) is not None)
        for word in words - FUNCTION_WORDS
    )


def _is_measured_in(unit: str, fact: Fact) -> bool:
    """Return whether a bare number is of what looks like a unit: *10 seats*, *20 degrees*."""
    known = Said.named(fact.path)
    return known.has(unit) or (unit == "c" and "temperature" in known.meanings)


def _has_own_numbers(question: Question, facts: Sequence[Fact]) -> bool:
    """Return whether a question has figures that stand in no name or value of the facts."""
    said = fold(" ".join(f"{fact.path} {fact.value}" for fact in facts))
    words = WORD.findall(question.folded)
    return any(any(map(str.isdigit, word)) and word not in said for word in words)
