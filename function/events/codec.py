"""Strict CloudEvents 1.0 codec for HTTP, and the deterministic ids of replies.

The SDK's ``CloudEvent`` is the event type everywhere, but its own readers invent a missing id
and time, take a structured body with ``ce-*`` headers for a binary one, and hand broken JSON on
as text. So the messages are read and written here, after

* HTTP protocol binding 1.0.2 (``cloudevents/bindings/http-protocol-binding.md``),
* JSON event format 1.0.2 (``cloudevents/formats/json-format.md``),
* the type system of the core specification 1.0.2 (``cloudevents/spec.md``).
"""

from __future__ import annotations

import binascii
import enum
import uuid
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha1
from json.encoder import encode_basestring_ascii
from types import MappingProxyType
from typing import Any, NamedTuple

from cloudevents.core.v1.event import CloudEvent

from function.errors import NotAnEvent, UnsupportedMode
from function.events.attributes import (
    OPTIONAL,
    REQUIRED,
    CheckedEvent,
    Media,
    canonical,
    check_names,
    check_sizes,
    check_text,
    header_lines,
    is_plain,
    media_of,
    read_header,
    read_scalar,
    read_time,
    shown,
    spelling_of,
)
from function.events.message import HttpMessage, message_of
from function.events.strict_json import json_bytes
from function.events.strict_json import strict_json as strict_json

Headers = Iterable[tuple[str, str]]
"""Names in any case; values as WSGI and ASGI servers give them, one character a byte."""

STRUCTURED_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
JSON_TYPE = "application/json"
REPLY_NAMESPACE = uuid.UUID("6f0b1d5e-3c1a-5b0e-9d53-7a1c0f4e8b21")
"""Never changes: another namespace would answer a redelivered request under a second id."""
_TRACE = frozenset(("traceparent", "tracestate"))
_NAMESPACE_BYTES = REPLY_NAMESPACE.bytes


class Mode(enum.Enum):
    """How an HTTP message carries its content (HTTP binding, section 1.3)."""

    BINARY = "binary"
    STRUCTURED = "structured"
    BATCH = "batch"
    PLAIN = "plain"  # JSON without any event around it: ``curl``, ``func invoke -f http``


def mode_of(headers: Headers) -> Mode:
    """Return the content mode; the content type decides before any ``ce-*`` header does.

    Raises:
        UnsupportedMode: a CloudEvents media type in a format other than JSON.
        NotAnEvent: neither an event nor JSON, or a charset other than UTF-8.
    """
    return read_head(headers).mode


class Head(NamedTuple):
    """What the headers of a message say about the event in it; ``attributes`` are unread.

    ``repeated`` are the ``ce-*`` headers that came more than once, which only a message in binary
    mode must not have. ``trace`` has the headers ``traceparent`` and ``tracestate`` (W3C Trace
    Context), unread too.
    """

    mode: Mode
    content_type: str | None
    attributes: dict[str, str]
    repeated: list[str]
    trace: dict[str, str]


def read_head(headers: Headers) -> Head:
    """Sort the headers of a message; raises as :func:`mode_of` does."""
    content_type: str | None = None
    attributes: dict[str, str] = {}
    repeated: list[str] = []
    trace = {}
    for name, value in headers:
        key = name.lower()
        if key[:3] == "ce-":
            key = key[3:]
            if key in attributes:
                repeated.append(name)
            attributes[key] = value.strip(" \t")
        elif key == "content-type":
            if content_type is not None:
                raise NotAnEvent("the content-type header is repeated")
            content_type = value
        elif key in _TRACE:
            trace[key] = value
    content_type = (content_type.strip() or None) if content_type else None
    mode = _choose_mode(content_type, bool(attributes))
    return Head(mode, content_type, attributes, repeated, trace)


def decode(headers: Headers, body: bytes) -> CheckedEvent:
    """Read one event in binary or structured mode (HTTP binding, sections 3.1 and 3.2).

    The data is ``bytes`` in binary mode, exactly as received, because bad data deserves a reply
    event and not a refusal; in structured mode it is the JSON value, or ``bytes`` for
    ``data_base64``. No data, an empty body and JSON null give None. Nothing is invented: an
    event without ``time`` has none. Integer and boolean extensions become their canonical
    strings; ``time`` is cut to microseconds.

    Raises:
        NotAnEvent: one line that names what is wrong.
        UnsupportedMode: a batch, or a CloudEvents format other than JSON.
    """
    return decode_headed(read_head(headers), body)


