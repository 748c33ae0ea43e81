"""A subscriber that answers as a test tells it to, and remembers what it got."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.broker.event import Event, read_event

Saying = tuple[int, dict[str, str], bytes]
ACCEPTED: Saying = (202, {}, b"")


class Subscriber:
    """Listens on a free port; ``say`` makes the answer to an event."""

    def __init__(self, say: Callable[[Event], Saying] = lambda event: ACCEPTED) -> None:
        self.events: list[Event] = []
        self.headers: list[dict[str, str]] = []
        subscriber = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                event = read_event(dict(self.headers.items()), body)
                subscriber.headers.append({k.lower(): v for k, v in self.headers.items()})
                subscriber.events.append(event)
                status, headers, text = say(event)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """The test looks at the events."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def ids(self) -> list[str]:
        """The ids of what came, in the order in which it came."""
        return [event.id for event in self.events]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
