"""Runs the HTTP server under gunicorn, which starts the worker process again when it ends.

One process with the model, many threads; see :mod:`function.http.event_loop`.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from mmap import mmap
from threading import Thread
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker

from function.delivery.admission import MEMORY_BYTES, SharedMemoryLog
from function.errors import ConfigurationError
from function.http.core_dumps import forbid_core_dumps
from function.http.sockets import address_to_listen_on
from function.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from function.backends.registry import Member
    from function.http.event_loop import HttpServer
    from function.service import Service

WRONG_SETTING = 2
"""Exit status."""
GARBAGE_THRESHOLD = 10_000
LOAD_SECONDS = 600.0
CLOSE_SECONDS = 5
"""What a process that stops has after its grace, until it is killed."""
LINGER_SECONDS = 2.0
"""How long idle connections stay open in a process that stops, for a request on its way."""
INTERRUPT_SECONDS = 0.5
"""What answers under way get after Ctrl-C."""


class EventWorker(Worker):
    """The process that serves."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._interrupted = False

    def load_wsgi(self) -> None:
        """Load the application; a wrong setting ends the server with one line."""
        try:
            super().load_wsgi()
        except ConfigurationError as error:
            self.app.refuse(error)
            while self.alive:  # a worker that ends by itself would be started again
                time.sleep(0.01)
            sys.exit(0)

    def run(self) -> None:
        """Serve until a signal says to stop, then finish what is under way."""
        server: HttpServer = self.app.http_server(self.sockets, self.wsgi)
        # Signals write into this pipe.
        os.set_blocking(self.PIPE[0], False)
        server.wake_by(self.PIPE[0])
        server.start()
        while self.alive and self.ppid == os.getppid():
            self.notify()
            server.turn(1.0)
        self._finish(server)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: refuse new events, and stop when those under way are answered."""
        self.app.drain()
        self.alive = False

    def handle_quit(self, sig: int, frame: Any) -> None:
        """SIGINT and SIGQUIT: stop at once."""
        self._interrupted = True
        self.handle_exit(sig, frame)

    def _finish(self, server: HttpServer) -> None:
        """Go on accepting while the last events are finished: a sender that comes then is asked
        to try again later, instead of being cut off when the process ends."""
        server.draining = True
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            grace = INTERRUPT_SECONDS if self._interrupted else self.app.grace_seconds
            linger = 0.0 if self._interrupted else LINGER_SECONDS
            wanted = server.at_work or (server.connected and waited < linger)
            if waited >= grace or not wanted:
                break
            self.notify()
            server.turn(0.05)
        self.app.cut_off = server.at_work
        server.stop()
        for listener in self.sockets:
            listener.close()


class Server(BaseApplication):
    """gunicorn configured in code; the service starts in the worker, after the fork.

    :param members: replaces the models that the settings name.
    :raises ConfigurationError: a setting has no usable value.
    """

    def __init__(self, settings: Settings, members: Sequence[Member] | None = None) -> None:
        forbid_core_dumps()
        self._settings = settings
        self._address = address_to_listen_on(settings.host, settings.port)
        self._members = members
        self._service: Service | None = None
        self.cut_off = False
        """Whether work was still under way when the worker stopped."""
        # Made before the worker is, so that they outlive each of them.
        self._crashes = mmap(-1, MEMORY_BYTES)
        self._refusal = mmap(-1, 1)
        super().__init__()

    @property
    def grace_seconds(self) -> int:
        """How long answers under way may take after SIGTERM."""
        return self._settings.grace_seconds

    def http_server(self, listeners: Sequence[Any], pages: Flask | None) -> HttpServer:
        """Return the server of the worker process."""
        from function.http.event_loop import HttpServer
        from function.http.routes import Routes

        assert self._service is not None
        settings = self._settings
        return HttpServer(
            listeners,
            Routes(self._service),
            self._service.log,
            pages=pages,
            receive_seconds=settings.receive_seconds,
            max_body_bytes=settings.max_body_bytes,
            threads=settings.pool_threads,
        )

    def run(self) -> None:
        """Serve until a signal ends it.

        :raises SystemExit: with 2 where a setting has no usable value.
        """
        supervisor = os.getpid()
        try:
            super().run()
        except SystemExit:
            if self._refusal[0] and os.getpid() == supervisor:  # the worker is forked in run()
                raise SystemExit(WRONG_SETTING) from None
            raise

    def refuse(self, error: ConfigurationError) -> None:
        """Have the whole server end because of a wrong setting; called in the worker process."""
        print(error, file=sys.stderr, flush=True)
        self._refusal[0] = 1
        os.kill(os.getppid(), signal.SIGTERM)

    def drain(self) -> None:
        """Refuse new events; see :meth:`function.service.Service.drain`."""
        if self._service is not None:
            self._service.drain()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        settings = self._settings
        options = {
            "bind": self._address,
            "worker_class": "function.http.server.EventWorker",
            "workers": 1,
            "graceful_timeout": settings.grace_seconds + CLOSE_SECONDS,
            "timeout": 120,
            "loglevel": "warning",
            "worker_exit": lambda server, worker: self._close(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask | None:
        """Start the service in the worker process; returns its pages, if it has any."""
        # Imports leave hardly any garbage, and looking for it takes time.
        gc.disable()
        # Imported here: the process that serves nothing needs none of it.
        from function.service import Service

        crashes = SharedMemoryLog(self._crashes)
        self._service = Service(self._settings, self._members, crashes=crashes)
        self._service.start()
        Thread(target=self._keep, args=(self._service,), name="keeper", daemon=True).start()
        if not self._settings.playground:
            return None
        # Flask is imported while the model loads.
        from function.http.flask_app import build_app

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
        if self.cut_off:
            # Threads in native code would crash while the interpreter is taken down around them.
            os._exit(0)
