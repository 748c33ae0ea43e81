"""The facts that a question names: shown once more, and demanded where it is plainly one of them.

A small model loses them among the others, says that the facts do not tell, or takes the value
beside. That can be seen without a model where a question names exactly one field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from function.contract import InferenceRequest
from function.reflection.prompt.facts import Fact, facts_of
from function.reflection.text.words import fold, remembered

MOST_NAMED = 6
"""Facts beyond which a question names nothing in particular."""
STEM = 4
"""Letters by which two words are one: 'errors' is 'error', and 'memória' is 'memory'."""
SHORTEST_WORD = 2
LONGEST_QUESTION = 400
MOST_FACTS = 200
"""Facts beyond which a question is not compared with their names, so that the check is cheap."""
ENDING = 2
"""Letters by which two forms of a field's name may differ in length: *consumer*, *consumers*."""
LONGEST_VALUE = 48
MOST_WORDS = 4
"""Sizes of a value that can be expected in an answer word for word."""

_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ASKS_FOR_VALUE = re.compile(
    r"\b(?:what|which|who|where|when|how (?:many|much|long|often|old|big|large|high)|tell me|"
    r"give me|look up|qual|quem|onde|quando|quant[oa]s?|me (?:diga|da|passa|passe|informe)|informe|"
    r"diga)\b"
)
_ASKS_FOR_MORE = re.compile(
    r"\b(?:why|mean|means|explain|should|compare|compared|than|average|total|sum|difference|"
    r"between|not|all|each|every|most|least|first|last|highest|lowest|both|and|or|if|without|"
    r"por que|porque|significa|explique|deve|devo|compar\w+|media|soma|diferenca|entre|nao|todos|"
    r"todas|cada|maior|menor|mais|menos|primeir[oa]|ambos|ou|se|sem)\b"
)
"""Questions whose right answer may do without the value of the field that they name."""
_NAME = re.compile(r"\b(?:[A-Z]\w*|\w*\d\w*|\w+(?:[-_.]\w+)+)(?:[-_.]\w+)*")
_WHICH_ONE = frozenset(
    ("last", "next", "current", "ultimo", "ultima", "proximo", "proxima", "atual")
)
"""Words that tell fields of one kind apart, and name none by themselves."""
_UNITS = frozenset((
    "kwh", "kw", "w", "km", "kg", "g", "m", "cm", "mm", "ms", "s", "h", "min", "minutes", "seconds",
    "hours", "days", "percent", "pct", "celsius", "c", "mb", "gb", "tb", "mib", "gib", "kib", "eur",
    "usd", "brl", "liters", "litres", "bytes", "minutos", "segundos", "horas", "dias",
))  # fmt: skip
"""Units in the name of a field, which a question leaves out."""


def named(facts: Sequence[Fact], question: str) -> list[Fact]:
    """Return the facts whose path shares most words with a question, in their order.

    None where the path of no fact has a word of it, and none where more than half of the facts or
    more than :data:`MOST_NAMED` do equally well.
    """
    paths = [_stems_of_path(fact.path) for fact in facts]
    said = fold(question)
    # Most questions name nothing; to see that costs less than to take them to pieces.
    if not any(map(said.__contains__, chain.from_iterable(paths))):
        return []
    asked = _stems(said)
    shared = [len(asked & stems) for stems in paths]
    most = max(shared, default=0)
    found = [fact for fact, count in zip(facts, shared, strict=True) if count == most]
    few = len(found) <= min(MOST_NAMED, len(facts) // 2)
    return found if most and few else []


def asked_fact(request: InferenceRequest) -> Fact | None:
    """Return the fact whose value a request asks for, None where that is not plain."""
    question = request.question
    if not request.context or request.kind != "text" or request.response_format:
        return None
    if len(question) > LONGEST_QUESTION:
        return None
    folded = fold(question)
    if not _ASKS_FOR_VALUE.search(folded) or _ASKS_FOR_MORE.search(folded):
        return None
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    asked = _stems(folded)
    # Of the few that may be meant, the names are compared word for word.
    close = [fact for fact in facts if _stems_of_path(_field(fact)) - _UNIT_STEMS <= asked]
    said = _WORD.findall(folded) if close else []
    found = [fact for fact in close if _is_named(_field(fact), said)]
    if len(found) > 1:
        shared = [_shared(_record(fact), asked, folded) for fact in found]
        found = [fact for fact, n in zip(found, shared, strict=True) if n == max(shared)]
    if len(found) != 1 or not _can_be_said(found[0].value):
        return None
    return found[0] if _names_only(question, found[0], facts) else None


def _field(fact: Fact) -> str:
    return fact.path.rpartition(".")[2]


def _record(fact: Fact) -> str:
    return fact.path.rpartition(".")[0]


def _is_named(field: str, said: Sequence[str]) -> bool:
    """Return whether every word of a field's name is said; names of records are no fields."""
    if not field[:1].islower() or any(map(str.isdigit, field)):
        return False
    words = set(_WORD.findall(fold(_HUMP.sub(" ", field)))) - _UNITS
    return bool(words - _WHICH_ONE) and all(
        any(_is_form_of(word, other) for other in said) for word in words
    )


def _is_form_of(word: str, other: str) -> bool:
    """Return whether two words differ by their ending at most."""
    if word == other:
        return True
    short, long = sorted((len(word), len(other)))
    kept = max(short - ENDING, STEM)
    return long - short <= ENDING and kept < short and word[:kept] == other[:kept]


def _can_be_said(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    words = _WORD.findall(str(value))
    return 0 < len(words) <= MOST_WORDS and len(str(value)) <= LONGEST_VALUE


def _shared(record: str, asked: set[str], folded: str) -> int:
    """Return how much of the path of a record a question says: words, and whole names."""
    names = [fold(name) for name in record.split(".")]
    return len(_stems(record) & asked) + sum(name in folded for name in names if name)


def _names_only(question: str, fact: Fact, facts: Sequence[Fact]) -> bool:
    """Return whether every name in a question is one of the fact's record.

    A question about a record that is not there has no answer, whatever another record says.
    """
    record = _record(fact)
    known = fold(
        " ".join(f"{one.path} {one.value}" for one in facts if one.path.startswith(record))
    )
    return all(fold(name) in known for name in _NAME.findall(question[:1].lower() + question[1:]))


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words of a text, by which words of one root are equal."""
    return {word[:STEM] for word in _WORD.findall(fold(text)) if len(word) >= SHORTEST_WORD}


_stems_of_path = remembered(_stems)
_UNIT_STEMS = frozenset(_stems(" ".join(_UNITS)))
