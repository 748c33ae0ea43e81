"""JSON read and written without surprises: what one side accepts, the other can write again.

Python's ``json`` accepts more than RFC 8259 allows (``NaN``), keeps strings that no UTF-8 can
carry (lone surrogates), turns ``1e999`` into infinity and fails on deep nesting with an error
that depends on the depth of the caller's stack. Everything read here can be written again.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

MAX_DEPTH = 100
"""Levels of arrays and objects; fixed, so that a body is valid everywhere or nowhere."""

LONGEST_INTEGER = 300
"""Characters of an integer that a double surely holds."""

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def strict_json(body: bytes) -> Any:
    r"""Read one JSON text (RFC 8259) in UTF-8 without a byte order mark.

    Returns the value as dict, list, str, int, float, bool or None.

    Raises:
        ValueError: with one short line, for whatever is wrong: invalid UTF-8, no JSON,
            ``NaN`` or a number beyond a double, a lone surrogate (also as ``\\ud800``), an
            integer of thousands of digits, or more than ``MAX_DEPTH`` levels. Never another
            exception.
    """
    value = _parse(body)
    # Brackets in strings count too, which only means that a few shallow bodies are walked.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _refuse_depth(value)
    return value


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise ValueError(f"not UTF-8 at byte {bad.start}") from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as bad:
        problem = bad.msg.rstrip(": ").removesuffix(" at")
        raise ValueError(f"not JSON: {problem} at line {bad.lineno} column {bad.colno}") from None
    except RecursionError:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep") from None
    except ValueError as bad:  # the hooks below, or Python's limit on the digits of an integer
        raise ValueError(f"not JSON: {str(bad).partition(':')[0]}") from None
    if _ESCAPED_SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("not JSON: a lone surrogate in a string") from None
    return value


def json_bytes(value: Any) -> bytes:
    """Write ``value``, which may hold pydantic models, as compact JSON in UTF-8.

    Raises:
        ValueError: for NaN or infinity, a lone surrogate, a circular or too deep value.
        TypeError: for a type that JSON does not have.
    """
    # An event is written as JSON half a dozen times over; this writer takes a fifth of the time,
    # but it lets through what is not a JSON number, so what looks like one is written again.
    try:
        text = to_json(value)
    except (PydanticSerializationError, ValueError):
        return _write_strictly(value)
    if b"NaN" in text or b"Infinity" in text:
        return _write_strictly(value)
    return text


def _write_strictly(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply for JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _within_double(digits: str) -> int:
    number = int(digits)  # refuses thousands of digits itself
    if len(digits) > LONGEST_INTEGER and math.isinf(float(digits)):
        raise ValueError("a number is too large")
    return number


def _refuse_depth(value: Any) -> None:
    level = _containers([value])
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return
    raise ValueError(f"nested more than {MAX_DEPTH} levels deep")


def _values_of(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"JSON has no {type(value).__name__}")


def _containers(value: Any) -> list[Any]:
    children = value.values() if type(value) is dict else value
    return [child for child in children if type(child) in (dict, list)]


_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, parse_int=_within_double
)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_values_of
)
