"""Reads requests from connections, and not for ever: a sender has so long for each of them."""

from __future__ import annotations

import socket
import struct
import time

from gunicorn.http.unreader import SocketUnreader


class SlowSender(TimeoutError):
    """A request did not arrive in the time that it had."""


class PatientUnreader(SocketUnreader):  # type: ignore[misc]
    """gunicorn's reader of a connection, with a limit on the time of each request as a whole.

    A limit on the pauses would not do: a byte now and then would hold a thread for days.

    :param seconds: from the beginning of a request to its last byte.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        super().__init__(sock)
        self._seconds = seconds
        self._until = 0.0
        # Who does not read the answer must not hold a thread either.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(seconds))

    def begin(self) -> None:
        """From now on the next request comes."""
        self._until = time.monotonic() + self._seconds

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What came, empty at the end of the stream.

        :raises SlowSender: nothing did in the time that was left.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise SlowSender
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(left))
        try:
            data: bytes = super().chunk(size_hint)
        except BlockingIOError:
            raise SlowSender from None
        finally:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(0))
        return data


def _timeval(seconds: float) -> bytes:
    """``struct timeval``; zero means for ever, so what is left is never rounded down to it."""
    whole, fraction = divmod(seconds, 1)
    microseconds = int(fraction * 1_000_000)
    return struct.pack("@ll", int(whole), microseconds or int(0 < seconds < 1))
