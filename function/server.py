"""Runs the Flask application under gunicorn: one process with the model, many threads."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import TConn, ThreadWorker

from function.service import Service
from function.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

LINGER_MS = 20
"""How long a thread waits for the next request of its connection before it takes another."""


class LingeringWorker(ThreadWorker):
    """gunicorn's thread worker, with threads that stay with a busy connection.

    A broker keeps few connections and sends the next event as soon as it has the reply. Handing
    each back to the poller and to another thread costs as much as all the rest of an event.
    """

    def handle(self, conn: TConn) -> Any:
        """Answer requests of one connection until it pauses; see ThreadWorker.handle."""
        while True:
            keep = super().handle(conn)
            if keep is not True or not self.alive:
                return keep
            if conn.parser.unreader.buf.getvalue():
                continue
            poll = select.poll()
            poll.register(conn.sock, select.POLLIN)
            if not poll.poll(LINGER_MS):
                return keep


class Server(BaseApplication):
    """gunicorn configured in code; the service starts in the worker, after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._service: Service | None = None
        super().__init__()

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
        self._service = Service(self._settings)
        self._service.start()
        # Flask is imported while the model loads.
        from function.web import build_app

        return build_app(self._service)

    def _close(self) -> None:
        if self._service is not None:
            self._service.close()
