"""Runs the Flask application under gunicorn: one process with the model, many threads."""

from __future__ import annotations

import gc
import select
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from mmap import mmap
from threading import Thread
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import TConn, ThreadWorker

from function.answer import Answer, line
from function.delivery.crashes import MEMORY_BYTES, SharedMemoryLog
from function.listening import address_to_listen_on
from function.receiving import PatientUnreader, SlowSender
from function.settings import Settings
from function.wire import read_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from function.crew import Crew
    from function.exchange import Exchange
    from function.models.members import Member
    from function.service import Service

GARBAGE_THRESHOLD = 10_000
LOAD_SECONDS = 600.0
RECEIVE_BYTES = 65_536
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
TOO_SLOW = line(408, "the request did not arrive in time")


class EventWorker(ThreadWorker):
    """gunicorn's thread worker, with a short way for ordinary events; see :mod:`function.crew`.

    gunicorn accepts connections, keeps the idle ones, and reads everything unusual.
    """

    def init_process(self) -> None:
        """Called in the worker process before it runs."""
        self._crew: Crew[TConn] | None = None
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """One more than may answer: the thread that reads."""
        return ThreadPoolExecutor(self.cfg.threads + 1)

    def run(self) -> None:
        """Serve until told to stop."""
        if hasattr(select, "epoll"):
            from function.crew import Crew

            self._crew = Crew(self._serve, self._release, self.tpool.submit)
            self._crew.start()
        super().run()
        if self._crew is not None and not self.nr_conns:
            self._crew.close()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Refuse new events as soon as the process is told to stop."""
        self.app.drain()
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Go on accepting while the last events are finished: who comes then is told to try
        again later, instead of being cut off when the process ends."""
        super().set_accept_enabled(enabled or not self.alive)

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the next request of a connection, or answer the one that has begun to come."""
        if not conn.initialized:
            try:
                conn.init()
                conn.parser.unreader = PatientUnreader(conn.sock, self.app.receive_seconds)
            except OSError:  # reset before it was accepted
                self._settle(conn, False)
                return
        if self._crew is None or not self.alive or conn.parser.unreader.buf.getvalue():
            super().enqueue_req(conn)
        else:
            conn.sock.setblocking(True)
            self._crew.watch(conn.sock.fileno(), conn)

    def _cap_keepalive(self, deadline: float) -> None:
        # The first thing of the end; what is watched becomes gunicorn's idle connections.
        if self._crew is not None:
            self._crew.stop()
        super()._cap_keepalive(deadline)

    def _serve(self, conn: TConn) -> bool:
        """Answer the request that begins to come; whether more can be expected."""
        try:
            begun = conn.sock.recv(RECEIVE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            begun = b""
        if not begun:
            self._settle(conn, False)
            return False
        event = read_event(begun)
        if event is None:
            conn.parser.unreader.unread(begun)
            super().enqueue_req(conn)
            return False
        answer = self.app.exchange.answer(*event)
        keep = self._may_stay()
        if _sent(conn.sock, answer, keep) and keep:
            return True
        self._settle(conn, False)
        return False

    def _release(self, conn: TConn) -> None:
        self._settle(conn, True)

    def _settle(self, conn: TConn, keep: bool) -> None:
        """Give a connection to the thread that keeps the idle ones, or closes them."""
        done: Future[bool] = Future()
        done.set_result(keep)
        self.method_queue.defer(self.finish_request, conn, done)

    def handle(self, conn: TConn) -> bool:
        """One request of a connection that wants more than the short way; see ThreadWorker.handle.

        Without that method's wait for data, which would hold a thread, and with a limit of time.
        """
        request = None
        conn.sock.setblocking(True)
        conn.parser.unreader.begin()
        try:
            request = next(conn.parser)
            if not request:
                return False
            return bool(self._keepalive_after(conn, self.handle_request(request, conn)))
        except SlowSender:
            _sent(conn.sock, TOO_SLOW, keep=False)
        except (StopIteration, NoMoreData, OSError):
            pass  # the peer is gone
        except Exception as error:  # what is no HTTP gets gunicorn's own answer
            self.handle_error(request, conn.sock, conn.client, error)
        return False

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
    status, (head, body) = answer
    length = "" if status == 204 else f"content-length: {len(body)}\r\n"
    connection = "keep-alive" if keep else "close"
    start = (
        f"HTTP/1.1 {status} {_PHRASES[status]}\r\n"
        f"date: {_date(int(time.time()))}\r\nconnection: {connection}\r\n"
    )
    return f"{start}{head}{length}\r\n".encode("latin-1") + body


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


class Server(BaseApplication):
    """gunicorn configured in code; the service starts in the worker, after the fork.

    :param members: replaces the models that the settings name.
    """

    def __init__(self, settings: Settings, members: Sequence[Member] | None = None) -> None:
        self._settings = settings
        self._address = address_to_listen_on(settings.host, settings.port)
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
            "bind": self._address,
            "worker_class": "function.server.EventWorker",
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
        # Imports leave hardly any garbage; looking for it takes a fifteenth of a start with torch.
        gc.disable()
        if self._settings.network is not None:
            from function.trm.preloading import preload_torch

            preload_torch()
        # Imported here: torch is linked meanwhile.
        from function.service import Service

        crashes = SharedMemoryLog(self._crashes)
        self._service = Service(self._settings, self._members, crashes=crashes)
        self._service.start()
        Thread(target=self._keep, args=(self._service,), name="keeper", daemon=True).start()
        # Flask is imported while the model loads.
        from function.web import build_app

        return build_app(self._service)

    def _keep(self, service: Service) -> None:
        """Look for garbage from now on, but not in what was loaded, which stays: walking through
        all of it would halt every thread for tens of milliseconds, again and again."""
        service.chain.wait(LOAD_SECONDS)
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        gc.enable()

    def _close(self) -> None:
        if self._service is not None:
            self._service.close()
