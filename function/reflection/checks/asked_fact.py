"""The one fact that a question asks for by its name: an answer has to give its value.

A small model says that the facts do not tell, or takes the value beside. Where a question names
exactly one field, and nothing that is not in its record, that can be seen without a model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from function.contract import InferenceRequest
from function.reflection.answer import Answer
from function.reflection.prompt.facts import Fact, facts_of
from function.reflection.prompt.referenced_facts import stems
from function.reflection.text.words import fold

LONGEST_QUESTION = 400
MOST_FACTS = 200
"""Facts beyond which a question is not compared with them, so that the check stays cheap."""
ENDING, SHORTEST_ROOT = 2, 4
"""Letters of an ending, and of the least that two forms of a word have in common."""
LONGEST_VALUE = 48
MOST_WORDS = 4
"""Sizes of a value that can be expected in an answer word for word."""

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
_WHICH_ONE = frozenset(
    ("last", "next", "current", "ultimo", "ultima", "proximo", "proxima", "atual")
)
"""Words that tell fields of one kind apart, and name none by themselves."""
_NAME = re.compile(r"\b(?:[A-Z]\w*|\w*\d\w*|\w+(?:[-_.]\w+)+)(?:[-_.]\w+)*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


class _Field(NamedTuple):
    fact: Fact
    record: str
    """Path of the object that has the field, without numbers of lists."""


def asked_fact(request: InferenceRequest) -> Fact | None:
    """Return the fact whose value a request asks for, None where that is not plain."""
    question = request.question
    if request.kind != "text" or request.response_format or len(question) > LONGEST_QUESTION:
        return None
    folded = fold(question)
    if not _ASKS_FOR_VALUE.search(folded) or _ASKS_FOR_MORE.search(folded):
        return None
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    asked = stems(question)
    said = _WORD.findall(folded)
    fields = [field for field in map(_field, facts) if _is_named(field, said)]
    if len(fields) > 1:
        shared = [_shared(field.record, asked, folded) for field in fields]
        fields = [field for field, n in zip(fields, shared, strict=True) if n == max(shared)]
    if len(fields) != 1 or not _can_be_said(fields[0].fact.value):
        return None
    return fields[0].fact if _names_only(question, fields[0], facts) else None


def lacks_fact(answer: Answer, fact: Fact) -> str:
    """Reject an answer without the value that was asked for."""
    value = str(fact.value)
    said = set(_WORD.findall(fold(answer.text)))
    words = _WORD.findall(fold(value))
    numbers = [word for word in words if any(map(str.isdigit, word))]
    if all(word in said for word in numbers) if numbers else any(word in said for word in words):
        return ""
    return f"the facts tell {fact.path}: {value}; the answer must say it"


def _field(fact: Fact) -> _Field:
    return _Field(fact, fact.path.rpartition(".")[0])


def _is_named(field: _Field, said: Sequence[str]) -> bool:
    """Return whether every word of a field's name is said; names of records are no fields."""
    name = field.fact.path.rpartition(".")[2]
    if not name[:1].islower() or any(map(str.isdigit, name)):
        return False
    words = set(_WORD.findall(fold(_HUMP.sub(" ", name))))
    return bool(words - _WHICH_ONE) and all(_is_said(word, said) for word in words)


def _is_said(word: str, said: Sequence[str]) -> bool:
    root = word[:SHORTEST_ROOT]
    # Two forms of a word have their root in common, which few others have.
    return any(_is_form_of(word, other) for other in said if other[:SHORTEST_ROOT] == root)


def _is_form_of(word: str, other: str) -> bool:
    """Return whether two words differ by their ending at most: *consumer* and *consumers*."""
    short, long = sorted((len(word), len(other)))
    kept = max(short - ENDING, SHORTEST_ROOT)
    return word == other or (
        long - short <= ENDING and word[:kept] == other[:kept] and kept < short
    )


def _can_be_said(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    words = _WORD.findall(str(value))
    return 0 < len(words) <= MOST_WORDS and len(str(value)) <= LONGEST_VALUE


def _shared(record: str, asked: set[str], folded: str) -> int:
    """Return how much of the path of a record a question says: words, and whole names."""
    names = [fold(name) for name in record.split(".")]
    return len(stems(record) & asked) + sum(name in folded for name in names if name)


def _names_only(question: str, field: _Field, facts: Sequence[Fact]) -> bool:
    """Return whether every name in a question is one of the field's record.

    A question about a record that is not there has no answer, whatever another record says.
    """
    record = [f"{fact.path} {fact.value}" for fact in facts if fact.path.startswith(field.record)]
    known = fold(" ".join(record))
    return all(fold(name) in known for name in _NAME.findall(question[:1].lower() + question[1:]))
