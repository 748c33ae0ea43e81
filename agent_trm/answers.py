"""The answer in what a model wrote: without its thoughts, and JSON without fences."""

from __future__ import annotations

import json
import re
from typing import Any

_BEGIN = re.compile(r"\s*(?:<(?:think|thinking|thought)>|\[THINK\]|<\|channel\|>)", re.IGNORECASE)
_END = re.compile(
    r"(?<!`)</(?:think|thinking|thought)>|\[/THINK\]|<\|channel\|>final[^<]{0,80}<\|message\|>",
    re.IGNORECASE,
)
_FENCED = re.compile(r"```\w*\s(.*?)```", re.DOTALL)


def without_thoughts(text: str) -> str:
    """Return what follows the last thoughts; empty if they were cut off before their end."""
    if _json(text) is not None:
        return text
    end = None
    for end in _END.finditer(text):  # noqa: B007
        pass
    if end is None:
        return "" if _BEGIN.match(text) else text
    return text[end.end() :].strip()


def json_in(text: str) -> Any:
    """Return the JSON value that a text is, or holds between fences.

    :raises ValueError: there is none.
    """
    for part in [text, *_FENCED.findall(text)]:
        if (found := _json(part)) is not None:
            return found[0]
    raise ValueError("no JSON")


def _json(text: str) -> tuple[Any] | None:
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None
