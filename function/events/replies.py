"""The events that a request is answered with: their types, ids, attributes and stored form.

A request may have come through Knative's RequestReply, whose caller waits in one HTTP call.
RequestReply sets ``correlationid`` to ``ID:CODE:NUMBER``: the event's id, the same id encrypted
with AES-GCM (12 bytes of nonce, 16 of tag) in base64, and the replica that holds the call. It
answers its caller after one minute at the latest (pkg/requestreply/ingress_handler.go in
knative/eventing), and never delivers a reply whose ``replyid`` is not of exactly three parts
between colons.

A reply is stored as a message in binary mode, as HTTP/1.1 writes it. A shared store may hold what
other programs wrote, so a stored reply is checked before it is used: its header lines become those
of a response.
"""

from __future__ import annotations

import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel

from function.contract import InferenceRequest, ReflectionStep, StepEvent
from function.errors import FieldError, InvalidRequest, NotAnEvent
from function.events.attributes import CheckedEvent, spelling_of
from function.events.codec import JSON_TYPE, decode, reply_id, strict_json
from function.events.message import HttpMessage
from function.events.types import FAMILIES, REQUESTED

MOST_HOPS = 32
"""Requests that caused each other. One more is answered ``failed``, should that reply cause yet
another it is not answered at all."""
_SPELLED_AS = {
    "subject": "subject",
    "causationid": "id",
    "correlationid": "correlationid",
    "replyid": "correlationid",
    "conversationid": "conversationid",
    "partitionkey": "conversationid",
    "agent": "agent",
    "tracestate": "tracestate",
}
"""Attributes of a reply, and the attribute of the request that each of them repeats.

They leave in the bytes in which they came: Knative's RequestReply verifies a ``replyid`` byte by
byte, and a broker whose SDK does not percent-decode filters on the header value.
"""


def reply_event(
    event: CloudEvent,
    request: InferenceRequest | None,
    outcome: str,
    body: BaseModel,
    source: str,
    reuse: Sequence[str] = (),
    reply_type: str | None = None,
) -> CloudEvent:
    """Return the one reply to a request event; ``body`` itself is its data, for the codec to write.

    :param request: None where the event's data is none.
    :param outcome: ``completed`` or ``failed``.
    :param source: the function's own.
    :param reuse: see :func:`function.events.codec.reply_id`.
    :param reply_type: another type than the one that follows from the request's.
    """
    own_type = reply_type or type_after(event.get_type(), outcome)
    attributes = _caused_by(event, request, own_type, source, reuse)
    attributes["replyid"] = attributes["correlationid"] or None
    attributes["datacontenttype"] = JSON_TYPE  # last, as in an event that was read
    return CheckedEvent(attributes, body, _spelling(event, attributes))


def step_event(
    event: CloudEvent,
    request: InferenceRequest,
    step: ReflectionStep,
    source: str,
    reuse: Sequence[str] = (),
) -> CloudEvent:
    """Return the event of one reflection step of a request.

    ``sequence`` orders the steps as text (CloudEvents extension *sequence*), so it is padded.
    """
    step_type = type_after(event.get_type(), "step")
    sequence = f"{step.step:04}"
    attributes = _caused_by(event, request, step_type, source, reuse, f"/{sequence}")
    attributes["sequence"] = sequence
    attributes["datacontenttype"] = JSON_TYPE
    body = StepEvent(
        **step.model_dump(),
        request_id=event.get_id(),
        request_source=event.get_source(),
        conversation_id=conversation_of(event, request),
        agent=agent_of(event, request),
        task=request.kind,
    )
    data = body.model_dump(mode="json")
    return CheckedEvent(attributes, data, _spelling(event, attributes))


def type_after(request_type: str, suffix: str) -> str:
    """Return the type of what a request causes.

    ``x.requested`` is answered with ``x.completed``; any other type with the canonical one.
    """
    if request_type.endswith(REQUESTED):
        return f"{request_type.removesuffix(REQUESTED)}.{suffix}"
    return f"{FAMILIES[0]}.{suffix}"


def hops_of(event: CloudEvent) -> int:
    """Return how many of our replies led to this event: agents copy attributes into what they send.

    A count that is not a number is :data:`MOST_HOPS`: as 0 it would let a loop go on.
    """
    text = attribute(event, "trmhops")
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal()):
        return MOST_HOPS
    return int(text) if len(text) < 10 else MOST_HOPS + 1


def conversation_of(event: CloudEvent, request: InferenceRequest | None) -> str | None:
    """Return the conversation that a request belongs to, by its data or else its attributes."""
    return (request.conversation_id if request else None) or attribute(event, "conversationid")


def agent_of(event: CloudEvent, request: InferenceRequest | None) -> str | None:
    """Return the agent that asks, by the attributes or else the data."""
    return attribute(event, "agent") or (request.agent if request else None)


def attribute(event: CloudEvent, name: str) -> str | None:
    """Return an attribute as text; None where it is missing or empty."""
    value = event.get_attributes().get(name)
    return str(value) if value else None


