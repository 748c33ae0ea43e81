"""One TCP connection of the server, and what is under way on it."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from function.events.message import HttpResponse

if TYPE_CHECKING:
    from function.http.http1 import RequestReader
    from function.http.wsgi import Streamed

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_BODILESS = (204, 304)


class Connection:
    """A non-blocking socket; used by one thread at a time.

    :param until: when it ends if nothing happens, by the monotonic clock.
    """

    __slots__ = (
        "buffered",
        "descriptor",
        "ending",
        "more",
        "reader",
        "since",
        "socket",
        "unsent",
        "until",
    )

    def __init__(self, accepted: socket.socket, until: float) -> None:
        self.socket = accepted
        self.descriptor = accepted.fileno()
        self.since = time.monotonic()
        """When it was accepted, or its last request was answered."""
        self.until = until
        self.reader: RequestReader | None = None
        """Where a request has arrived in part."""
        self.buffered = 0
        """Bytes that the reader held when they were last counted."""
        self.more = False
        """Whether the reader may hold another whole request."""
        self.unsent = b""
        self.ending = False
        """Whether the last answer has been given; what still arrives is discarded."""

    def send(self, data: bytes) -> bool:
        """Send what the socket takes now and keep the rest; False when the peer is gone."""
        if self.unsent:
            self.unsent += data
            return True
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False
        if sent < len(data):
            self.unsent = data[sent:]
        return True

    def flush(self) -> bool:
        """Send more of the rest; False when the peer is gone."""
        data, self.unsent = self.unsent, b""
        return self.send(data)

    def send_answer(self, answer: HttpResponse, keep: bool, headless: bool = False) -> bool:
        """Send an answer as :meth:`send` does.

        :param headless: whether the request was a HEAD.
        """
        status, (head, body) = answer
        length = "" if status in _BODILESS else f"content-length: {len(body)}\r\n"
        start = _start(status, keep)
        return self.send(
            f"{start}{head}{length}\r\n".encode("latin-1") + (b"" if headless else body)
        )

    def send_last(self, answer: HttpResponse) -> None:
        """Send an answer as far as the socket takes it at once."""
        self.send_answer(answer, False)

    def stream(self, answer: Streamed, seconds: float, headless: bool) -> None:
        """Send an answer in chunks as they come, and end the stream.

        :param seconds: how long the peer may take no byte.
        :raises OSError: the peer is gone, or takes nothing.
        """
        self.socket.settimeout(seconds)
        start = _start(answer.status, False)
        head = f"{start}{answer.head}transfer-encoding: chunked\r\n\r\n"
        self.socket.sendall(self.unsent + head.encode("latin-1"))
        self.unsent = b""
        if headless:
            return
        for piece in answer.pieces:
            if piece:
                self.socket.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.socket.sendall(b"0\r\n\r\n")

    def finish(self) -> None:
        """Signal the peer that nothing follows."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def _start(status: int, keep: bool) -> str:
    connection = "keep-alive" if keep else "close"
    return (
        f"HTTP/1.1 {status} {_PHRASES[status]}\r\n"
        f"date: {_date(int(time.time()))}\r\nconnection: {connection}\r\n"
    )


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
