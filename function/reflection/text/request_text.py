"""Everything that a request says, text by text.

Of the context ``{"pods": 3}`` these are *pods* and *3*, behind the question and the turns.
"""

from __future__ import annotations

from collections.abc import Iterator

from function.contract import InferenceRequest
from function.json_tree import key_of, text_of, walk


def texts_of(request: InferenceRequest) -> Iterator[str]:
    """Yield everything that a request says: each turn, each key and value of its context."""
    yield request.question
    yield request.system or ""
    yield from (message.content for message in request.history)
    for path, value in walk(request.context):
        if (key := key_of(path)) is not None:
            yield key
        if not isinstance(value, (dict, list)):
            yield text_of(value)
