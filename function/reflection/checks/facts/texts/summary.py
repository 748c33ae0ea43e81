"""Requests to summarise a text: what a summary says has to stand in the text.

*Summarise in one sentence: ...* is answered in at most as many words as the text has, most of them
its own, and with none but its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from function.json_tree import texts
from function.reflection.checks.facts.expected import Expected, capitalized
from function.reflection.checks.facts.question import telling
from function.reflection.checks.facts.texts.passages import FEWEST_WORDS, LONGEST, Words
from function.reflection.checks.numbers import KnownNumbers, quantities
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold

FEWEST_SENTENCES = 2
"""Sentences of a text below which nothing is left to leave out."""
LEAST_OWN = 0.6
"""Share of a summary's words that the text has: others may join or shorten its own."""
FEWEST_SAID = 3
"""Words of a summary that say something."""

_ORDER = re.compile(
    r"(?:^|\n)\W*(?:(?:please|can you|could you|por favor),? )*"
    r"(?:(?:briefly |shortly )?summari[sz]e|tl;? ?dr|resum[ae]|(?:give|write|make)(?: me)? "
    r"(?:an? )?(?:\w+[ -]){0,3}summary|fa[çc]a um resumo)\b[^:\n]{0,90}(?::|\n|$)",
    re.I,
)
_NUMBER = re.compile(
    rf"\b(?P<number>\d{{1,2}}|{'|'.join(sorted(UNITS))}) (?:\w+ )?"
    r"(?:sentences?|frases?|bullets?|points|lines|t[óo]picos)\b",
    re.I,
)
_BULLETS = re.compile(r"\b(?:bullet|points|t[óo]picos)", re.I)
_SALUTATION = re.compile(
    r"^(?:dear|hi|hello|hey|ol[aá]|oi|car[oa]s?|prezad[oa]s?)\b[^,.!:]{0,40}[,!:] ?", re.I
)
_LANGUAGE = re.compile(
    r"\b(?:in|into|em|para o) (?:english|portugu\w+|spanish|german|french|ingl\w+)"
)
"""A summary in another language has other words."""


def expected_summary(text: str, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that a summary has the words of the text that is summarised."""
    order = _ORDER.search(text)
    if order is None or len(text) > LONGEST or _LANGUAGE.search(fold(order[0])):
        return None
    beside = f"{text[: order.start()]}\n{text[order.end() :]}"
    held = list(texts(context))
    source = " ".join((beside.strip() or (held[0] if len(held) == 1 else "")).split())
    said = [capitalized(_SALUTATION.sub("", part.strip())) for part in sentences(source)]
    said = [part for part in dict.fromkeys(said) if len(part.split()) >= FEWEST_WORDS // 2]
    if len(said) < FEWEST_SENTENCES:
        return None
    own, known, longest = Words(source), KnownNumbers(quantities(source)), len(source.split())

    def is_met(answer: str) -> bool:
        words = telling(answer)
        kept = sum(map(own.has, words))
        is_short = len(answer.split()) < longest
        return (
            is_short
            and kept >= FEWEST_SAID
            and kept >= LEAST_OWN * len(words)
            and all(map(known.has, quantities(answer)))
        )

    first = said[: _count(order[0])]
    mark, joint = ("- ", "\n") if _BULLETS.search(order[0]) else ("", " ")
    stated = joint.join(f"{mark}{part.rstrip('.!')}." for part in first)
    reason = "a summary says what the text says, in its words and with its numbers"
    return Expected("uses_facts", reason, is_met, stated)


def _count(order: str) -> int:
    """Return how many sentences are asked for, else one."""
    found = _NUMBER.search(order)
    if found is None:
        return 3 if _BULLETS.search(order) else 1
    number = found["number"].lower()
    return int(number) if number.isdigit() else int(UNITS.get(fold(number), 1))
