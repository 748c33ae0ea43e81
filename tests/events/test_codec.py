"""The codec's rules, one by one, and the traps of the SDK that it closes."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest
from cloudevents.core.bindings import http as sdk
from cloudevents.core.v1.event import CloudEvent

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
from tests.events.events_of import (
    JSON,
    REQUIRED,
    STRUCTURED,
    binary,
    binary_of,
    event_with,
    structured,
    structured_of,
)


def test_trap_missing_id_is_refused_and_never_invented() -> None:
    headers = {"ce-specversion": "1.0", "ce-source": "/s", "ce-type": "t"}
    invented = sdk.from_http_event(sdk.HTTPMessage(headers, b""))
    assert invented.get_id()
    with pytest.raises(NotAnEvent, match="^id is missing$"):
        decode(list(headers.items()), b"")


def test_trap_missing_time_stays_missing() -> None:
    assert CloudEvent(dict(REQUIRED)).get_time() is not None
    for event in (binary(), structured(), structured(time=None)):
        assert event.get_time() is None
        assert "time" not in event.get_attributes()
        assert "ce-time" not in dict(encode(event).headers)


def test_trap_structured_body_with_ce_headers_is_structured() -> None:
    body = json.dumps(REQUIRED | {"id": "of the body", "data": {"a": 1}}).encode()
    headers = [("ce-id", "of the header"), ("ce-type", "other"), STRUCTURED]
    with pytest.raises(Exception, match="validation errors"):
        sdk.from_http_event(sdk.HTTPMessage(dict(headers), body))
    assert mode_of(headers) is Mode.STRUCTURED
    event = decode(headers, body)
    assert (event.get_id(), event.get_type()) == ("of the body", "boson.fn")
    assert event.get_data() == {"a": 1}


def test_trap_broken_json_is_bytes_that_the_handler_can_refuse() -> None:
    headers = {f"ce-{name}": value for name, value in REQUIRED.items()} | dict([JSON])
    broken = b'{"prompt": '
    assert sdk.from_http_event(sdk.HTTPMessage(headers, broken)).get_data() == '{"prompt": '
    assert decode(list(headers.items()), broken).get_data() == broken
    with pytest.raises(ValueError, match="^not JSON: "):
        strict_json(broken)


def test_trap_attribute_name_that_ends_in_a_line_feed_ends_no_header() -> None:
    event = event_with(**{"agent\n": "x"})  # accepted by the SDK: its pattern ends in $
    for mode in Mode:
        if mode is not Mode.PLAIN:
            with pytest.raises(ValueError, match="attribute name"):
                encode(event, mode)


@pytest.mark.parametrize(
    ("headers", "mode"),
    [
        ([], Mode.PLAIN),
        ([("Content-Type", "")], Mode.PLAIN),
        ([("Content-Type", "application/json; charset=UTF-8")], Mode.PLAIN),
        ([("Content-Type", "application/problem+json")], Mode.PLAIN),
        ([("CE-Id", "1")], Mode.BINARY),
        ([("ce-id", "1"), ("content-type", "text/plain")], Mode.BINARY),
        ([("CONTENT-TYPE", "Application/CloudEvents+JSON")], Mode.STRUCTURED),
        (
            [("ce-id", "1"), ("content-type", 'application/cloudevents+json; x="y"')],
            Mode.STRUCTURED,
        ),
        ([("content-type", "application/cloudevents-batch+json"), ("ce-id", "1")], Mode.BATCH),
    ],
)
def test_mode(headers: list[tuple[str, str]], mode: Mode) -> None:
    assert mode_of(headers) is mode
    assert mode_of(iter(headers)) is mode


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cloudevents",
        "application/cloudevents+avro",
        "application/cloudevents+protobuf; charset=utf-8",
        "application/cloudevents-batch+xml",
    ],
)
def test_other_event_formats_are_unsupported(content_type: str) -> None:
    for headers in (
        [("content-type", content_type)],
        [("ce-id", "1"), ("Content-Type", content_type)],
    ):
        with pytest.raises(UnsupportedMode, match="only JSON") as refusal:
            mode_of(headers)
        assert refusal.value.status == 415
        with pytest.raises(UnsupportedMode):
            decode(headers, b"{}")


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ([("content-type", "text/plain")], "neither an event nor JSON"),
        ([("content-type", "application/x-www-form-urlencoded")], "neither an event nor JSON"),
        ([("content-type", "json")], "is not a media type"),
        ([JSON, JSON], "the content-type header is repeated"),
        ([("content-type", "application/json,application/json")], "is not a media type"),
        ([("content-type", "application/json; charset=utf-16")], "charset other than utf-8"),
        ([("content-type", 'application/json; Charset="latin-1"')], "charset other than utf-8"),
        ([("content-type", "application/cloudevents+json;charset=utf-16")], "charset"),
        ([("content-type", "application/cloudevents-batch+json;charset=utf-16")], "charset"),
        ([("ce-id", "1"), ("content-type", "text/plain;charset=iso-8859-1")], "charset"),
        ([("ce-id", "1"), ("content-type", "text\r\nx: y")], "is not a media type"),
    ],
)
def test_not_an_event(headers: list[tuple[str, str]], line: str) -> None:
    with pytest.raises(NotAnEvent, match=line) as refusal:
        mode_of(headers)
    assert refusal.value.status == 400
    with pytest.raises(NotAnEvent, match=line):
        decode(headers, b"{}")


def test_decode_is_for_one_event() -> None:
    with pytest.raises(UnsupportedMode, match="batch"):
        decode([("content-type", "application/cloudevents-batch+json")], b"[]")
    with pytest.raises(NotAnEvent, match=r"no ce-\* headers"):
        decode([JSON], b"{}")


def test_refusals_are_one_short_line_whatever_was_sent() -> None:
    nasty = "x\r\n\x1b[31m" + "y" * 10_000 + "\ud800"
    for members in (
        {nasty: 1},
        {"time": nasty},
        {"datacontenttype": nasty},
        {"specversion": nasty},
    ):
        with pytest.raises(NotAnEvent) as refusal:
            structured(**members)
        assert len(str(refusal.value)) < 160
        assert str(refusal.value).isprintable() and str(refusal.value).isascii()


def test_refusals_are_short_for_long_header_names() -> None:
    with pytest.raises(NotAnEvent) as refusal:
        decode([("ce-" + "x" * 5000, "%")], b"")
    assert len(str(refusal.value)) < 160


def test_header_names_are_case_insensitive() -> None:
    headers = [(f"CE-{name.title()}", value) for name, value in REQUIRED.items()]
    assert decode(headers, b"").get_attributes() == REQUIRED


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ("plain", "plain"),
        ("two words", "two words"),
        (" \tpadded ", "padded"),
        ("%20kept%20", " kept "),
        ("caf%C3%A9", "café"),
        ("caf%c3%a9", "café"),
        ("%61%62", "ab"),  # unnecessary, but MUST be accepted
        ("100%2525", "100%25"),  # one round of decoding only
        ('"quoted"', "quoted"),
        ('"a \\"b\\" \\\\ c"', 'a "b" \\ c'),
        ('"%22%20x"', '" x'),
        ('"\\%41"', "A"),  # backslash escapes go first
        ('say "hi"', 'say "hi"'),
        ("Gr\u00c3\u00bc\u00c3\u009fe", "Grüße"),  # raw UTF-8, as a WSGI server shows it
        ("Gr\u00c3\u00bc%C3%9Fe", "Grüße"),
        ("日本", "日本"),  # raw UTF-8, decoded by a generous server
        # What senders write that do not encode at all
        ("100%", "100%"),
        ("disk 95% full", "disk 95% full"),
        ("%4", "%4"),
        ("%zz%20%", "%zz %"),
        ("%٤٤", "%٤٤"),
        ("caf\u00e9", "café"),  # Latin-1 on the wire
        ('"loki" is down', '"loki" is down'),
        ('"open', '"open'),
        ('open"', 'open"'),
        ('"', '"'),
        ('"open\\"', '"open\\"'),
        ('"two" "parts"', '"two" "parts"'),
        ('"95%"', "95%"),
        ("50% von K\u00c3\u00bcche", "50% von Küche"),
    ],
)
def test_header_values(wire: str, value: str) -> None:
    assert binary(subject=wire).get_subject() == value


@pytest.mark.parametrize(
    ("wire", "line"),
    [
        ("%C0%A0", "header 'ce-subject' is not UTF-8"),  # overlong, the specification's example
        ("%FF", "header 'ce-subject' is not UTF-8"),
        ("95% caf%E9", "header 'ce-subject' is not UTF-8"),
        ('"%FF"', "header 'ce-subject' is not UTF-8"),
        ("%ED%A0%80", "header 'ce-subject' is not UTF-8"),  # a surrogate
        ("caf\udce9", "header 'ce-subject' is not UTF-8"),
        ("a%0D%0Ab", "'subject' holds a character that attributes must not have"),
        ("a\tb", "'subject' holds a character that attributes must not have"),
        ("%C2%85", "'subject' holds a character that attributes must not have"),
        ("%EF%BF%BE", "'subject' holds a character that attributes must not have"),
        ("", "subject is empty"),
        ('""', "subject is empty"),
    ],
)
def test_header_values_refused(wire: str, line: str) -> None:
    with pytest.raises(NotAnEvent) as refusal:
        binary(subject=wire)
    assert str(refusal.value) == line


@pytest.mark.parametrize(
    "wire",
    [
        "disk full",
        "disk%20full",
        "disk 95% full",
        "%zz",
        '"loki" is down',
        '"quoted"',
        "K%c3%bcche",
        "K\u00c3\u00bcche",
        "K\u00fcche",
        "%61",
        "plain",
    ],
)
def test_a_binary_event_is_written_in_the_spelling_it_came_in(wire: str) -> None:
    event = binary(subject=wire)
    assert ("ce-subject", wire) in encode(event).headers
    # As text the spelling is of no use.
    body = encode(event, Mode.STRUCTURED).body
    assert decode([STRUCTURED], body).get_subject() == event.get_subject()
    assert json.loads(body)["subject"] == event.get_subject()


def test_raw_text_of_a_generous_server_is_written_as_bytes() -> None:
    wire = dict(encode(binary(subject="日本")).headers)["ce-subject"]
    assert wire.encode("latin-1") == "日本".encode()


@pytest.mark.parametrize(
    ("name", "bytes_"),
    [("id", 1_024), ("source", 2_048), ("type", 2_048), ("subject", 2_048)]
    + [("correlationid", 2_048), ("conversationid", 1_024), ("agent", 1_024)],
)
@pytest.mark.parametrize("letter", ["x", "ü", "%", '"', "漢"])
def test_what_a_reply_repeats_is_bounded(name: str, bytes_: int, letter: str) -> None:
    fits = letter * (bytes_ // len(letter.encode()))
    encoded = quote(fits)
    for event in (structured(**{name: fits}), binary_of({name: encoded})):
        assert event.get_attributes()[name] == fits
    message = f"^{name} is longer than {bytes_} bytes$"
    with pytest.raises(NotAnEvent, match=message):
        structured(**{name: fits + letter})
    for longer in (encoded + quote(letter), "x" * 50_000):
        with pytest.raises(NotAnEvent, match=message):
            binary_of({name: longer})


def test_all_attributes_together_are_bounded() -> None:
    assert structured(**{f"extension{n}": "x" * 400 for n in range(150)})
    assert binary(big="x" * 60_000)
    for attributes in ({"big": "x" * 65_536}, {f"extension{n}": "x" * 400 for n in range(165)}):
        for read in (structured_of, binary_of):
            with pytest.raises(NotAnEvent, match="^the attributes are longer than 65536 bytes$"):
                read(attributes)


@pytest.mark.parametrize("second", ["1", "2"])
def test_repeated_header_is_refused(second: str) -> None:
    headers = [(f"ce-{name}", value) for name, value in REQUIRED.items()]
    with pytest.raises(NotAnEvent, match="^header 'ce-id' is repeated$"):
        decode([*headers, ("CE-ID", second)], b"")
    body = json.dumps(REQUIRED).encode()
    assert decode([*headers, ("CE-ID", second), STRUCTURED], body).get_id() == "1"


@pytest.mark.parametrize(
    "name", ["", "my-extension", "my_ext", "ext\n", "é", "data", "data_base64"]
)
def test_header_name_that_is_no_attribute(name: str) -> None:
    with pytest.raises(NotAnEvent):
        decode([(f"ce-{key}", value) for key, value in (REQUIRED | {name: "x"}).items()], b"")


def test_content_type_is_the_only_datacontenttype() -> None:
    assert binary(content_type="text/xml").get_datacontenttype() == "text/xml"
    assert "datacontenttype" not in binary().get_attributes()
    with pytest.raises(NotAnEvent, match="^header ce-datacontenttype is not allowed"):
        binary(content_type="text/xml", datacontenttype="text/xml")


def test_an_extension_may_be_empty() -> None:
    assert binary(tracestate="").get_extension("tracestate") == ""


def test_body_is_kept_byte_for_byte() -> None:
    for body in (b' {"a" : 1}\n', b"\xff\xfe", b"null"):
        assert binary(body, "application/json").get_data() == body
    assert binary(b"", "application/json").get_data() is None


@pytest.mark.parametrize(
    ("members", "data"),
    [
        ({}, None),
        ({"data": None}, None),
        ({"data": None, "data_base64": None}, None),
        ({"data": None, "data_base64": "TWE="}, b"Ma"),
        ({"data": {"a": [1, 2.5, None]}}, {"a": [1, 2.5, None]}),
        ({"data": "text"}, "text"),
        ({"data": False}, False),
        ({"data": '{"a":1}'}, '{"a":1}'),  # a JSON string, not a document in a string
        ({"data": "a,b", "datacontenttype": "text/csv"}, "a,b"),
        ({"data_base64": "e30=", "datacontenttype": "application/json"}, b"{}"),
    ],
)
def test_structured_data(members: dict[str, Any], data: Any) -> None:
    assert structured(**members).get_data() == data


@pytest.mark.parametrize("encoded", ["T", "TWE", "TWE==", "T WE=", "é", "*", 5, ["TWE="], True])
def test_bad_base64_is_refused(encoded: Any) -> None:
    with pytest.raises(NotAnEvent, match="^data_base64 is not base64$"):
        structured(data_base64=encoded)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [(True, "true"), (False, "false"), (5, "5"), (-(2**31), "-2147483648"), ("", "")],
)
def test_extension_values_become_canonical_strings(value: Any, canonical: str) -> None:
    event = structured(extension=value)
    assert event.get_extension("extension") == canonical
    assert ("ce-extension", canonical) in encode(event).headers


@pytest.mark.parametrize("value", [1.0, 1e2, {}, [], {"a": 1}, 2**31, -(2**31) - 1])
def test_other_extension_values_are_refused(value: Any) -> None:
    with pytest.raises(NotAnEvent, match="'extension'"):
        structured(extension=value)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time"])
@pytest.mark.parametrize("value", [1, True, 1.5, {}])
def test_core_attributes_are_strings(name: str, value: Any) -> None:
    with pytest.raises(NotAnEvent, match=f"^{name} must be a string$"):
        structured(**{name: value})


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_null_required_attribute_is_missing(name: str) -> None:
    with pytest.raises(NotAnEvent, match=f"^{name} is missing$"):
        structured(**{name: None})


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"{", b"[]", b"null", b'"x"', b"\xff", b"\xef\xbb\xbf{}"]
)
def test_body_that_is_no_json_object(body: bytes) -> None:
    with pytest.raises(NotAnEvent, match="^the (body|event) is not "):
        decode([STRUCTURED], body)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2024-02-29T23:59:59.123456789Z", 123456),
        ("2024-02-29T23:59:59.999999999Z", 999999),  # cut: rounding would be the next day
        ("2024-02-29t23:59:59.5z", 500000),
        ("2024-02-29T23:59:59-00:00", 0),
    ],
)
def test_time_is_cut_to_microseconds(text: str, microsecond: int) -> None:
    expected = datetime(2024, 2, 29, 23, 59, 59, microsecond, tzinfo=UTC)
    assert binary(time=text).get_time() == expected
    assert structured(time=text).get_time() == expected


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00,5Z",
        "20240101T000000Z",
        "2024-W01-1T00:00:00Z",
        "2024-01-01T00:00:00+01:60",
        "٢٠٢٤-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z\n",
        "0000-01-01T00:00:00Z",
        "1704067200",
    ],
)
def test_time_that_is_not_rfc_3339(text: str) -> None:
    with pytest.raises(NotAnEvent, match="time"):
        structured(time=text)


def test_time_is_written_with_z() -> None:
    moment = datetime(2024, 1, 1, 2, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    event = event_with(time=moment, started=moment)
    headers = dict(encode(event).headers)
    assert headers["ce-time"] == headers["ce-started"] == "2024-01-01T00:00:00.000005Z"
    assert json.loads(encode(event, Mode.STRUCTURED).body)["time"] == headers["ce-time"]


def test_time_at_the_edge_of_the_calendar_survives() -> None:
    text = "0001-01-01T00:00:00+05:00"
    assert dict(encode(binary(time=text)).headers)["ce-time"] == text


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[{]", b"\xff", b"[1]", b"[null]", b"[[]]"])
def test_batch_that_is_none(body: bytes) -> None:
    with pytest.raises(NotAnEvent):
        decode_batch(body)


def test_empty_batch() -> None:
    assert decode_batch(encode_batch([]).body) == []


def test_reply_id_is_fixed_for_ever() -> None:
    name = reply_id("/agents/a", "1", "io.homelab.trm.inference.completed")
    assert name == "409f46bc-25d7-5d03-af69-b5efe5b0b1d3"
    assert uuid.UUID(name).version == 5


def test_reply_ids_differ_however_the_parts_are_cut() -> None:
    triples = [
        ("a", "b", "c"),
        ("ab", "", "c"),
        ("a", "bc", ""),
        ('a","b', "c", ""),
        ("a", 'b","c', ""),
    ]
    assert len({reply_id(*triple) for triple in triples}) == len(triples)
    assert reply_id("\ud800", "é", "") != reply_id("?", "é", "")
