"""What a request says, and how much of an answer that supports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from function.contract import InferenceRequest
from function.reflection.grounding import words_of
from function.strict_json import strict_json


def all_text(request: InferenceRequest) -> str:
    """Everything that a request says, in one text."""
    spoken = [request.question, request.system or "", *(m.content for m in request.history)]
    return "\n".join([*spoken, *_leaves(request.context)])


def support(answer: str, words: set[str]) -> float | None:
    """Share of an answer's words that are among these, None where it has none.

    Of JSON the words of its texts and its numbers count, not the names of its fields.
    """
    try:
        value = strict_json(answer.encode("utf-8", "surrogatepass"))
    except ValueError:
        value = None
    said = words_of("\n".join(_values(value)) if isinstance(value, (dict, list)) else answer)
    return len(said & words) / len(said) if said else None


def _values(value: Any) -> Iterator[str]:
    """What stands in a JSON value, without the names of its fields."""
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _values(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def _leaves(value: Any) -> list[str]:
    """Keys and values of the context as one text each, escaping nothing."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (str(key), *_leaves(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in _leaves(inner)]
    return [value if isinstance(value, str) else json.dumps(value)]
