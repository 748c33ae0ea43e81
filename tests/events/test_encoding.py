"""Events as they are written: headers, envelopes, what cannot be written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from function.events.codec import (
    Mode,
    encode,
    encode_batch,
)
from function.events.message import message_of
from tests.events.events_of import (
    REQUIRED,
    STRUCTURED,
    event_with,
)


@pytest.mark.parametrize(
    ("data", "content_type", "body"),
    [
        (None, None, b""),
        ({"answer": "größer", "n": 1}, None, '{"answer":"größer","n":1}'.encode()),
        ([1, 2], "application/json", b"[1,2]"),
        (0.5, "application/json", b"0.5"),
        (False, "application/json", b"false"),
        ("text", "application/json", b'"text"'),
        ("text", "application/vnd.x+json", b'"text"'),
        ("größer", "text/plain", "größer".encode()),
        ({"a": 1}, "text/plain", b'{"a":1}'),
        (b"\x00\xff", "application/json", b"\x00\xff"),
        (bytearray(b"x"), "text/plain; charset=latin-1", b"x"),
    ],
)
def test_data_in_binary_and_plain_mode(data: Any, content_type: str | None, body: bytes) -> None:
    attributes = {} if content_type is None else {"datacontenttype": content_type}
    event = event_with(data, **attributes)
    message = encode(event)
    assert message.body == body
    expected = ("content-type", content_type or "application/json")
    assert message.headers[0] == expected
    assert encode(event, Mode.PLAIN) == message_of([expected], body)


@pytest.mark.parametrize(
    ("data", "content_type", "members"),
    [
        (None, "application/json", {}),
        ({"a": "ü"}, "application/json", {"data": {"a": "ü"}}),
        ("text", "text/plain", {"data": "text"}),
        ({"a": 1}, "text/plain", {"data": '{"a":1}'}),
        (b"Ma", "application/json", {"data_base64": "TWE="}),
    ],
)
def test_data_in_structured_mode(data: Any, content_type: str, members: dict[str, Any]) -> None:
    event = event_with(data, datacontenttype=content_type)
    event.get_attributes().pop("time")
    message = encode(event, Mode.STRUCTURED)
    assert message.headers == [STRUCTURED]
    expected = REQUIRED | {"datacontenttype": content_type} | members
    assert json.loads(message.body) == expected
    batch = encode_batch([event, event])
    assert batch.headers == [("content-type", "application/cloudevents-batch+json")]
    assert json.loads(batch.body) == [expected, expected]
    assert encode(event, Mode.BATCH) == encode_batch([event])


def test_no_value_can_end_its_header() -> None:
    event = event_with(subject="a\r\nSet-Cookie: x", agent='50% "x"\x00\x7f')
    headers = dict(encode(event).headers)
    assert headers["ce-subject"] == "a%0D%0ASet-Cookie:%20x"
    assert headers["ce-agent"] == "50%25%20%22x%22%00%7F"


@pytest.mark.parametrize("value", ["\r\n", "a\r\n", "\n", " ", "\r\n \r\n", " \r\nce-x: y"])
def test_a_value_of_what_stands_between_headers_is_encoded(value: str) -> None:
    headers = encode(event_with(subject=value)).headers
    assert ("ce-subject", quote(value, safe=":-")) in headers
    assert len(headers) == len(encode(event_with(subject="plain")).headers)


@pytest.mark.parametrize(
    ("data", "attributes"),
    [
        ({"x": float("nan")}, {}),
        ({"x": float("inf")}, {}),
        ({"x": "\ud800"}, {}),
        (None, {"subject": "\ud800"}),
        (None, {"agent": 1.5}),
        (None, {"agent": b"bytes"}),
        (None, {"started": datetime(2024, 1, 1)}),
    ],
)
def test_what_cannot_be_written_truthfully(data: Any, attributes: dict[str, Any]) -> None:
    for mode in (Mode.BINARY, Mode.STRUCTURED, Mode.BATCH):
        with pytest.raises(ValueError):
            encode(event_with(data, **attributes), mode)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain\r\nx: y", "\ntext/plain", "text/plain;\n", "x", "text/plain; charset=latin-1"],
)
def test_content_type_that_cannot_be_written(content_type: str) -> None:
    with pytest.raises(ValueError):
        encode(event_with("text", datacontenttype=content_type))


def test_deep_data_cannot_be_written() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        encode(event_with(deep))


def test_canonical_values_of_extensions_set_in_code() -> None:
    headers = dict(encode(event_with(sequence=3, final=True, nothing=None)).headers)
    assert (headers["ce-sequence"], headers["ce-final"]) == ("3", "true")
    assert "ce-nothing" not in headers