def decode_headed(head: Head, body: bytes) -> CheckedEvent:
    """Return the same for headers that have been read."""
    if head.mode is Mode.BINARY:
        return _read_binary(head, body)
    if head.mode is Mode.STRUCTURED:
        return _read_envelope(_parse(body))
    if head.mode is Mode.BATCH:
        raise UnsupportedMode("a batch of events where one event is expected")
    raise NotAnEvent(f"no ce-* headers and the content type is not {STRUCTURED_TYPE}")


def decode_batch(body: bytes) -> list[CloudEvent]:
    """Read a JSON batch, which may be empty (JSON format, section 4).

    Raises:
        NotAnEvent: no JSON array, or any event in it is invalid; the line says which.
    """
    batch = _parse(body)
    if not isinstance(batch, list):
        raise NotAnEvent("the batch is not a JSON array")
    events: list[CloudEvent] = []
    for position, envelope in enumerate(batch):
        try:
            events.append(_read_envelope(envelope))
        except NotAnEvent as bad:
            raise NotAnEvent(f"event {position} of the batch: {bad}") from None
    return events


def encode(event: CloudEvent, mode: Mode = Mode.BINARY) -> HttpMessage:
    """Write an event; ``PLAIN`` writes its data alone and ``BATCH`` a batch of one.

    Data that is not ``bytes`` is written as compact JSON, a ``str`` under a content type that is
    not JSON as text. Attribute values are percent-encoded, control characters too, so that no
    value can end its header line; those with a spelling of their own keep it.

    Raises:
        ValueError: an attribute or the data cannot be written truthfully: a bad name or type, a
            content type that is none, text in a charset other than UTF-8, NaN, lone surrogates.
        TypeError: the data holds a type that JSON does not have.
    """
    if mode is Mode.BATCH:
        return encode_batch([event])
    if mode is Mode.STRUCTURED:
        return message_of([("content-type", STRUCTURED_TYPE)], json_bytes(_envelope(event)))
    content_type = event.get_datacontenttype() or JSON_TYPE
    media = media_of(content_type)
    if not media.kind:
        raise ValueError(f"datacontenttype {shown(content_type)} is not a media type")
    head = f"content-type: {content_type}\r\n"
    if mode is Mode.BINARY:
        attributes = canonical(event)
        attributes.pop("datacontenttype", None)
        head += header_lines(attributes, spelling_of(event))
    return HttpMessage(head, _write_data(event.get_data(), media))


def encode_batch(events: Sequence[CloudEvent]) -> HttpMessage:
    """Write events as one JSON batch (JSON format, section 4); raises as ``encode`` does."""
    body = json_bytes([_envelope(event) for event in events])
    return message_of([("content-type", BATCH_TYPE)], body)


def reply_id(source: str, event_id: str, reply_type: str, *reuse: str) -> str:
    """Return the id of the reply of this type to the request with this source and id.

    UUIDv5 (RFC 9562, section 5.5) over the three as a JSON array, so that no two triples join
    to the same name.

    :param reuse: digest of an event whose source and id had been used for another event.
    """
    named = ", ".join(map(encode_basestring_ascii, (source, event_id, reply_type, *reuse)))
    # UUIDv5 by hand: by uuid.uuid5 an event costs 8 % more.
    digest = sha1(_NAMESPACE_BYTES + f"[{named}]".encode(), usedforsecurity=False).digest()
    # What uuid.UUID(bytes=digest[:16], version=5) writes, in a fifth of the time.
    text, variant = digest.hex(), "89ab"[digest[8] >> 4 & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def is_json(content_type: str | None) -> bool:
    """Return whether data of this content type is JSON: ``*/json``, ``*/*+json`` or none given
    (JSON format, section 3.1.1)."""
    return content_type is None or media_of(content_type).json


def _choose_mode(content_type: str | None, has_attributes: bool) -> Mode:
    if content_type is None:
        return Mode.BINARY if has_attributes else Mode.PLAIN
    media = media_of(content_type)
    if not media.kind:
        raise NotAnEvent(f"content type {shown(content_type)} is not a media type")
    if not media.utf8:
        raise NotAnEvent(f"content type {shown(content_type)} has a charset other than utf-8")
    if media.kind.startswith("application/cloudevents"):
        if media.kind == STRUCTURED_TYPE:
            return Mode.STRUCTURED
        if media.kind == BATCH_TYPE:
            return Mode.BATCH
        raise UnsupportedMode(f"events as {shown(media.kind)} are not supported, only JSON")
    if has_attributes:
        return Mode.BINARY
    if media.json:
        return Mode.PLAIN
    raise NotAnEvent(f"content type {shown(content_type)} is neither an event nor JSON")


def _read_binary(head: Head, body: bytes) -> CheckedEvent:
    if head.repeated:
        raise NotAnEvent(f"header {shown(head.repeated[0].lower())} is repeated")
    attributes: dict[str, Any] = {**head.attributes}
    check_names(attributes)
    spelling: dict[str, str] = {}
    if not is_plain("".join(attributes.values())):
        for name, value in head.attributes.items():
            if not is_plain(value):
                attributes[name], spelling[name] = read_header(name, value)
    if "datacontenttype" in attributes:
        raise NotAnEvent("header ce-datacontenttype is not allowed beside content-type")
    if head.content_type is not None:
        attributes["datacontenttype"] = head.content_type
    return _build(attributes, body or None, spelling)


def _parse(body: bytes) -> Any:
    try:
        return strict_json(body)
    except ValueError as bad:
        raise NotAnEvent(f"the body is {bad}") from None


def _read_envelope(envelope: Any) -> CheckedEvent:
    if not isinstance(envelope, dict):
        raise NotAnEvent("the event is not a JSON object")
    data = envelope.pop("data", None)
    encoded = envelope.pop("data_base64", None)
    if encoded is not None:
        if data is not None:
            raise NotAnEvent("data and data_base64 are both present")
        try:
            data = binascii.a2b_base64(encoded, strict_mode=True)
        except (TypeError, ValueError):
            raise NotAnEvent("data_base64 is not base64") from None
    attributes: dict[str, Any] = {}
    check_names(envelope)
    for name, value in envelope.items():
        if isinstance(value, str):
            attributes[name] = check_text(name, value)
        elif value is not None:
            attributes[name] = read_scalar(name, value)
    return _build(attributes, data)


def _build(
    attributes: dict[str, Any], data: Any, spelling: Mapping[str, str] = MappingProxyType({})
) -> CheckedEvent:
    check_sizes(attributes)
    if not all(map(attributes.get, REQUIRED)):
        name = next(name for name in REQUIRED if not attributes.get(name))
        raise NotAnEvent(f"{name} is {'empty' if name in attributes else 'missing'}")
    if attributes["specversion"] != "1.0":
        found = shown(attributes["specversion"])
        raise NotAnEvent(f"specversion {found} is not supported, only 1.0")
    if "" in attributes.values():
        for name in OPTIONAL:
            if attributes.get(name) == "":
                raise NotAnEvent(f"{name} is empty")
    content_type = attributes.get("datacontenttype")
    if content_type is not None and not media_of(content_type).kind:
        raise NotAnEvent(f"datacontenttype {shown(content_type)} is not a media type")
    if "time" in attributes:
        attributes["time"] = read_time(attributes["time"])
    return CheckedEvent(attributes, data, spelling)


def _envelope(event: CloudEvent) -> dict[str, Any]:
    envelope: dict[str, Any] = {**canonical(event)}
    data: Any = event.get_data()
    if isinstance(data, bytes | bytearray | memoryview):
        envelope["data_base64"] = b64encode(data).decode("ascii")
    elif data is not None:
        if not isinstance(data, str) and not is_json(event.get_datacontenttype()):
            data = json_bytes(data).decode("utf-8")  # other types are strings (section 3.1.1)
        envelope["data"] = data
    return envelope


def _write_data(data: Any, media: Media) -> bytes:
    if data is None:
        return b""
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if not media.utf8:
        raise ValueError("the content type names a charset other than utf-8")
    if isinstance(data, str) and not media.json:
        return data.encode("utf-8")
    return json_bytes(data)
