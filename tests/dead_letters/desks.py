"""A server of dead letters with its folder and its broker."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from function.dead_letters.service import DeadLetters
from function.dead_letters.store import LetterStore
from function.delivery.sink import Sink
from function.events.codec import Mode, encode
from function.events.message import HttpResponse
from function.telemetry import Log
from tests.conftest import request_event

REFUSAL = "too many requests are waiting"

EVENT = request_event(
    {"prompt": "Ligue para +55 11 91234-5678"},
    id="lost-1",
    agent="agent-bruno",
    datacontenttype="application/json",
    knativearrivaltime="2026-11-29T18:58:12.5Z",
    knativeerrorcode="429",
    knativeerrordata=base64.b64encode(f"{REFUSAL}\n".encode()).decode(),
    knativeerrordest="http://trm.agents.svc.cluster.local",
)
SENT = encode(EVENT, Mode.BINARY)
TOKEN = "a-token-of-an-operator"
Headers = list[tuple[str, str]]


class Desk:
    """The service over a folder, its log, and a broker that answers as ``respond`` says."""

    def __init__(
        self,
        folder: Path,
        respond: Callable[[httpx.Request], httpx.Response] | None = None,
        tokens: Sequence[str] = (),
        kept: int = 1_000,
    ) -> None:
        self.stream = io.StringIO()
        self.posted: list[httpx.Request] = []
        self.folder = folder
        self._respond = respond
        log = Log("DEBUG", self.stream)
        sink = None
        if respond is not None:
            sink = Sink(
                "http://broker.test/",
                transport=httpx.MockTransport(self._take),
                sleep=lambda seconds: None,
                log=log,
            )
        self.service = DeadLetters(LetterStore(folder, kept), log, sink, tokens)

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.posted.append(request)
        assert self._respond is not None
        return self._respond(request)

    def send(
        self, method: str, path: str = "/", headers: Headers | None = None, body: bytes = b""
    ) -> HttpResponse:
        return self.service.answer(method, path, headers or [], body)

    def keep(self, headers: Headers | None = None, body: bytes = SENT.body) -> int:
        return self.send("POST", "/", SENT.headers if headers is None else headers, body).status

    @property
    def rows(self) -> list[str]:
        return self.send("GET").body.decode().splitlines()[1:]

    @property
    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.stream.getvalue().splitlines()]


def accept(request: httpx.Request) -> httpx.Response:
    return httpx.Response(202)
