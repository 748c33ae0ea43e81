"""Serves HTTP/1.1 on non-blocking sockets: no sender holds a thread before its request is whole.

Requests are read by the leader of a :class:`function.http.leader_followers.Crew`, which answers
them itself. The thread that calls :meth:`HttpServer.turn` accepts connections and ends those whose
time is up.
"""

from __future__ import annotations

import os
import resource
import selectors
import socket
import threading
import time
import traceback
from collections.abc import Iterable
from typing import TYPE_CHECKING

from function.events.message import HttpResponse, line
from function.http.connection import Connection
from function.http.http1 import Refused, Request, RequestReader, read_event
from function.http.leader_followers import Crew
from function.http.poller import READ, WRITE
from function.http.routes import Routes
from function.http.wsgi import Streamed, run_app
from function.telemetry import Log

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_CONNECTIONS = 4_096
SPARE_DESCRIPTORS = 256
"""File descriptors left for everything but connections."""
LEAST_CONNECTIONS = 64
"""Tried for however few descriptors there are."""
EXHAUSTED_SECONDS = 0.05
"""Pause after the system had no descriptor for a connection."""
MAX_BUFFERED_BYTES = 64 * 1_048_576
"""What all incomplete requests may hold together; then the longest one ends."""
KEEP_ALIVE_SECONDS = 75.0
LINGER_SECONDS = 2.0
"""How long a peer may go on sending after its last answer: closing the socket with unread bytes
would reset the connection, and the answer could be lost."""
SWEEP_SECONDS = 0.25
RECEIVE_BYTES = 65_536
TOO_SLOW = line(408, "the request did not arrive in time")
TOO_MUCH = line(503, "too many requests are arriving", ("retry-after", "1"))
ENDED_EARLY = line(400, "the body ended early")
ALL_BUSY = line(429, "every thread is busy", ("retry-after", "1"))
BUG = line(500, "internal error")


