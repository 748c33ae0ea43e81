"""Questions whether there is something, which a line of the facts or instructions reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from function.reflection.checks.facts.expected import Expected, denies, says_no
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.vocabulary import WORD, Said
from function.reflection.prompt.facts import Fact
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold

MOST_REPORTED = 3
LEAST_ASKED = LEAST_NEW = 2
"""Lines that report what is asked for; words that say what it is, and that a line adds."""
MOST_LINES = 60

_NOW = frozenset(
    WORD.findall("there any some now right currently today moment algum alguma agora hoje momento")
)
"""Words of such a question that do not say what is asked for."""
_DENIED = re.compile(
    r"\b(?:not|never|none|without|nao|nunca|nenhum\w*|sem|solved|resolved|fixed|cleared|closed|"
    r"resolvid[oa]s?|corrigid[oa]s?)\b|n['’]t\b"
)
_NONE = re.compile(r"^\W*(?:is|are) there no\b")
_NO = re.compile(r"\bno\b")
"""In English; the Portuguese word is none."""
_ORDER = re.compile(
    r"^\W*(?:you|be|answer|never|always|only|if|use|say|voce|seja|nunca|sempre|se)\b"
)
_MARK = re.compile(r"^[\W_]*(?=\w)")


def expected_report(question: Question, facts: Iterable[Fact], system: str) -> Expected | None:
    """Return the demand for the lines that have each word of what is asked for."""
    words = [word for word in question.content_words() if word not in _NOW]
    if len(words) < LEAST_ASKED or _DENIED.search(question.folded) or _NONE.match(question.folded):
        return None
    lines = list(_lines([*_texts(facts), system]))
    found = [line for line in lines if Said([line]).has_forms(words)]
    if len(lines) > MOST_LINES or not 0 < len(found) <= MOST_REPORTED:
        return None
    for line in map(fold, found):
        if _DENIED.search(line) or _ORDER.match(line):
            return None
        if not question.is_portuguese and _NO.search(line):
            return None
    new = [_new_words(line, question) for line in found]
    if min(map(len, new)) < LEAST_NEW:  # the name of a record says nothing of it
        return None

    def is_met(text: str) -> bool:
        if says_no(fold(text)) or denies(text):
            return False
        said = Said([text])
        return all(_is_said(own, said) for own in new)

    reported = "; ".join(found)
    stated = f"{'Sim' if question.is_portuguese else 'Yes'}: {reported}."
    return Expected("reported", f"it is reported: {reported}", is_met, stated)


def _texts(facts: Iterable[Fact]) -> Iterator[str]:
    for fact in facts:
        if " " in fact.field:  # a line with a colon, read out of a prompt
            yield f"{fact.field}: {fact.value}"
            continue
        values = fact.value if isinstance(fact.value, list) else [fact.value]
        yield from (value for value in values if isinstance(value, str))


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for sentence in sentences(text):
            if line := _MARK.sub("", sentence).strip(" ."):
                yield line


def _new_words(line: str, question: Question) -> list[str]:
    words = [word for word in WORD.findall(fold(line)) if word not in FUNCTION_WORDS]
    return [word for word in words if not question.said.has_form(word)]


def _is_said(words: list[str], said: Said) -> bool:
    """Return whether a text has the numbers among words, and one of all."""
    numbers = [word for word in words if word.isdigit()]
    return all(map(said.has_form, numbers)) and any(map(said.has_form, words))
