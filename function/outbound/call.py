"""One HTTP request and its answer, line by line, that ends at its deadline whatever happens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import httpx

from function.deadline import Deadline

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 10.0
ANSWER_BYTES = 8 * 1_048_576
ERROR_BYTES = 65_536
LONGEST_WAIT_SECONDS = 86_400.0
TAIL_SECONDS = 0.05
"""What an answered connection gets to end properly, so that it can be used again."""


class OutOfTime(Exception):
    """The deadline passed before the server had finished."""


class Silence:
    """How long a server has said nothing that brings its answer on.

    :param deadline: of the call; what keeps a connection open is not a sign of work.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._limit = deadline.silence
        self._clock = deadline.clock
        self._since = deadline.clock()

    @property
    def left(self) -> float:
        """Seconds until it has been too long."""
        return self._limit - (self._clock() - self._since)

    def end(self) -> None:
        """Note that the server sent something."""
        self._since = self._clock()


class Refused(Exception):
    """An answer with another status than 200."""

    def __init__(self, status: int, headers: httpx.Headers, text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text


class Call:
    """One request under way, in a thread that can be left behind.

    Time limits of sockets are per read: they bound neither the resolver nor a server that answers
    byte by byte. So a thread of its own talks to the server while the caller waits for its lines,
    and never longer than the deadline; then the connection is cut, at which the server stops.
    """

    def __init__(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        deadline: Deadline,
        silence: Silence,
    ) -> None:
        self.reused = False
        """Whether it was sent over a connection that had been kept open."""
        self._request = (method, path)
        self._client = client
        self._body = body
        self._deadline = deadline
        self._silence = silence
        self._heard: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._left = False
        self._connected = False
        self._stream: Any = None
        self._holding = threading.Lock()
        self._worker = threading.Thread(target=self._talk, name="remote", daemon=True)

    def lines(self) -> Generator[str]:
        """Yield the lines of the answer as they come; to be called once.

        :raises OutOfTime: at the deadline.
        :raises Refused: the status is not 200.
        :raises httpx.HTTPError: no whole answer came.
        """
        self._worker.start()
        tail = TAIL_SECONDS
        try:
            while (item := self._next()) is not None:
                yield item
                if self._deadline.passed:  # the server still writes, but the time is over
                    raise OutOfTime
                if self._silence.left <= 0:
                    raise httpx.ReadTimeout("nothing but signs of life")
        except (OutOfTime, httpx.ReadTimeout):
            tail = 0.0
            raise
        finally:
            self._worker.join(tail)
            self._leave()

    def _next(self) -> str | None:
        left = min(self._deadline.left, self._silence.left, LONGEST_WAIT_SECONDS)
        try:
            item = self._heard.get(timeout=max(left, 0.0))
        except Empty:
            if self._silence.left < self._deadline.left:
                raise httpx.ReadTimeout("silent") from None
            raise OutOfTime from None
        if isinstance(item, Exception):
            # A timeout that comes with the deadline is the deadline's doing.
            raise OutOfTime if self._deadline.passed else item
        return item

    def _leave(self) -> None:
        """Cut the connection if the server is still talking."""
        self._left = True
        with self._holding:
            if self._stream is not None and (to := self._stream.get_extra_info("socket")):
                with suppress(OSError):
                    to.shutdown(socket.SHUT_RDWR)

    def _talk(self) -> None:
        left = max(min(self._deadline.left, self._silence.left), 0.001)
        timeout = httpx.Timeout(
            left,
            connect=min(left, CONNECT_SECONDS),
            write=min(left, WRITE_SECONDS),
            pool=min(left, CONNECT_SECONDS),
        )
        try:
            with self._client.stream(
                *self._request, json=self._body, timeout=timeout, extensions={"trace": self._trace}
            ) as answer:
                self._stream = answer.extensions.get("network_stream")
                try:
                    self._read(answer)
                finally:
                    with self._holding:  # the connection may soon serve another request
                        self._stream = None
            self._heard.put(None)
        except Exception as error:
            self._heard.put(error)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        """Note which kind of connection carries the request, from httpcore's trace events."""
        if event == "connection.connect_tcp.started":
            self._connected = True
        elif event.endswith("send_request_headers.started"):
            self.reused = not self._connected

    def _read(self, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            raise Refused(answer.status_code, answer.headers, self._text(answer))
        rest = b""
        for chunk in self._chunks(answer, ANSWER_BYTES):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                self._heard.put(line.decode(errors="replace").rstrip("\r"))
        if rest:
            self._heard.put(rest.decode(errors="replace"))

    def _text(self, answer: httpx.Response) -> str:
        with suppress(httpx.HTTPError):
            return b"".join(self._chunks(answer, ERROR_BYTES)).decode(errors="replace")
        return ""

    def _chunks(self, answer: httpx.Response, limit: int) -> Iterator[bytes]:
        for chunk in answer.iter_bytes():
            if self._left or answer.num_bytes_downloaded > limit:
                raise httpx.DecodingError("the answer is longer than wanted")
            yield chunk