class HttpServer:
    """Answers the connections of some listening sockets.

    :param routes: answers every request but those of pages.
    :param pages: answers the rest, where there are pages.
    :param receive_seconds: time for one request from its first byte to its last, and for its
        receiver to take the answer.
    :param threads: how many answers can be under way at once.
    """

    def __init__(
        self,
        listeners: Iterable[socket.socket],
        routes: Routes,
        log: Log,
        *,
        pages: WSGIApplication | None = None,
        receive_seconds: float = 30.0,
        max_body_bytes: int = 1_048_576,
        threads: int = 128,
        max_connections: int = MAX_CONNECTIONS,
        max_buffered_bytes: int = MAX_BUFFERED_BYTES,
    ) -> None:
        self._routes = routes
        self._events = routes.event
        self._log = log
        self._pages = pages
        self._receive_seconds = receive_seconds
        self._max_body = max_body_bytes
        self._max_buffered = max_buffered_bytes
        possible = max(_descriptors() - SPARE_DESCRIPTORS, LEAST_CONNECTIONS)
        self._max_connections = min(max_connections, possible)
        self._crew: Crew[Connection] = Crew(self._serve, self._fail, threads)
        self._connections: set[Connection] = set()
        self._buffered = 0
        self._counting = threading.Lock()
        self._swept = 0.0
        self._selector = selectors.DefaultSelector()
        for listener in listeners:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self.draining = False
        """Whether each connection ends with its next answer."""

    def start(self) -> None:
        """Begin to answer."""
        self._crew.start()

    def wake_by(self, descriptor: int) -> None:
        """Have :meth:`turn` return when this pipe can be read."""
        self._selector.register(descriptor, selectors.EVENT_READ, lambda pipe: os.read(pipe, 4_096))

    @property
    def connected(self) -> bool:
        """Whether there is any connection."""
        return bool(self._connections)

    @property
    def at_work(self) -> bool:
        """Whether an answer is under way."""
        watched = self._crew.watched
        return len(self._connections) > len(watched) or any(each.unsent for each in watched)

    def turn(self, seconds: float) -> None:
        """Accept connections for at most ``seconds``, and end those that have taken too long."""
        for key, _ in self._selector.select(min(seconds, SWEEP_SECONDS)):
            key.data(key.fileobj)
        now = time.monotonic()
        if now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            for connection in self._crew.watched:
                if connection.until <= now and self._take(connection):
                    self._end(connection)

    def stop(self) -> None:
        """Read no more and close every connection; answers under way are cut off."""
        self._crew.stop()
        for connection in list(self._connections):
            self._close(connection)
        self._selector.close()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(64):
            try:
                accepted, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # out of descriptors: those of idle connections are needed
                self._log.warning("trm_bug", error=type(error).__name__, place="accept")
                self._evict()
                time.sleep(EXHAUSTED_SECONDS)
                return
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if len(self._connections) >= self._max_connections:
                self._evict()
            connection = Connection(accepted, time.monotonic() + KEEP_ALIVE_SECONDS)
            self._connections.add(connection)
            self._crew.watch(connection.descriptor, connection)

    def _evict(self) -> None:
        """Close the connection whose last whole request is the longest ago."""
        idlest = min(self._crew.watched, key=lambda each: each.since, default=None)
        if idlest is not None and self._take(idlest):
            self._close(idlest)

    def _take(self, connection: Connection) -> bool:
        taken = self._crew.take(connection.descriptor)
        if taken is not None and taken is not connection:  # its number was given to another
            self._crew.watch(taken.descriptor, taken)
        return taken is connection

    def _end(self, connection: Connection) -> None:
        """End a connection whose time is up."""
        if connection.reader is not None and not connection.reader.idle and not connection.unsent:
            events = self._finish(connection, TOO_SLOW, False)
            if events:
                self._crew.watch(connection.descriptor, connection, events)
        else:
            self._close(connection)

    def _fail(self, connection: Connection, error: Exception) -> None:
        """Log a bug in serving a connection, and close it."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
        self._log.error("trm_bug", error=type(error).__name__, place=place)
        if not connection.ending:
            connection.send_last(BUG)
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._count(-connection.buffered)
        connection.close()

    def _serve(self, connection: Connection, busy: bool) -> int:
        """Read what came and answer it; see :class:`Crew`."""
        if connection.unsent:
            return self._go_on(connection)
        if connection.more:
            return self._read_on(connection, busy)
        try:
            data = connection.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return READ
        except OSError:
            data = b""
        if not data or connection.ending:
            return self._ended(connection) if not data else READ
        if connection.reader is None:
            event = read_event(data)
            if event is not None:
                answer = ALL_BUSY if busy else self._events(*event)
                return self._finish(connection, answer, True)
            connection.reader = RequestReader(self._max_body)
            connection.until = time.monotonic() + self._receive_seconds
        elif connection.reader.idle:
            connection.until = time.monotonic() + self._receive_seconds
        connection.reader.feed(data)
        return self._read_on(connection, busy)

    def _ended(self, connection: Connection) -> int:
        """Return the peer sends no more."""
        if connection.reader is not None and not connection.reader.idle and not connection.ending:
            return self._finish(connection, ENDED_EARLY, False)
        self._close(connection)
        return 0

    def _read_on(self, connection: Connection, busy: bool) -> int:
        """Answer the next request if it has wholly arrived.

        One at a time: the connection then waits for its turn behind all others, lest a sender
        that does not wait for its answers keeps theirs from them.
        """
        reader = connection.reader
        assert reader is not None
        try:
            request = reader.next()
        except Refused as refusal:
            return self._finish(connection, refusal.answer, False)
        if request is not None:
            events = self._answer(connection, request, busy)
            if not events or connection.ending:
                return events
        connection.more = request is not None and not reader.idle
        if reader.idle:
            connection.reader = None
        elif reader.wants_continue:
            reader.wants_continue = False
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._account(connection)
        return WRITE if connection.unsent or connection.more else READ

    def _account(self, connection: Connection) -> None:
        """Bound what all incomplete requests hold together."""
        size = connection.reader.size if connection.reader else 0
        self._count(size - connection.buffered)
        connection.buffered = size
        while self._buffered > self._max_buffered:
            largest = max(self._crew.watched, key=lambda each: each.buffered, default=None)
            if largest is None or largest.buffered < size:
                break
            if self._take(largest):
                largest.send_last(TOO_MUCH)
                self._close(largest)

    def _count(self, size: int) -> None:
        if size:
            with self._counting:
                self._buffered += size

    def _answer(self, connection: Connection, request: Request, busy: bool) -> int:
        answer: HttpResponse | Streamed | None
        headless = request.method == "HEAD"
        if busy:
            answer = self._routes.probe(request.method, request.path) or ALL_BUSY
        else:
            has_pages = self._pages is not None
            answer = self._routes.answer(
                request.method, request.path, request.headers, request.body, has_pages
            )
        if answer is None:
            assert self._pages is not None
            answer = run_app(self._pages, request)
        if isinstance(answer, Streamed):
            return self._stream(connection, answer, headless)
        return self._finish(connection, answer, request.keep, headless)

    def _stream(self, connection: Connection, answer: Streamed, headless: bool) -> int:
        """Send an answer of unknown length piece by piece, which holds the thread."""
        connection.ending = True
        try:
            connection.stream(answer, self._receive_seconds, headless)
        except OSError:
            pass  # the peer is gone
        finally:
            answer.close()
        self._close(connection)
        return 0

    def _finish(
        self, connection: Connection, answer: HttpResponse, keep: bool, headless: bool = False
    ) -> int:
        """Send an answer; returns the events to wait for."""
        keep = keep and not self.draining
        now = time.monotonic()
        connection.since = now
        connection.until = now + KEEP_ALIVE_SECONDS
        if not connection.send_answer(answer, keep, headless):
            self._close(connection)
            return 0
        if keep and not connection.unsent:
            return READ
        return self._settle(connection, keep, now)

    def _settle(self, connection: Connection, keep: bool, now: float) -> int:
        if connection.unsent:
            connection.until = now + self._receive_seconds
        if not keep:
            connection.ending = True
            connection.reader = None
            connection.more = False
            self._account(connection)
            if not connection.unsent:
                connection.finish()
                connection.until = now + LINGER_SECONDS
        return WRITE if connection.unsent else READ

    def _go_on(self, connection: Connection) -> int:
        """Send more of an answer that its receiver takes slowly."""
        if not connection.flush():
            self._close(connection)
            return 0
        if connection.unsent:
            return WRITE
        now = time.monotonic()
        if connection.ending:
            return self._settle(connection, False, now)
        connection.until = now + KEEP_ALIVE_SECONDS
        return WRITE if connection.more else READ


def _descriptors() -> int:
    """Raise the limit of open files where the system allows it; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + SPARE_DESCRIPTORS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised
