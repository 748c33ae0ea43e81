"""JSON as RFC 8259 has it: what Python also takes is refused."""

from __future__ import annotations

from typing import Any

import pytest

from function.events.codec import (
    is_json,
    strict_json,
)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b" [1, -2.5e3, true, null] ", [1, -2500.0, True, None]),
        ('"größer \\ud83d\\ude00"'.encode(), "größer 😀"),
        (b'"\\\\ud800"', "\\ud800"),  # an escaped backslash, no surrogate
        (b"[" * 100 + b"]" * 100, None),
        (b'"' + b"[" * 5000 + b'"', "[" * 5000),
        (b"[" + b"[0]," * 500 + b"[0]]", [[0]] * 501),
        (b"null", None),
        (b"1e308", 1e308),
        (b"1E+100", 1e100),
        (b"1e-999", 0.0),
        (b"9" * 40, int("9" * 40)),
        (b"9" * 31 + b"e99", 1e130),
        (b"-1" + b"0" * 308, -(10**308)),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_strict_json_accepts(body: bytes, value: Any) -> None:
    assert value is None or strict_json(body) == value
    strict_json(body)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "not JSON: Expecting value at line 1 column 1"),
        (b"{'a': 1}", "not JSON: Expecting property name enclosed in double quotes"),
        (b"1 2", "not JSON: Extra data"),
        (b"NaN", "not JSON: NaN is not a JSON number"),
        (b"[-Infinity]", "not JSON: -Infinity is not a JSON number"),
        (b"1e999", "not JSON: a number is too large"),
        (b"[1E+999]", "not JSON: a number is too large"),
        (b"-1e0309", "not JSON: a number is too large"),
        (b"9" * 300 + b"e9", "not JSON: a number is too large"),
        (b"9" * 309 + b".0", "not JSON: a number is too large"),
        (b"1" + b"0" * 309, "not JSON: a number is too large"),
        (b"[-1" + b"0" * 400 + b"]", "not JSON: a number is too large"),
        (b"9" * 5000, "not JSON: Exceeds the limit"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not UTF-8 at byte 1"),
        (b"\xef\xbb\xbf{}", "not JSON: Expecting value"),
        (b'"\\ud800"', "not JSON: a lone surrogate"),
        (b'{"\\uDFFF": 1}', "not JSON: a lone surrogate"),
        (b'["\\ude00\\ud83d"]', "not JSON: a lone surrogate"),
        (b'"a\nb"', "not JSON: Invalid control character at line 1"),
        (b"[" * 101 + b"]" * 101, "nested more than 100 levels deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "nested more than 100 levels deep"),
        (b"[" * 100_000, "nested more than 100 levels deep"),
        ("{}".encode("utf-16"), "not UTF-8 at byte 0"),
    ],
)
def test_strict_json_refuses(body: bytes, line: str) -> None:
    with pytest.raises(ValueError) as refusal:
        strict_json(body)
    assert str(refusal.value).startswith(line)
    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, True),
        ("application/json; charset=utf-8", True),
        ("TEXT/JSON", True),
        ("application/vnd.x+json", True),
        ("application/jsonlines", False),
        ("text/plain", False),
        ("json", False),
    ],
)
def test_is_json(content_type: str | None, expected: bool) -> None:
    assert is_json(content_type) is expected
