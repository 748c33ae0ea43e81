"""Laws of the codec over generated input; derandomised, so a failure is the same everywhere."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from function.errors import NotAnEvent, UnsupportedMode
from function.events.codec import (
    Mode,
    decode,
    decode_batch,
    encode,
    encode_batch,
    mode_of,
    reply_id,
    strict_json,
)

steady = settings(
    derandomize=True,
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


NONCHARACTERS = [chr(point) for point in range(0xFDD0, 0xFDF0)] + [
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
]
# The characters that the core specification allows in a String attribute.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters=NONCHARACTERS),
    max_size=20,
)
some_text = texts.filter(bool)
names = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True).filter(
    lambda name: (
        name
        not in {
            "data",
            "id",
            "source",
            "type",
            "specversion",
            "subject",
            "time",
            "datacontenttype",
            "dataschema",
        }
    )
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
contents = st.one_of(
    st.tuples(st.sampled_from([None, "application/json", "text/json; charset=utf-8"]), json_values),
    st.tuples(st.just("application/vnd.agent+json"), st.binary(min_size=1, max_size=30)),
    st.tuples(
        st.just("text/plain"), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
    ),
    st.tuples(st.just("application/octet-stream"), st.binary(min_size=1, max_size=30)),
)


@st.composite
def events(draw: st.DrawFn) -> CloudEvent:
    attributes: dict[str, Any] = draw(st.dictionaries(names, texts, max_size=4))
    attributes |= {"specversion": "1.0", "id": draw(some_text)}
    attributes |= {"source": draw(some_text), "type": draw(some_text)}
    for name in ("subject", "dataschema"):
        value = draw(st.none() | some_text)
        if value is not None:
            attributes[name] = value
    content_type, data = draw(contents)
    if content_type is not None:
        attributes["datacontenttype"] = content_type
    time = draw(st.none() | st.datetimes(timezones=st.just(UTC)))
    attributes["time"] = time or datetime.now(UTC)
    event = CloudEvent(attributes, data)
    if time is None:
        del event.get_attributes()["time"]
    return event


def as_bytes(event: CloudEvent) -> bytes | None:
    """Return what binary mode must carry for the data."""
    data: Any = event.get_data()
    if data is None or isinstance(data, bytes):
        return data
    if isinstance(data, str) and event.get_datacontenttype() == "text/plain":
        return data.encode()
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


@steady
@given(events())
def test_binary_mode_round_trips(event: CloudEvent) -> None:
    message = encode(event)
    for name, value in message.headers:
        assert name.isascii() and name.islower()
        assert all(" " <= character <= "~" for character in value)
    read = decode(message.headers, message.body)
    # The content type is always set, so binary mode makes the implied JSON explicit.
    implied = {"datacontenttype": "application/json"}
    assert read.get_attributes() == implied | event.get_attributes()
    assert read.get_data() == as_bytes(event)
    assert encode(read) == encode(decode(message.headers, message.body))


@steady
@given(events())
def test_structured_mode_round_trips(event: CloudEvent) -> None:
    message = encode(event, Mode.STRUCTURED)
    mixed = [("ce-id", "ignored"), *message.headers, ("ce-id", "ignored too")]
    for headers in (message.headers, mixed):
        read = decode(headers, message.body)
        assert read.get_attributes() == event.get_attributes()
        assert read.get_data() == event.get_data()


@steady
@given(st.lists(events(), max_size=3))
def test_batch_mode_round_trips(batch: list[CloudEvent]) -> None:
    message = encode_batch(batch)
    assert mode_of(message.headers) is Mode.BATCH
    read = decode_batch(message.body)
    assert [event.get_attributes() for event in read] == [event.get_attributes() for event in batch]
    assert [event.get_data() for event in read] == [event.get_data() for event in batch]


@steady
@given(events())
def test_every_mode_tells_the_same_event(event: CloudEvent) -> None:
    message = encode(event)
    binary = decode(message.headers, message.body)
    again = encode(binary, Mode.STRUCTURED)
    structured = decode(again.headers, again.body)
    assert structured.get_attributes() == binary.get_attributes()
    assert structured.get_data() == binary.get_data()


wire_names = st.sampled_from(
    ["ce-id", "Ce-Id", "CE-SOURCE", "ce-type", "ce-specversion", "ce-time", "ce-", "ce-a b"]
    + ["content-type", "Content-Type", "ce-data", "ce-datacontenttype", "host"]
) | st.text(max_size=6).map(lambda name: "ce-" + name)
wire_values = (
    st.sampled_from(
        ["1.0", "0.3", "2018-04-05T03:56:24Z", '"a\\"', "%", "%41", "%FF", "\ud800", "é", "1;\n"]
        + ["application/cloudevents+json", "application/cloudevents-batch+json", "text/plain"]
        + ["application/json", "application/json;charset=utf-16", "application/cloudevents+avro"]
    )
    | st.text(st.characters(), max_size=8)
    | st.text('"\\% 4Fé', max_size=8)
)
bodies = st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode())


@steady
@given(st.lists(st.tuples(wire_names, wire_values), max_size=8), bodies)
def test_any_message_is_an_event_or_refused(headers: list[tuple[str, str]], body: bytes) -> None:
    try:
        event = decode(headers, body)
    except (NotAnEvent, UnsupportedMode) as refusal:
        assert "\n" not in str(refusal) and len(str(refusal)) < 200
        return
    for mode in Mode:  # what was read can be written, and read again
        message = encode(event, mode)
        if mode in (Mode.BINARY, Mode.STRUCTURED):
            read = decode(message.headers, message.body)
            assert read.get_id() == event.get_id()


@steady
@given(st.lists(st.tuples(wire_names, wire_values), max_size=6))
def test_valid_headers_plus_noise(noise: list[tuple[str, str]]) -> None:
    headers = [("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t"), ("ce-specversion", "1.0")]
    try:
        event = decode([*headers, *noise], b"\xff")
    except (NotAnEvent, UnsupportedMode):
        return
    assert event.get_id() == "1"
    message = encode(event)
    assert decode(message.headers, message.body).get_attributes().items() >= (
        event.get_attributes().items()
    )


members = st.sampled_from(
    ["id", "source", "type", "specversion", "time", "subject", "datacontenttype", "data"]
    + ["data_base64", "ext", "Ext", ""]
)


@steady
@given(
    st.dictionaries(members, json_values | st.sampled_from(["1.0", "TWE=", "text/plain"])),
    st.booleans(),
)
def test_any_envelope_is_an_event_or_refused(wild: dict[str, Any], complete: bool) -> None:
    required = {"id": "1", "source": "/s", "type": "t", "specversion": "1.0"}
    body = json.dumps(wild | required if complete else wild).encode()
    try:
        event = decode([("content-type", "application/cloudevents+json")], body)
    except NotAnEvent:
        return
    assert event.get_data() == wild.get("data") or wild.get("data_base64") is not None
    assert all(event.get_attributes()[name] for name in required)


@steady
@given(
    st.binary(max_size=60)
    | st.text('[]{}",:0eN\\u\ud800d8 ', max_size=30).map(repr).map(str.encode)
)
def test_strict_json_raises_value_error_only(body: bytes) -> None:
    for reader in (strict_json, decode_batch):
        try:
            reader(body)
        except (ValueError, NotAnEvent) as refusal:
            assert "\n" not in str(refusal) and len(str(refusal)) < 120


@steady
@given(json_values)
def test_strict_json_reads_what_json_writes(value: Any) -> None:
    for ensure_ascii in (True, False):
        assert strict_json(json.dumps(value, ensure_ascii=ensure_ascii).encode()) == value


@steady
@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)
)
def test_strict_json_reads_numbers_to_the_last_digit(text: str) -> None:
    expected = json.loads(text)
    try:
        found = strict_json(text.encode())
    except ValueError:
        assert math.isinf(expected)
    else:
        assert repr(found) == repr(expected) and math.isfinite(found)


@steady
@given(st.floats())
def test_numbers_are_finite(number: float) -> None:
    try:
        assert math.isfinite(strict_json(json.dumps(number).encode()))
    except ValueError:
        assert not math.isfinite(number)


@steady
@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_reply_ids_are_equal_exactly_for_equal_parts(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (reply_id(*one) == reply_id(*other)) == (one == other)
