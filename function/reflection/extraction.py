"""The JSON in what a model wrote around it: fences, prose, a second value."""

from __future__ import annotations

from function.strict_json import strict_json

MAX_STARTS = 50
"""Brackets at which an attempt is made; text with more holds no answer."""


def extract_json(text: str) -> str:
    """The first whole JSON object or array in a text; the text itself when there is none.

    A text that is JSON already, of whatever type, comes back as it is.
    """
    text = text.strip()
    if _is_json(text):
        return text
    start = -1
    for _ in range(MAX_STARTS):
        start = _next_bracket(text, start + 1)
        if start < 0:
            break
        end = _end_of(text, start)
        if end and _is_json(text[start:end]):
            return text[start:end]
    return text


def _is_json(text: str) -> bool:
    try:
        strict_json(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return False
    return True


def _next_bracket(text: str, start: int) -> int:
    places = [place for place in (text.find("{", start), text.find("[", start)) if place >= 0]
    return min(places, default=-1)


def _end_of(text: str, start: int) -> int:
    """One past the bracket that closes the one at ``start``; 0 when none does."""
    open_brackets: list[str] = []
    in_string = escaped = False
    for place in range(start, len(text)):
        char = text[place]
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            open_brackets.append("}" if char == "{" else "]")
        elif char in "}]":
            if not open_brackets or open_brackets.pop() != char:
                return 0
            if not open_brackets:
                return place + 1
    return 0
