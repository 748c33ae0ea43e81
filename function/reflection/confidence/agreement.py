"""How far several drafts say the same: what a model is sure of it says again.

Source: self-consistency, arXiv 2203.11171; here without a majority, because texts rarely are
equal to the letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Any

from function.events.strict_json import strict_json
from function.reflection.checks.numbers import KnownNumbers, quantities
from function.reflection.text.words import words_of


def agreements(texts: Sequence[str]) -> list[float]:
    """For each text the mean likeness to the others, 0 to 1; 1 for a text alone.

    Names of choices and other equal texts are alike. Two JSON values are as alike as the share of
    their fields that are equal, texts with numbers are alike if they state the same ones, and all
    else is compared by its words.
    """
    if len(texts) < 2:
        return [1.0] * len(texts)
    keys = [_Key(text) for text in texts]
    return [
        sum(_likeness(mine, other) for place, other in enumerate(keys) if place != number)
        / (len(keys) - 1)
        for number, mine in enumerate(keys)
    ]


class _Key:
    """What of a text is compared."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.fields: frozenset[tuple[str, str]] | None = None
        try:
            value = strict_json(self.text.encode())
        except ValueError:
            value = None
        if isinstance(value, (dict, list)):
            self.fields = frozenset(_fields(value, ""))
        self.numbers = list(quantities(self.text))
        self.known = KnownNumbers(self.numbers)
        self.words = words_of(self.text)


def _likeness(first: _Key, second: _Key) -> float:
    if first.text == second.text:
        return 1.0
    if first.fields is not None and second.fields is not None:
        return _overlap(first.fields, second.fields)
    if first.numbers or second.numbers:
        same = all(map(second.known.has, first.numbers))
        return float(same and all(map(first.known.has, second.numbers)))
    return _overlap(first.words, second.words)


def _overlap(first: Set[Any], second: Set[Any]) -> float:
    union = first | second
    return len(first & second) / len(union) if union else 0.0


def _fields(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _fields(inner, f"{path}.{place}")
    else:
        yield path, repr(value)
