"""The form in which replies are stored: a message in binary mode as HTTP/1.1 writes it.

A shared store may hold what other programs wrote, so a stored reply is checked before it is used:
its header lines become those of a response.
"""

from __future__ import annotations

import re

from function.errors import NotAnEvent
from function.events.codec import decode, strict_json
from function.events.message import HttpMessage

LARGEST = 80_000
"""Bytes of a stored reply; ours have 64,000 characters."""
_HEADER = re.compile(r"content-type: application/json|ce-[a-z0-9]+: [\x20-\x7e\x80-\xff]+")


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
        event = decode(message.headers, message.body)
        return event.get_time() is not None and isinstance(strict_json(message.body), dict)
    except (NotAnEvent, ValueError):
        return False
