"""Agreement between several drafts: a model repeats what it is sure of.

Source: self-consistency, arXiv 2203.11171; here without a majority, because texts rarely are
equal to the letter.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from function.json_tree import JsonPath, leaves
from function.reflection.answer import Answer
from function.reflection.checks.numbers import KnownNumbers, quantities
from function.reflection.text.words import words_of


def agreements(answers: Sequence[Answer]) -> list[float]:
    """Return the mean likeness of each answer to the others, 0 to 1; 1 for an answer alone.

    Names of choices and other equal texts are alike. Two JSON values are as alike as the share of
    their fields that are equal, texts with numbers are alike if they state the same ones, and all
    else is compared by its words.
    """
    if len(answers) < 2:
        return [1.0] * len(answers)
    compared = [_Compared(answer) for answer in answers]
    return [
        sum(_likeness(mine, other) for place, other in enumerate(compared) if place != number)
        / (len(compared) - 1)
        for number, mine in enumerate(compared)
    ]


class _Compared:
    """The parts of an answer that are compared: text, fields, numbers, words."""

    def __init__(self, answer: Answer) -> None:
        self.text = answer.text
        self.fields: frozenset[tuple[JsonPath, str]] | None = None
        if (value := answer.tree) is not None:
            self.fields = frozenset((path, repr(leaf)) for path, leaf in leaves(value))
        self.numbers = list(quantities(self.text))
        self.known = KnownNumbers(self.numbers)
        self.words = words_of(self.text)


def _likeness(first: _Compared, second: _Compared) -> float:
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
