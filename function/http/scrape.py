"""Serves metrics and probes on a port of their own, where the main one passes only events."""

from __future__ import annotations

import socket
from threading import Event, Thread

from function.events.message import HttpResponse, line
from function.http.event_loop import HttpServer
from function.http.http1 import Headers
from function.http.routes import Routes
from function.reflection.listener import SILENT
from function.service import Service

THREADS = 4
MAX_CONNECTIONS = 64
MAX_BODY_BYTES = 1_024
_NOT_FOUND = line(404, "only /metrics and /health/ are served on this port")


class ProbeRoutes(Routes):
    """Answers reads of metrics and health; refuses everything else, events included."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.event = lambda headers, body, watch=SILENT: _NOT_FOUND

    def answer(
        self, method: str, path: str, headers: Headers, body: bytes, has_pages: bool = False
    ) -> HttpResponse:
        """Answer a probe; 404 for every other request."""
        return self.probe(method, path) or _NOT_FOUND


class ScrapeServer:
    """Answers Prometheus until it is closed.

    :param host: the address to listen on.
    :param port: 0 takes a free one.
    :raises OSError: the address cannot be had.
    """

    def __init__(self, service: Service, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._server = HttpServer(
            [self._listener],
            ProbeRoutes(service),
            service.log,
            receive_seconds=service.settings.receive_seconds,
            max_body_bytes=MAX_BODY_BYTES,
            threads=THREADS,
            max_connections=MAX_CONNECTIONS,
        )
        self._closing = Event()
        self._thread = Thread(target=self._run, name="scrape", daemon=True)
        self._server.start()
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        """Close the port and its connections."""
        self._closing.set()
        self._thread.join()
        self._server.stop()
        self._listener.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._server.turn(1.0)
