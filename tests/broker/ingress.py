"""The ingress of the broker: where publishers post, and how long a synchronous channel takes."""

from __future__ import annotations

import select
import socket
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from tests.broker.event import NoEvent, read_event

if TYPE_CHECKING:
    from tests.broker.broker import Broker


def ingress_of(broker: Broker) -> type[BaseHTTPRequestHandler]:
    """Return the request handler over a broker."""

    class Ingress(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            try:
                event = read_event(dict(self.headers.items()), body)
            except NoEvent as problem:
                return self._say(400, str(problem).encode())
            if not broker.synchronous:
                broker.accept(event)
                return self._say(202, b"")
            hung_up, done = threading.Event(), threading.Event()
            watch = threading.Thread(target=self._watch, args=(hung_up, done))
            watch.start()
            served = broker.deliver(event, hung_up)
            done.set()
            watch.join()
            if hung_up.is_set():
                self.close_connection = True
            else:
                self._say(202 if served else 500, b"")

        def _watch(self, hung_up: threading.Event, done: threading.Event) -> None:
            """Notice that the publisher closes its connection before it has its answer."""
            while not done.wait(0.02):
                readable, _, _ = select.select([self.connection], [], [], 0)
                if readable and not self.connection.recv(1, socket.MSG_PEEK):
                    return hung_up.set()

        def do_OPTIONS(self) -> None:
            self._say(200, b"")

        def _say(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """The broker keeps its own record."""

    return Ingress
