"""Runs the Flask application under gunicorn: one process with the model, many threads."""

from __future__ import annotations

import gc
import socket
import struct
import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from mmap import mmap
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from function.delivery.crashes import MEMORY_BYTES, SharedMemoryLog
from function.exchange import Answer, Exchange, line
from function.receiving import PatientUnreader, SlowSender
from function.service import Service
from function.settings import Settings
from function.wire import read_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from function.models.members import Member

LINGER_MS = 20
"""How long a thread waits for the next request of its connection before it takes another."""
GARBAGE_THRESHOLD = 10_000
RECEIVE_BYTES = 65_536
_LINGER = struct.pack("@ll", 0, LINGER_MS * 1_000)  # struct timeval: seconds, microseconds
_FOR_EVER = struct.pack("@ll", 0, 0)
TOO_SLOW = line(408, "the request did not arrive in time")
TURN = 16
"""Requests a connection may have answered in a row while others wait for a thread."""


class LingeringWorker(ThreadWorker):
    """gunicorn's thread worker, with threads that stay with a busy connection.

    A broker keeps few connections and sends the next event as soon as it has the reply. Handing
    each back to the poller and to another thread costs as much as all the rest of an event.
    """

    def handle(self, conn: TConn) -> Any:
        """Answer requests of one connection until it pauses; see ThreadWorker.handle."""
        answered = 0
        keep: Any = True
        if conn.initialized:
            conn.sock.setblocking(True)  # the poller, where it comes from, needs it otherwise
        else:
            if not conn.wait_for_data(LINGER_MS / 1_000):
                return _DEFER
            conn.init()
            conn.parser.unreader = PatientUnreader(conn.sock, self.app.receive_seconds)
        while keep is True and self.alive:
            if answered >= TURN and self.nr_conns > self.cfg.threads:
                return True
            if not conn.parser.unreader.buf.getvalue():
                begun = _wait_for_bytes(conn.sock)
                if not begun:
                    return begun is None  # None: nothing came yet; b"": the peer hung up
                answered += 1
                if event := read_event(begun):
                    answer = self.app.exchange.answer(*event)
                    keep = self._may_stay()
                    if not _sent(conn.sock, answer, keep):
                        return False
                    continue
                conn.parser.unreader.unread(begun)
            keep = self._answer_next(conn)
        return keep

    def _answer_next(self, conn: TConn) -> bool:
        """One more request, without the preparations that ThreadWorker.handle makes each time."""
        request = None
        conn.parser.unreader.begin()
        try:
            request = next(conn.parser)
            if not request:
                return False
            keep = self._keepalive_after(conn, self.handle_request(request, conn))
            return keep is True
        except SlowSender:
            _sent(conn.sock, TOO_SLOW, keep=False)
            return False
        except (StopIteration, NoMoreData, OSError):
            return False  # the peer is gone
        except Exception as error:  # what is no HTTP gets gunicorn's own answer
            self.handle_error(request, conn.sock, conn.client, error)
            return False

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Refuse new events as soon as the process is told to stop."""
        self.app.drain()
        super().handle_exit(sig, frame)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer an ordinary event without WSGI; everything else as ThreadWorker does.

        Building the environment, checking every header of the answer and sending head and body
        apart would cost a third of all the time of an event.
        """
        exchange = self.app.exchange
        length = _plain_length(req)
        if length is None or length > exchange.max_body_bytes:
            return bool(super().handle_request(req, conn))
        body = req.body.read(length)
        if len(body) == length:
            answer = exchange.answer(req.headers, body)
            # Nothing is left to drain, which gunicorn would find out with four system calls.
            conn.parser.mesg = None
        else:
            answer = line(400, "the body ended early")
        keep = len(body) == length and self._may_stay() and not bool(req.should_close())
        return _sent(conn.sock, answer, keep) and keep

    def _may_stay(self) -> bool:
        """Whether a connection may be kept for more requests."""
        return bool(self.alive and len(self.keepalived_conns) < self.max_keepalived)


def _wait_for_bytes(sock: socket.socket) -> bytes | None:
    """What comes within the linger time; None for nothing, empty when the peer hung up.

    One system call that gives up by itself instead of a poll and a read: each call lets another
    thread run, and getting the turn back takes longer than the call.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _LINGER)
    try:
        return sock.recv(RECEIVE_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    finally:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _FOR_EVER)


def _plain_length(req: Any) -> int | None:
    """Length of the body of a POST / that needs nothing special of HTTP; None for the rest."""
    if req.method != "POST" or req.path != "/" or req._expected_100_continue:
        return None
    for name, value in req.headers:
        if name == "CONTENT-LENGTH":
            return int(value)
    return None


def _sent(sock: socket.socket, answer: Answer, keep: bool) -> bool:
    """Send an answer; False when the peer is gone, who will ask again."""
    try:
        sock.sendall(_message(answer, keep))
    except OSError:
        return False
    return True


def _message(answer: Answer, keep: bool) -> bytes:
    head = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"date: {_date(int(time.time()))}",
        f"connection: {'keep-alive' if keep else 'close'}",
        *[f"{name}: {value}" for name, value in answer.headers],
    ]
    if answer.status != 204:
        head.append(f"content-length: {len(answer.body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + answer.body


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


class Server(BaseApplication):
    """gunicorn configured in code; the service starts in the worker, after the fork.

    :param members: replaces the models that the settings name.
    """

    def __init__(self, settings: Settings, members: Sequence[Member] | None = None) -> None:
        self._settings = settings
        self._members = members
        self._service: Service | None = None
        # Made before the worker is, so that it outlives each of them.
        self._crashes = mmap(-1, MEMORY_BYTES)
        super().__init__()

    @property
    def exchange(self) -> Exchange:
        """What answers events in the worker process."""
        assert self._service is not None
        return self._service.exchange

    @property
    def receive_seconds(self) -> int:
        """How long a sender has for one request."""
        return self._settings.receive_seconds

    def drain(self) -> None:
        """Refuse new events; see :meth:`function.service.Service.drain`."""
        if self._service is not None:
            self._service.drain()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        settings = self._settings
        options = {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": "function.server.LingeringWorker",
            "workers": 1,
            "threads": settings.threads,
            "graceful_timeout": settings.grace_seconds,
            "keepalive": 75,
            "timeout": 120,
            "loglevel": "warning",
            "worker_exit": lambda server, worker: self._close(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called by gunicorn in the worker process."""
        crashes = SharedMemoryLog(self._crashes)
        self._service = Service(self._settings, self._members, crashes=crashes)
        self._service.start()
        # Flask is imported while the model loads.
        from function.web import build_app

        app = build_app(self._service)
        # What is loaded by now stays: walking through all of it would halt every thread for
        # tens of milliseconds, again and again.
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        return app

    def _close(self) -> None:
        if self._service is not None:
            self._service.close()
