"""Replies, and the form in which they are stored: a message in binary mode as HTTP/1.1 writes it.

A shared store may hold what other programs wrote, so a stored reply is checked before it is used:
its header lines become those of a response.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel

from function.errors import NotAnEvent
from function.events.attributes import CheckedEvent
from function.events.codec import decode, strict_json
from function.events.message import HttpMessage

LARGEST = 80_000
"""Bytes of a stored reply; ours have 64,000 characters."""
_HEADER = re.compile(r"content-type: application/json|ce-[a-z0-9]+: [\x20-\x7e\x80-\xff]+")


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
    if len(stored) > LARGEST:
        return False
    try:
        message = unpack(stored)
        lines = message.head.split("\r\n")[:-1]
        if not all(map(_HEADER.fullmatch, lines)):
            return False
        event = Reply(message).event
        return event.get_time() is not None and isinstance(event.get_data(), dict)
    except (NotAnEvent, ValueError):
        return False
