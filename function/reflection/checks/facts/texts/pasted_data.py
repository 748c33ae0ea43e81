"""Data that a prompt holds as a program writes them: JSON, YAML, lines of a name and a value.

The verifiers of a context read them: *What is the log level?* above ``LOG_LEVEL=debug`` asks for
the field ``log_level`` of an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from function.reflection.text.sentences import BULLET

LONGEST = 8192
"""Characters of a prompt that is read."""
FEWEST_LINES = 2
_JSON = re.compile(r"[{\[]\s*[\"{\[]")
_LINE = re.compile(r"\s*(?P<name>[^\W\d_][\w ()./%-]{0,47}?)\s*(?::\s|=)\s*(?P<value>\S.{0,79})\s*")
_DATED = re.compile(r"\b\d")
_KEY = re.compile(r"^[ -]*[\w.-]+:(?: |$)", re.M)
_NO_DATA = re.compile(r"[&*!]\w|[.!]$", re.M)
"""Sentences, and aliases and types, which make a short text a large object or one of another
kind."""
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,9}")
_AROUND = "` \n"
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Pasted(NamedTuple):
    """What a prompt asks, and the data that it holds."""

    question: str
    context: dict[str, Any]


def pasted_data(prompt: str) -> Pasted | None:
    """Return the one line of a prompt that asks, and the data in the rest of it, None without."""
    if len(prompt) > LONGEST:
        return None
    if (found := _JSON.search(prompt)) is not None:
        start, end = found.start(), max(prompt.rfind("}"), prompt.rfind("]")) + 1
        beside = (prompt[:start].strip(_AROUND), prompt[end:].strip(_AROUND))
        data = _parsed_json(prompt[start:end])
        if data is not None:
            return _of("\n".join(filter(None, beside)), data)
    lines = prompt.splitlines()
    asking = [line for line in lines if line.rstrip().endswith("?")]
    if len(asking) != 1:
        return None
    rest = [line for line in lines if line.strip() and line is not asking[0]]
    rest = [line for line in rest if not line.startswith(("```", "$ "))]
    return _of(asking[0].strip(), _pairs(rest) or _parsed_yaml(rest))


def _of(question: str, data: object) -> Pasted | None:
    if isinstance(data, list) and data and all(isinstance(each, dict) for each in data):
        data = {"items": data}
    if not isinstance(data, dict) or not data or not question or "\n" in question:
        return None
    return Pasted(question, data)


def _parsed_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(lines: Sequence[str]) -> dict[str, Any] | None:
    """Return the values of lines such as *Status: Pending* and ``DB_PORT=5432`` by their names."""
    found = [_LINE.fullmatch(line) for line in lines]
    pairs = {
        "_".join(match["name"].lower().split()): _typed(match["value"]) for match in found if match
    }
    if len(pairs) < max(len(lines), FEWEST_LINES) or any(map(_DATED.search, pairs)):
        return None
    return pairs


def _parsed_yaml(lines: Sequence[str]) -> object:
    text = "\n".join(lines)
    is_list = all(map(BULLET.match, lines))  # which is read elsewhere
    if is_list or len(lines) < FEWEST_LINES or _KEY.search(text) is None or _NO_DATA.search(text):
        return None
    try:
        return _with_types(yaml.load(text, _LOADER))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _with_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _with_types(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(_with_types, value))
    return _typed(value)


def _typed(text: str) -> Any:
    """Return a number, a truth value or the text itself: YAML's own rules make 08:10 a number."""
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and not text.endswith("0"):  # 1.20 may be a version
        return float(text)
    return {"true": True, "false": False, "null": None, "": None}.get(text, text)
