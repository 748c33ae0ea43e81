"""The JSON in what a model wrote around it: fences, prose, a second value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from function.reflection.answer import Answer

_FENCED = re.compile(r"```\w*\s(.*?)```", re.DOTALL)
_BRACKET = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder()
MAX_STARTS = 50
"""Brackets at which an attempt is made; text with more holds no answer."""


def extract_json(text: str, schema: dict[str, Any] | None = None) -> Answer:
    """Return the first JSON value in a text that the schema allows, else the first that there is.

    Looked for are what stands between fences, of whatever type, and whole objects and arrays.
    A text that is JSON already comes back as it is, and so does one without any, or one that stops
    in the middle of a value: what is whole inside of that is not the answer.
    """
    whole = Answer(text.strip())
    if not whole.problem:
        return whole
    first, cut = None, whole.text.startswith(("{", "[")) and not _end_of(whole.text, 0)
    if cut and schema is None:
        return whole
    allowed = _allowed_by(schema)
    for found in _values(whole.text):
        if allowed(found):
            return found
        first = first or found
    return whole if cut else first or whole


def _allowed_by(schema: dict[str, Any] | None) -> Callable[[Answer], bool]:
    """Return whether JSON texts validate; all of one answer share a budget."""
    if schema is None:
        return lambda answer: True
    # Imported here: most requests bring no schema, and reading them takes a validator.
    from function.reflection.checks.json_schema import Budget, schema_problem

    budget = Budget()
    return lambda answer: not schema_problem(answer.value, schema, budget)


def _values(text: str) -> Iterator[Answer]:
    for fenced in _FENCED.finditer(text):
        if not (inner := Answer(fenced[1].strip())).problem:
            yield inner
    place = 0
    for _ in range(MAX_STARTS):
        if (opening := _BRACKET.search(text, place)) is None:
            return
        place = opening.end()
        end = _end_of(text, opening.start())
        if end and not (found := Answer(text[opening.start() : end])).problem:
            yield found
            place = end


def _end_of(text: str, start: int) -> int:
    """Return one past the JSON value that begins at ``start``, or 0 where none does."""
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return 0
