"""Knative Functions adapter: the instance that the func-python middleware serves.

The middleware reads the event before this code sees it. What it can no longer tell apart is lost
here: in structured mode it invents a missing id, and it refuses plain JSON with 400. The message
is rebuilt from the raw headers and what is left of the body, and then read strictly.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from function.events import Mode, encode, mode_of
from function.exchange import Answer, line
from function.service import Service
from function.settings import load_settings

Headers = list[tuple[str, str]]


class TrmFunction:
    """One function instance; the middleware calls its methods.

    :param service: replaces the one built from the environment at :meth:`start`.
    """

    def __init__(self, service: Service | None = None) -> None:
        self._service = service
        self._threads: ThreadPoolExecutor | None = None

    def start(self, cfg: Mapping[str, str]) -> None:
        """Load the model in the background.

        :raises ConfigurationError: a setting in ``cfg`` has no usable value.
        """
        if self._service is None:
            self._service = Service(load_settings(cfg))
        self._threads = ThreadPoolExecutor(self._service.settings.threads, "event")
        self._service.start()

    def stop(self) -> None:
        """Let running events finish, then give everything back."""
        if self._threads is not None:
            self._threads.shutdown()
        if self._service is not None:
            self._service.close()

    def alive(self) -> tuple[bool, str]:
        """The process answers, so it lives."""
        return True, "alive"

    def ready(self) -> tuple[bool, str]:
        """Whether a model answers; the middleware turns False into a 500."""
        if self._service is None:
            return False, "not started"
        return self._service.chain.state

    async def handle(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Any,
    ) -> None:
        """Answer one event; never raises, because the middleware turns a ValueError into 400."""
        if scope.get("method") != "POST":
            answer = line(405, "post an event to /", ("allow", "POST"))
        elif self._service is None:
            answer = line(503, "not started", ("retry-after", "1"))
        else:
            headers, body = _rebuild(scope)
            answer = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._service.exchange.answer, headers, body
            )
        await _send(send.http, answer)


def new() -> TrmFunction:
    """What the func CLI's scaffolding calls to get the function instance."""
    return TrmFunction()


def _rebuild(scope: dict[str, Any]) -> tuple[Headers, bytes]:
    headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
    event: CloudEvent = scope["event"]
    if _is_bare_structured(headers):
        message = encode(event, Mode.STRUCTURED)
        kept = [
            item for item in headers if item[0].lower() not in ("content-type", "content-length")
        ]
        return kept + message.headers, message.body
    return headers, _bytes_of(event.get_data())


def _is_bare_structured(headers: Headers) -> bool:
    """With ``ce-*`` headers the middleware took the body for data, and it is still whole."""
    names = [name.lower() for name, _ in headers]
    return not any(name.startswith("ce-") for name in names) and (
        mode_of(headers) is Mode.STRUCTURED
    )


def _bytes_of(data: object) -> bytes:
    if data is None:
        return b""
    if isinstance(data, bytes):
        return data
    # A string is a body that was not JSON, or a JSON string: neither is a request.
    return data.encode() if isinstance(data, str) else json.dumps(data).encode()


async def _send(send: Callable[[dict[str, Any]], Awaitable[None]], answer: Answer) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
