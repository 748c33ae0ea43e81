"""Where reply events arrive: mounted in an agent's own ASGI application, or run beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agent_trm.errors import Unavailable
from agent_trm.events import REQUEST_TYPE, read_event, reply_types

LONGEST_BODY = 1_048_576
READ_SECONDS = 30.0
"""How long the receiver's own server waits for the next bytes of a request."""
Reply = tuple[str, Any]
"""Type and data of a reply event."""


class Receiver:
    """Resolves waits for reply events by their ``correlationid`` and type.

    Point a Trigger for the reply types at it. An ASGI application by itself: mount it with
    ``app.mount("/replies", receiver)``, or let :meth:`start` listen on a port of its own.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[frozenset[str], Future[Reply]]] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def expect(self, correlation_id: str, request_type: str = REQUEST_TYPE) -> Future[Reply]:
        """Return a future of the reply to a request; call it before the request leaves.

        :param correlation_id: the request's.
        :param request_type: the request's ``type``, which decides the types of its replies.
        """
        wanted = (reply_types(request_type), Future[Reply]())
        with self._lock:
            return self._waiting.setdefault(correlation_id, wanted)[1]

    def forget(self, correlation_id: str) -> None:
        """Stop waiting for a reply."""
        with self._lock:
            self._waiting.pop(correlation_id, None)

    def accept(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take one event; the HTTP status that its deliverer should get.

        A reply that no call waits for is accepted too: a broker would only deliver it again.
        """
        try:
            attributes, data = read_event(headers, body)
        except Unavailable:
            return 400
        event_type, key = str(attributes.get("type")), str(attributes.get("correlationid"))
        with self._lock:
            types, waiting = self._waiting.get(key, (frozenset(), None))
            # The request, its steps and events of other functions may have the same correlation id.
            if waiting is None or event_type not in types:
                return 202
            del self._waiting[key]
        if waiting.set_running_or_notify_cancel():
            waiting.set_result((event_type, data))
        return 202

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Serve one request, as an ASGI application."""
        if scope["type"] != "http":
            return
        body = b""
        while len(body) <= LONGEST_BODY:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        status = 413 if len(body) > LONGEST_BODY else self.accept(headers, body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def start(self, host: str = "0.0.0.0", port: int = 0) -> int:
        """Listen in a thread; returns the port, which is a free one for 0."""
        receiver = self

        class Door(BaseHTTPRequestHandler):
            timeout = READ_SECONDS

            def do_POST(self) -> None:
                body = _body_of(self)
                if body is None:
                    status = 413
                else:
                    headers = {name.lower(): text for name, text in self.headers.items()}
                    status = receiver.accept(headers, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Log nothing: the agent's own log says what came of a request."""

        self._server = ThreadingHTTPServer((host, port), Door)
        # Stopping waits for responses under way: a broker delivers again what was not acknowledged.
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None


def _body_of(request: BaseHTTPRequestHandler) -> bytes | None:
    """Return the body, sent whole or in chunks (RFC 9112, section 7.1); None where it is too
    long."""
    if request.headers.get("transfer-encoding", "").lower() != "chunked":
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return None
        return request.rfile.read(int(length))
    body = b""
    while True:
        try:
            size = int(request.rfile.readline(80).split(b";")[0], 16)
        except ValueError:
            return None
        if size < 0 or len(body) + size > LONGEST_BODY:
            return None
        if size == 0:
            return body
        body += request.rfile.read(size)
        request.rfile.readline(80)


async def reply_of(expected: Future[Reply], seconds: float) -> Reply:
    """Wait for a reply without blocking the event loop.

    :raises Unavailable: it did not come in time.
    """
    try:
        return await asyncio.wait_for(asyncio.wrap_future(expected), seconds)
    except TimeoutError:
        raise Unavailable(f"no reply event came within {seconds:.0f} s") from None
