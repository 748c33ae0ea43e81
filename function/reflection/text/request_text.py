"""Everything that a request says, as one text."""

from __future__ import annotations

import json
from typing import Any

from function.contract import InferenceRequest


def all_text(request: InferenceRequest) -> str:
    """Return everything that a request says, in one text."""
    spoken = [request.question, request.system or "", *(m.content for m in request.history)]
    return "\n".join([*spoken, *_leaves(request.context)])


def _leaves(value: Any) -> list[str]:
    """Return keys and values of the context as one text each, escaping nothing."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (str(key), *_leaves(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in _leaves(inner)]
    return [value if isinstance(value, str) else json.dumps(value)]
