"""Signals of confidence: support by the request, agreement of drafts, entropy of the schema.

An answer of which each word stands in the request has support 1. Two drafts that state the same
numbers agree, for a model repeats what it is sure of; source: self-consistency, arXiv 2203.11171,
here without a majority, because texts rarely are equal to the letter. A field of four permitted
values leaves two bits open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from typing import Any

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE, Deadline
from function.json_tree import JsonPath, leaves, text_of
from function.reflection.answer import Answer, Signals
from function.reflection.checks.numbers import KnownNumbers, quantities, quantities_of
from function.reflection.text.request_text import texts_of
from function.reflection.text.words import words_of

FREE_TEXT = 256
"""Values that count for a field that takes any text, or any number."""


class Source:
    """What a request says, to compare answers with.

    :raises TimeoutError: the request says more than can be read before the deadline.
    """

    def __init__(self, request: InferenceRequest, deadline: Deadline = NO_DEADLINE) -> None:
        self._words = _words_of_all(deadline.until(texts_of(request)))
        facts = _words_of_all(
            map(text_of, deadline.until(each for _, each in leaves(request.context)))
        )
        self._new_words = facts - words_of(request.question)
        asked = KnownNumbers(quantities(request.question))
        stated = deadline.until(quantities_of(request.context))
        self._new_numbers = KnownNumbers(number for number in stated if not asked.has(number))

    def complete(self, signals: Signals, answer: Answer) -> Signals:
        """Return the signals of an answer with those that the request gives."""
        return replace(signals, support=self.support(answer), news=self.news(answer))

    def support(self, answer: Answer) -> float | None:
        """Return the share of an answer's words that the request has too, None for no words.

        Of JSON the words of its texts and its numbers count, not the names of its fields.
        """
        said = words_of(_said(answer))
        return len(said & self._words) / len(said) if said else None

    def news(self, answer: Answer) -> bool:
        """Return whether an answer has a word or a number of the facts that is not in the question.

        An answer without one repeats the question or is about something else.
        """
        text = _said(answer)
        if words_of(text) & self._new_words:
            return True
        return any(map(self._new_numbers.has, quantities(text)))


def _words_of_all(texts: Iterable[str]) -> set[str]:
    return set().union(*map(words_of, texts))


def _said(answer: Answer) -> str:
    if (tree := answer.tree) is None:
        return answer.text
    return "\n".join(text_of(leaf) for _, leaf in leaves(tree))


def openness(schema: Any) -> float:
    """Return the entropy of a schema in bits: log2 of the values of each field, summed.

    The items of a list and what a reference names count once.
    """
    if schema is True:
        return math.log2(FREE_TEXT)
    if not isinstance(schema, dict) or "const" in schema:
        return 0.0
    if isinstance(values := schema.get("enum"), list):
        return math.log2(len(values) or 1)
    for key in ("anyOf", "oneOf"):
        if isinstance(variants := schema.get(key), list) and variants:
            return math.log2(len(variants)) + max(openness(each) for each in variants)
    if isinstance(fields := schema.get("properties"), dict):
        return sum(openness(inner) for inner in fields.values())
    if isinstance(inner := schema.get("items"), dict):
        return openness(inner)
    return 1.0 if schema.get("type") == "boolean" else math.log2(FREE_TEXT)


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
