"""Answers that a question gives or holds itself.

*Reply with the word pong* wants that word, and *Extract the e-mail addresses from: ...* what has
such a form in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from function.json_tree import texts
from function.reflection.checks.facts.expected import Expected, listed
from function.reflection.checks.facts.question import Question
from function.reflection.text.words import caseless

MOST_FOUND = 20
"""Things of one form beyond which an answer need not name them all."""

_ORDER = re.compile(
    r"\W*(?:please |just |only |now |por favor,? )*"
    r"(?:say|reply|respond|answer|repeat|echo|diga|responda|repita)(?: back)?"
    r"(?: (?:with|only|just|exactly|com|apenas|somente|só))*"
    r"(?: (?:(?:the|a|one) )?(?:single )?(?:word|text|phrase|palavra|frase|texto))?"
    r"(?P<quote>:? ?[\"'`“‘])?:? ?(?P<text>(?(quote)[^\"'`“”‘’]{1,80}|[^\W_]+))[\"'`”’.!]*\s*",
    re.I,
)
_IS_WORD = re.compile(r"\b(?:word|text|phrase|palavra|frase|texto)\b", re.I)
_EXACT = re.compile(r"ok|test|okay|pong|ping|yes|no|hi|hello|ready|done|sim|n[aã]o|ol[aá]|oi", re.I)
"""Words that are meant as such without a quotation mark: *say something* is not."""
_FORMS = {
    "e-mail address": (
        re.compile(r"\b(?:e-?mail(?: address(?:es)?)?|e-?mails)\b", re.I),
        re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ),
    "URL": (
        re.compile(r"\b(?:urls?|links?|web address(?:es)?)\b", re.I),
        re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]"),
    ),
    "IP address": (
        re.compile(r"\b(?:ips?(?: address(?:es)?)?|endere[cç]os? ip)\b", re.I),
        re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"),
    ),
    "UUID": (
        re.compile(r"\buuids?\b", re.I),
        re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I),
    ),
}
"""Words that ask for something of a form, and the form."""
_EXTRACTS = re.compile(
    r"\W*(?:please )?(?:extract|find|get|pull out|list|give me|return|extraia|encontre|liste)"
    r"(?: (?:all|the|every|me|any|only|just|todos|todas|os|as|o|a))*\s(?P<what>[^:\n]{2,60}?)"
    r"(?:\s(?:from|in|of|out of|de|d[eoa]|em|n[oa])\b(?P<where>[^:\n]*))?(?P<rest>[:\n].*)?",
    re.I | re.S,
)


def expected_literal(question: Question) -> Expected | None:
    """Return the demand to say what a question gives as the answer."""
    found = _ORDER.fullmatch(question.text)
    if found is None:
        return None
    text = found["text"].strip()
    if not (found["quote"] or _IS_WORD.search(found[0]) or _EXACT.fullmatch(text)):
        return None

    def is_met(answer: str) -> bool:
        return _plain(answer) == _plain(text)

    return Expected("literal", f"the answer is given: {text}", is_met, text, (text,))


def expected_extract(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand for everything of a form, such as addresses, that a text holds."""
    found = _EXTRACTS.fullmatch(question.text)
    if found is None:
        return None
    asked = [name for name, (words, _) in _FORMS.items() if words.fullmatch(found["what"].strip())]
    if len(asked) != 1:
        return None
    source = "\n".join([found["where"] or "", found["rest"] or "", *texts(context)])
    values = tuple(dict.fromkeys(_FORMS[asked[0]][1].findall(source)))
    if not 0 < len(values) <= MOST_FOUND:
        return None

    def is_met(answer: str) -> bool:
        return all(value in answer for value in values)

    named = listed(values, is_portuguese=question.is_portuguese)
    return Expected("extract", f"the text holds {named}", is_met, named, values)


def _plain(text: str) -> str:
    return caseless(text).strip(" \t\n\"'`“”‘’.!")
