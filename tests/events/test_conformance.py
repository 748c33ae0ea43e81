"""The official conformance material, transcribed.

Source: github.com/cloudevents/conformance, ``features/http-protocol-binding.feature`` (the two
scenario outlines), ``format/json/{valid,invalid}-{events,batches}.json`` and ``yaml/v1.0``; and
the worked examples of the HTTP binding 1.0.2 and the JSON format 1.0.2.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from function.errors import NotAnEvent
from function.events.codec import Mode, decode, decode_batch, encode, mode_of, strict_json

EVENT_TIME = datetime(2018, 4, 5, 3, 56, 24, tzinfo=UTC)
HELLO = b'{\n    "message": "Hello World!"\n}'
MINIMAL = {
    "specversion": "1.0",
    "id": "minimal",
    "type": "io.cloudevents.test",
    "source": "https://cloudevents.io",
}


def structured(envelope: Any) -> Any:
    headers = [("Content-Type", "application/cloudevents+json")]
    return decode(headers, json.dumps(envelope).encode())


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_feature_binary_content_mode(content_type: str) -> None:
    headers = [
        ("Host", "example.com"),
        ("ce-specversion", "1.0"),
        ("ce-type", "com.example.someevent"),
        ("ce-time", "2018-04-05T03:56:24Z"),
        ("ce-id", "1234-1234-1234"),
        ("ce-source", "/mycontext/subcontext"),
        ("Content-Type", content_type),
        ("Content-Length", "33"),
    ]
    assert mode_of(headers) is Mode.BINARY
    event = decode(headers, HELLO)
    assert event.get_attributes() == {
        "id": "1234-1234-1234",
        "specversion": "1.0",
        "type": "com.example.someevent",
        "source": "/mycontext/subcontext",
        "time": EVENT_TIME,
        "datacontenttype": content_type,
    }
    assert event.get_data() == HELLO
    assert strict_json(HELLO) == {"message": "Hello World!"}


@pytest.mark.parametrize(
    "content_type",
    ["application/cloudevents+json", "application/cloudevents+json; charset=utf-8"],
)
def test_feature_structured_content_mode(content_type: str) -> None:
    body = b"""{
        "specversion": "1.0",
        "type": "com.example.someevent",
        "time": "2018-04-05T03:56:24Z",
        "id": "1234-1234-1234",
        "source": "/mycontext/subcontext",
        "datacontenttype": "application/json",
        "data": {"message": "Hello World!"}
    }"""
    headers = [("Host", "example.com"), ("Content-Type", content_type), ("Content-Length", "266")]
    assert mode_of(headers) is Mode.STRUCTURED
    event = decode(headers, body)
    assert event.get_attributes() == {
        "id": "1234-1234-1234",
        "specversion": "1.0",
        "type": "com.example.someevent",
        "source": "/mycontext/subcontext",
        "time": EVENT_TIME,
        "datacontenttype": "application/json",
    }
    assert event.get_data() == {"message": "Hello World!"}


# format/json/valid-events.json


@pytest.mark.parametrize("nulls", [(), ("datacontenttype", "dataschema", "subject", "time")])
def test_minimal_event_and_null_for_each_optional_attribute(nulls: tuple[str, ...]) -> None:
    event = structured(MINIMAL | dict.fromkeys(nulls))
    assert event.get_attributes() == MINIMAL
    assert event.get_data() is None


def test_all_core_attributes() -> None:
    core = {
        "datacontenttype": "text/plain",
        "dataschema": "https://cloudevents.io/dataschema",
        "subject": "tests",
    }
    event = structured(MINIMAL | core | {"time": "2018-04-05T17:31:00Z"})
    time = datetime(2018, 4, 5, 17, 31, tzinfo=UTC)
    assert event.get_attributes() == MINIMAL | core | {"time": time}


@pytest.mark.parametrize(
    "time",
    [
        "2018-04-05T17:31:00Z",
        "2018-04-05T17:31:00.000000000Z",
        "2018-04-05T18:31:00+01:00",
        "2018-04-05T16:31:00-01:00",
    ],
)
def test_one_moment_in_four_spellings(time: str) -> None:
    event = structured(MINIMAL | {"time": time})
    assert event.get_time() == datetime(2018, 4, 5, 17, 31, tzinfo=UTC)
    assert ("ce-time", "2018-04-05T17:31:00Z") in encode(event).headers


def test_relative_source_and_simple_text() -> None:
    assert structured(MINIMAL | {"source": "#fragment"}).get_source() == "#fragment"
    text = structured(MINIMAL | {"datacontenttype": "text/plain", "data": "Simple text"})
    assert text.get_data() == "Simple text"
    assert encode(text).body == b"Simple text"


def test_extensions_of_every_type() -> None:
    strings = {
        "extstring": "text",
        "exturi": "https://cloudevents.io",
        "exturiref": "//authority/path",
        "exttimestamp": "2023-03-31T15:12:00Z",
        "extbinary": "TWE=",
    }
    event = structured(MINIMAL | strings | {"extinteger": 10, "extboolean": True})
    canonical = {"extinteger": "10", "extboolean": "true"}
    assert event.get_attributes() == MINIMAL | strings | canonical


# format/json/invalid-events.json


@pytest.mark.parametrize("name", ["specversion", "id", "type", "source"])
@pytest.mark.parametrize(("value", "problem"), [(None, "missing"), ("", "empty")])
def test_required_attribute_is_refused(name: str, value: str | None, problem: str) -> None:
    without = {key: text for key, text in MINIMAL.items() if key != name}
    envelope = without if value is None else without | {name: value}
    with pytest.raises(NotAnEvent, match=f"^{name} is {problem}$"):
        structured(envelope)


@pytest.mark.parametrize(
    "time",
    [
        "lunchtime",
        "2018-04-05T18:31Z",
        "2018-04-05T18:31:00X",
        "2018-04-05T18:31:00+25:00",
        "2018-04-05T18:31:00+xx:00",
        "2018-04-05T18:31:00+05",
    ],
)
def test_invalid_time_is_refused(time: str) -> None:
    with pytest.raises(NotAnEvent, match="^time .* is not an RFC 3339 timestamp$"):
        structured(MINIMAL | {"time": time})


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"specversion": "0.9"}, "specversion '0.9' is not supported, only 1.0"),
        ({"datacontenttype": "xyz"}, "datacontenttype 'xyz' is not a media type"),
        ({"datacontenttype": ""}, "datacontenttype is empty"),
        ({"dataschema": ""}, "dataschema is empty"),
        ({"subject": ""}, "subject is empty"),
        ({"id": 25}, "id must be a string"),
        ({"id": {"xyz": "abc"}}, "id must be a string"),
        ({"MyExtension": "bad"}, "attribute name 'MyExtension' is not of a-z and 0-9"),
        ({"my.extension": "bad"}, "attribute name 'my.extension' is not of a-z and 0-9"),
        ({"my.extension": 1.5}, "attribute name 'my.extension' is not of a-z and 0-9"),
        # The sample above is refused for its name; the value alone must do as well.
        ({"myextension": 1.5}, "'myextension' must be a string, an integer or a boolean"),
        (
            {"data": "text", "data_base64": "eyAieHl6IjogMTIzIH0="},
            "data and data_base64 are both present",
        ),
    ],
)
def test_invalid_event_is_refused(wrong: dict[str, Any], line: str) -> None:
    with pytest.raises(NotAnEvent) as refusal:
        structured(MINIMAL | wrong)
    assert str(refusal.value) == line


# format/json/{valid,invalid}-batches.json


@pytest.mark.parametrize(
    "batch",
    [
        [],
        [MINIMAL],
        [MINIMAL, MINIMAL],
        [MINIMAL, MINIMAL | {"id": "allCore", "subject": "tests"}],
        [MINIMAL, MINIMAL | {"id": "ext", "extinteger": "10", "extboolean": "true"}],
    ],
)
def test_valid_batch(batch: list[dict[str, str]]) -> None:
    events = decode_batch(json.dumps(batch).encode())
    assert [event.get_attributes() for event in events] == batch


@pytest.mark.parametrize(
    ("batch", "line"),
    [
        (
            [MINIMAL, MINIMAL | {"specversion": "0.9"}],
            "event 1 of the batch: specversion '0.9' is not supported, only 1.0",
        ),
        (
            [{key: text for key, text in MINIMAL.items() if key != "id"}],
            "event 0 of the batch: id is missing",
        ),
        (["not an object", MINIMAL], "event 0 of the batch: the event is not a JSON object"),
        ({"not": "an array"}, "the batch is not a JSON array"),
    ],
)
def test_invalid_batch(batch: Any, line: str) -> None:
    with pytest.raises(NotAnEvent) as refusal:
        decode_batch(json.dumps(batch).encode())
    assert str(refusal.value) == line


# yaml/v1.0/v1_minimum.yaml: the events that the conformance tool sends over HTTP


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("text/plain; charset=us-ascii", "Hello, World!"),
        ("text/plain; charset=utf-8", "Hello, 🌎!"),
        ("application/json; charset=utf-8", '"Hello, 🌎!"'),
        ("application/json; charset=utf-8", '{"msg":"Hello, 🌎!"}'),
        ("application/json; charset=utf-8", '["Hello","🌎!"]'),
        ("application/xml; charset=utf-8", "<msg>Hello, 🌎!</msg>"),
    ],
)
def test_minimum_events_of_the_conformance_tool(content_type: str, data: str) -> None:
    headers = [(f"Ce-{name}", value) for name, value in MINIMAL.items()]
    event = decode([*headers, ("Content-Type", content_type)], data.encode())
    assert event.get_datacontenttype() == content_type
    message = encode(event)
    assert message.body == data.encode()
    assert message.headers[0] == ("content-type", content_type)


def test_minimum_events_of_version_0_3_are_refused() -> None:
    with pytest.raises(NotAnEvent, match=r"^specversion '0\.3' is not supported, only 1\.0$"):
        structured(MINIMAL | {"specversion": "0.3"})


# Worked examples of the specifications


def test_header_example_of_the_http_binding() -> None:
    event = structured(MINIMAL | {"subject": "Euro € 😀"})
    encoded = "Euro%20%E2%82%AC%20%F0%9F%98%80"
    message = encode(event)
    assert ("ce-subject", encoded) in message.headers
    assert decode(message.headers, b"").get_subject() == "Euro € 😀"


@pytest.mark.parametrize(
    ("envelope", "content_type", "body"),
    [
        (
            {"datacontenttype": "application/vnd.apache.thrift.binary", "data_base64": "AP8="},
            "application/vnd.apache.thrift.binary",
            b"\x00\xff",
        ),
        (
            {"datacontenttype": "application/xml", "data": '<much wow="xml"/>'},
            "application/xml",
            b'<much wow="xml"/>',
        ),
        (
            {"datacontenttype": "application/json", "data": {"appinfoB": 123, "appinfoC": True}},
            "application/json",
            b'{"appinfoB":123,"appinfoC":true}',
        ),
        ({"data": "I'm just a string"}, "application/json", b'"I\'m just a string"'),
    ],
)
def test_json_format_examples_in_binary_mode(
    envelope: dict[str, Any], content_type: str, body: bytes
) -> None:
    event = structured(MINIMAL | envelope | {"comexampleothervalue": 5, "unsetextension": None})
    message = encode(event)
    assert message.body == body
    assert ("content-type", content_type) in message.headers
    assert ("ce-comexampleothervalue", "5") in message.headers
    assert "ce-unsetextension" not in dict(message.headers)
