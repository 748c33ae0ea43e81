"""What a request says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from function.contract import InferenceRequest


def texts_of(request: InferenceRequest) -> Iterator[str]:
    """Yield everything that a request says: each turn, each key and value of its context."""
    yield request.question
    yield request.system or ""
    yield from (message.content for message in request.history)
    yield from _leaves(request.context)


def _leaves(value: Any) -> Iterator[str]:
    """Yield keys and values of the context as one text each, escaping nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)