def _caused_by(
    event: CloudEvent,
    request: InferenceRequest | None,
    event_type: str,
    source: str,
    reuse: Sequence[str],
    part: str = "",
) -> dict[str, object]:
    """Return attributes of what comes of a request; those that are None are none of its attributes.

    :param part: distinguishes events of one type.
    """
    given = event.get_attributes()
    conversation = conversation_of(event, request)
    return {
        "specversion": "1.0",
        "id": reply_id(given["source"], given["id"], event_type + part, *reuse),
        "source": source,
        "type": event_type,
        "time": datetime.now(UTC),
        "subject": given.get("subject"),
        "causationid": given["id"],
        "correlationid": given.get("correlationid"),
        "conversationid": conversation,
        "partitionkey": conversation,
        "agent": agent_of(event, request),
        "trmhops": str(hops_of(event) + 1),
        "traceparent": given.get("traceparent"),
        "tracestate": given.get("tracestate"),
    }


def _spelling(event: CloudEvent, attributes: Mapping[str, object]) -> dict[str, str]:
    if not (spelling := spelling_of(event)):
        return {}
    given = event.get_attributes()
    return {
        name: spelling[origin]
        for name, origin in _SPELLED_AS.items()
        if origin in spelling and attributes.get(name) == given.get(origin)
    }


REQUEST_REPLY_SECONDS = 50.0
"""How long such a request may take here; the rest of its minute belongs to two passages of the
broker."""
_AROUND = 28
"""Bytes that the encryption adds to an id."""
_UNQUOTED = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


def seconds_of_call(event: CloudEvent) -> float:
    """Return how long the request may take; infinity where no call of RequestReply waits.

    :raises InvalidRequest: the reply could never be delivered, because the id has a colon.
    """
    if not _came_through(event):
        return math.inf
    # Upstream decodes nothing: "%3A" is not a colon there.
    if ":" in spelling_of(event).get("id", event.get_id()):
        problem = "RequestReply delivers no reply to an event whose id has a colon"
        raise InvalidRequest([FieldError("id", problem)])
    return REQUEST_REPLY_SECONDS


def _came_through(event: CloudEvent) -> bool:
    correlation, event_id = event.get_attributes().get("correlationid"), event.get_id()
    spelling = spelling_of(event)
    spelled = spelling.get("correlationid", "")
    if not isinstance(correlation, str) or max(correlation.count(":"), spelled.count(":")) < 2:
        return False
    # Upstream takes the id as it stands in the header, or in the JSON of a structured event.
    spelled_id = spelling.get("id") or quote(event_id, safe=_UNQUOTED)
    return _is_signed(correlation, event_id, len(event_id.encode())) or any(
        _is_signed(text, start, len(spelled_id))
        for text in (correlation, spelled)
        for start in (event_id, spelled_id)
    )


def _is_signed(correlation: str, event_id: str, length: int) -> bool:
    if not correlation.startswith(f"{event_id}:"):
        return False
    code, _, number = correlation[len(event_id) + 1 :].partition(":")
    if not (number.isascii() and number.isdecimal()):
        return False
    try:
        encrypted = urlsafe_b64decode(code)
    except ValueError:
        return False
    return len(encrypted) == length + _AROUND


LARGEST_STORED = 80_000
"""Bytes of a stored reply; ours have 64,000 characters."""
_STORED_HEADER = re.compile(r"content-type: application/json|ce-[a-z0-9]+: [\x20-\x7e\x80-\xff]+")


class Reply:
    """A reply event, and the message in binary mode as which it is kept.

    :param event: of which the message was written; without it the message is decoded when the
        event is first read.
    :param replayed: whether another delivery of the same event caused it.
    """

    def __init__(
        self, message: HttpMessage, event: CloudEvent | None = None, replayed: bool = False
    ) -> None:
        self.message = message
        self.replayed = replayed
        self._event = event

    @cached_property
    def event(self) -> CloudEvent:
        """The event; its data are JSON values or the model that they are written from."""
        if self._event is not None:
            return self._event
        event = decode(self.message.headers, self.message.body)
        return CheckedEvent(event.get_attributes(), strict_json(self.message.body), event.spelling)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The data of the event as JSON values."""
        data: Any = self.event.get_data()
        values: dict[str, Any] = (
            data.model_dump(mode="json") if isinstance(data, BaseModel) else data
        )
        return values


def pack(message: HttpMessage) -> bytes:
    """Return a reply as it is stored."""
    return f"{message.head}\r\n".encode() + message.body


def unpack(stored: bytes) -> HttpMessage:
    """Return a stored reply as a message.

    :raises ValueError: these bytes were not written by :func:`pack`.
    """
    head, _, body = stored.partition(b"\r\n\r\n")
    return HttpMessage(f"{head.decode()}\r\n", body)


def is_reply(stored: bytes) -> bool:
    """Return whether these bytes are a reply in the form of :func:`pack` and nothing else."""
    if len(stored) > LARGEST_STORED:
        return False
    try:
        message = unpack(stored)
        lines = message.head.split("\r\n")[:-1]
        if not all(map(_STORED_HEADER.fullmatch, lines)):
            return False
        event = Reply(message).event
        return event.get_time() is not None and isinstance(event.get_data(), dict)
    except (NotAnEvent, ValueError):
        return False
