"""Identity of an event: what two deliveries have in common when they are one event.

CloudEvents says that ``source`` and ``id`` identify an event. Anybody who knows or guesses them
could then read the reply to another sender, or answer in advance, so a stored reply also belongs
to its sender, its type and its data.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from cloudevents.core.v1.event import CloudEvent

from function.errors import FieldError, InvalidRequest
from function.events.codec import is_json, strict_json
from function.events.strict_json import json_bytes
from function.events.types import type_after

COPIED = ("subject", "correlationid", "conversationid", "agent")
"""Attributes that a reply repeats or depends on. Not among them are those that differ from one
delivery of an event to the next: traces, ``expirytime``, ``knativearrivaltime``."""


class EventData(NamedTuple):
    """The data of a request event, read once.

    ``problem`` says why ``value`` is not JSON. ``canonical`` is the same for every spelling of one
    JSON value, so an event is the same in binary and in structured mode.
    """

    value: Any
    problem: InvalidRequest | None
    canonical: bytes


class EventKey(NamedTuple):
    """Digests that identify an event, 64 hexadecimal characters each.

    ``use`` is of sender, ``source``, ``id`` and the family of reply types: events that share it
    would get the same reply id. ``event`` is of all that and of type, data and :data:`COPIED`:
    deliveries that share it get the same reply.
    """

    use: str
    event: str


def read_data(event: CloudEvent) -> EventData:
    """Return the data of an event as JSON, or what is wrong with it; never raises."""
    data: Any = event.get_data()
    content_type = event.get_datacontenttype()
    if not is_json(content_type):
        problem = InvalidRequest([FieldError("datacontenttype", "must be JSON")])
        return EventData(None, problem, f"{content_type!a}{data!a}".encode())
    if isinstance(data, bytes):
        try:
            data = strict_json(data)
        except ValueError as error:
            return EventData(None, InvalidRequest([FieldError("data", str(error))]), data)
    try:
        return EventData(data, None, json_bytes(data))
    except (TypeError, ValueError):  # an event made in this process may hold anything
        return EventData(data, None, ascii(data).encode())


def event_key(event: CloudEvent, sender: str, canonical: bytes) -> EventKey:
    """Return the key of an event, the same in every process.

    :param sender: digest of the token that the sender presented; empty where none is required.
    :param canonical: see :class:`EventData`.
    """
    given = event.get_attributes()
    event_type = given["type"]
    # No attribute that came over HTTP holds a NUL, so no two events are joined to one text.
    use = "\0".join((sender, given["source"], given["id"], type_after(event_type, "")))
    shape = "\0".join(["", event_type, *[str(given.get(name) or "") for name in COPIED], ""])
    digest = sha256(use.encode(errors="surrogatepass"))
    name = digest.hexdigest()
    digest.update(shape.encode(errors="surrogatepass"))
    digest.update(canonical)
    return EventKey(name, digest.hexdigest())
