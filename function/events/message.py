"""What goes out over HTTP: messages as they are written, and answers with a status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class HttpMessage(NamedTuple):
    """Headers and body of a message that goes out.

    ``head`` is its header lines as HTTP/1.1 writes them, ``name: value`` and CRLF each, with names
    in lower case: a reply is kept, answered and posted in this form, and seldom looked into.
    """

    head: str
    body: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names and values."""
        parts = [line.partition(": ") for line in self.head.split("\r\n")[:-1]]
        return [(name, value) for name, _, value in parts]


def message_of(headers: Iterable[tuple[str, str]], body: bytes) -> HttpMessage:
    """Return a message with these headers; their names are in lower case, no value has a line
    end."""
    return HttpMessage("".join([f"{name}: {value}\r\n" for name, value in headers]), body)


_NOTHING = HttpMessage("", b"")


class HttpResponse(NamedTuple):
    """One HTTP response."""

    status: int
    message: HttpMessage = _NOTHING

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names in lower case and values."""
        return self.message.headers

    @property
    def body(self) -> bytes:
        """What follows the headers; empty where there is none."""
        return self.message.body


def line(status: int, text: str, *headers: tuple[str, str]) -> HttpResponse:
    """Return an answer of one short line for a person."""
    headed = [("content-type", "text/plain"), *headers]
    return HttpResponse(status, message_of(headed, f"{text}\n".encode()))
