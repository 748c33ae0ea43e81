"""Take JSON that stands behind a label in a prompt ("Metrics: {...}") for facts of the context.

As part of the context it is data: rules and checks can refer to it, and the model is shown it as
such.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MOST_BLOCKS = 20
LEAST_CHARACTERS = 8
_LABEL = re.compile(
    r"(?:^|\n)[ \t]*(?:[-*#]+[ \t]*)?([^\W\d_][\w /-]{1,40}?)[ \t]*(\([^()\n]{0,80}\))?:[ \t\n]*$"
)
_MERGED = ("context", "contexto", "data", "dados", "input", "facts")
_DECODER = json.JSONDecoder(parse_constant=lambda name: None)


@dataclass(frozen=True)
class LabelledFacts:
    """Facts by their label in lower case, and the prompt without them."""

    facts: dict[str, Any]
    rest: str


def read_labelled_facts(text: str, keep: tuple[int, int] = (0, 0)) -> LabelledFacts:
    """Return the JSON objects and lists of a text that a label introduces.

    An object labelled "Context" or the like is merged into the facts; one that repeats another is
    left out.

    :param keep: start and end of a part that is no data, such as a template.
    """
    facts: dict[str, Any] = {}
    seen: list[Any] = []
    kept: list[str] = []
    place = 0
    for start, value, end in _blocks(text, keep):
        before = text[place:start]
        label = _LABEL.search(before)
        if label is None:
            continue
        name = re.sub(r"[\W_]+", "_", label[1].lower()).strip("_")
        kept.append(before[: label.start()])
        place = end
        if value in seen:
            continue
        seen.append(value)
        if name in _MERGED and isinstance(value, dict):
            facts = {**value, **facts}
        else:
            facts[name] = value
    kept.append(text[place:])
    return LabelledFacts(facts, "".join(kept).strip())


def _blocks(text: str, keep: tuple[int, int]) -> list[tuple[int, Any, int]]:
    """Return where JSON objects and lists begin, their values, and where they end."""
    found: list[tuple[int, Any, int]] = []
    place = 0
    while len(found) < MOST_BLOCKS and (start := _next_label(text, place)) >= 0:
        place = start + 1
        if keep[0] <= start < keep[1]:
            place = keep[1]
            continue
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if end - start >= LEAST_CHARACTERS and value:
            found.append((start, value, end))
            place = end
    return found


_BEGIN = re.compile(r":[ \t\n]*([{\[])")


def _next_label(text: str, place: int) -> int:
    found = _BEGIN.search(text, place)
    return found.start(1) if found else -1
