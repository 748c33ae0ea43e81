"""What a request says, and how much of an answer that supports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE, Deadline
from function.events.strict_json import strict_json
from function.reflection.checks.numbers import KnownNumbers, quantities, quantities_of
from function.reflection.confidence.features import Signals
from function.reflection.text.request_text import texts_of
from function.reflection.text.words import words_of


class Source:
    """What a request says, to compare answers with.

    :raises TimeoutError: the request says more than can be read before the deadline.
    """

    def __init__(self, request: InferenceRequest, deadline: Deadline = NO_DEADLINE) -> None:
        self._words = _words_of_all(deadline.until(texts_of(request)))
        facts = _words_of_all(deadline.until(_values(request.context)))
        self._new_words = facts - words_of(request.question)
        asked = KnownNumbers(quantities(request.question))
        stated = deadline.until(quantities_of(request.context))
        self._new_numbers = KnownNumbers(number for number in stated if not asked.has(number))

    def complete(self, signals: Signals, answer: str) -> Signals:
        """Return the signals of an answer with those that the request gives."""
        return replace(signals, support=self.support(answer), news=self.news(answer))

    def support(self, answer: str) -> float | None:
        """Return the share of an answer's words that the request has too, None for no words.

        Of JSON the words of its texts and its numbers count, not the names of its fields.
        """
        said = words_of(_said(answer))
        return len(said & self._words) / len(said) if said else None

    def news(self, answer: str) -> bool:
        """Return whether an answer tells a word or a number of the facts that the question lacks.

        What only repeats the question, or speaks of something else, answers nothing.
        """
        text = _said(answer)
        if words_of(text) & self._new_words:
            return True
        return any(map(self._new_numbers.has, quantities(text)))


def _words_of_all(texts: Iterable[str]) -> set[str]:
    return set().union(*map(words_of, texts))


def _said(answer: str) -> str:
    try:
        value = strict_json(answer.encode("utf-8", "surrogatepass"))
    except ValueError:
        value = None
    return "\n".join(_values(value)) if isinstance(value, (dict, list)) else answer


def _values(value: Any) -> Iterator[str]:
    """Yield what stands in a JSON value, without the names of its fields."""
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _values(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)
