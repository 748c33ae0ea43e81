"""Knative Functions adapter: the instance that the func-python middleware serves.

The middleware reads the event before this code sees it. What it cannot distinguish is lost
here: in structured mode it invents a missing id, and it refuses plain JSON with 400. The message
is rebuilt from the raw headers and what is left of the body, and then read strictly.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from function.errors import ConfigurationError
from function.events.message import HttpResponse, line
from function.http.core_dumps import forbid_core_dumps
from function.http.routes import Routes
from function.http.scrape import ScrapeServer
from function.http.sockets import address_to_listen_on
from function.http.wsgi import Streamed
from function.service import Service
from function.settings import load_settings

WRONG_SETTING = 2
"""Exit status."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class TrmFunction:
    """One function instance; the middleware calls its methods.

    :param service: replaces the one built from the environment at :meth:`start`.
    """

    def __init__(self, service: Service | None = None) -> None:
        self._service = service
        self._routes: Routes | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._scrape: ScrapeServer | None = None

    def start(self, cfg: Mapping[str, str]) -> None:
        """Load the model in the background.

        :raises ConfigurationError: a setting in ``cfg`` has no usable value.
        """
        forbid_core_dumps()
        if self._service is None:
            self._service = Service(load_settings(cfg))
        self._routes = Routes(self._service)
        settings = self._service.settings
        self._threads = ThreadPoolExecutor(settings.pool_threads, "event")
        if settings.scrape_port is not None:
            self._scrape = ScrapeServer(self._service, settings.host, settings.scrape_port)
        self._service.start()

    def stop(self) -> None:
        """Let running events finish, then give everything back."""
        if self._threads is not None:
            self._threads.shutdown()
        if self._scrape is not None:
            self._scrape.close()
        if self._service is not None:
            self._service.close()

    def alive(self) -> tuple[bool, str]:
        """Return whether the process lives and its work has not come to a stop."""
        problem = self._service.stuck if self._service else None
        return (False, f"stuck: {problem}") if problem else (True, "alive")

    def ready(self) -> tuple[bool, str]:
        """Return whether a model answers; the middleware turns False into a 500."""
        if self._service is None:
            return False, "not started"
        return self._service.state

    async def handle(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Any
    ) -> None:
        """Answer one request; never raises, because the middleware shows errors to the sender.

        Under the middleware for events (``invoke: cloudevent``) the event has been read; under the
        one for HTTP (``invoke: http``) the body has not, and every API is served.
        """
        http = getattr(send, "http", send)
        if self._service is None or self._routes is None:
            await _send(http, line(503, "not started", ("retry-after", "1")))
            return
        headers = _headers_of(scope)
        method, path = str(scope.get("method")), str(scope.get("path", "/"))
        routes = self._routes
        answer = routes.early(method, path, headers)
        if answer is None:
            if "event" in scope:
                body = partial(_body_of, headers, scope["event"])
            else:
                limit = self._service.exchange.max_body_bytes
                body = partial(bytes, await _read(receive, limit))
            answer = await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: routes.with_body(method, path, headers, body())
            )
        if isinstance(answer, Streamed):
            await _stream(http, receive, answer)
        else:
            await _send(http, answer)


def new() -> TrmFunction:
    """Return what the func CLI's scaffolding calls to get the function instance.

    :raises SystemExit: with 2, after one line, where a setting has no usable value. The middleware
        would swallow an error of :meth:`TrmFunction.start` and go on without a function.
    """
    try:
        settings = load_settings()
        if settings.scrape_port is not None:
            address_to_listen_on(settings.host, settings.scrape_port, "TRM_SCRAPE_PORT")
        return TrmFunction(Service(settings))
    except ConfigurationError as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(WRONG_SETTING) from None


async def _read(receive: Callable[[], Awaitable[dict[str, Any]]], limit: int) -> bytes:
    """Return a body, or so much of one that is too long that it is refused."""
    parts: list[bytes] = []
    size = 0
    while size <= limit:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _headers_of(scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]


def _body_of(headers: list[tuple[str, str]], event: CloudEvent) -> bytes:
    # Without ce-* headers the middleware took the body for the whole event.
    binary = any(name.lower().startswith("ce-") for name, _ in headers)
    return _bytes_of(event.get_data()) if binary else _envelope_of(event)


def _envelope_of(event: CloudEvent) -> bytes:
    envelope = dict(event.get_attributes())
    data: object = event.get_data()
    if isinstance(data, bytes):
        envelope["data_base64"] = b64encode(data).decode()
    else:
        envelope["data"] = data
    return _json(envelope)


def _bytes_of(data: object) -> bytes:
    if data is None:
        return b""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str) and not _SURROGATE.search(data):
        # A body that was not JSON, or a JSON string: neither is a request.
        return data.encode()
    return _json(data)


def _json(value: object) -> bytes:
    """Write what the middleware read no longer than it can have been, and with what was wrong
    in it (NaN, a lone surrogate), because the strict reader has to see and refuse that."""
    write = partial(json.dumps, value, separators=(",", ":"), default=_time)
    try:
        return write(ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return write().encode()


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


async def _stream(
    send: Callable[[dict[str, Any]], Awaitable[None]],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    answer: Streamed,
) -> None:
    """Send an answer piece by piece until its end, or until the client is gone."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    gone = asyncio.ensure_future(receive())
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        pieces = iter(answer.pieces)
        while not gone.done():
            piece = await asyncio.to_thread(next, pieces, None)
            if piece is None:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        answer.close()


async def _send(send: Callable[[dict[str, Any]], Awaitable[None]], answer: HttpResponse) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
