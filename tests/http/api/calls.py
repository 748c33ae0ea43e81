"""Calls of the APIs beside CloudEvents, without a server."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from function.backends.base import Model
from function.backends.registry import Member
from function.events.message import HttpResponse
from function.http.routes import Routes
from function.http.wsgi import Streamed
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import Running
from tests.scripted import ScriptedModel

PATIENCE = 20.0
JSON = [("content-type", "application/json")]


def call(
    running: Running,
    method: str,
    path: str,
    body: object = None,
    headers: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    """Return the whole answer to one request; a body that is not bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    given = JSON if headers is None else headers
    answer = Routes(running.service).answer(method, path, given, sent)
    assert isinstance(answer, HttpResponse)
    return answer


def stream(running: Running, path: str, body: object) -> tuple[Streamed, list[bytes]]:
    """Return a streamed answer and its pieces; the stream is closed."""
    answer = Routes(running.service).answer("POST", path, JSON, json.dumps(body).encode())
    assert isinstance(answer, Streamed), answer
    try:
        return answer, list(answer.pieces)
    finally:
        answer.close()


def value(answer: HttpResponse) -> Any:
    """Return the one line of JSON that an answer is."""
    assert dict(answer.headers)["content-type"] == "application/json"
    assert answer.body.count(b"\n") == 1
    return json.loads(answer.body)


@contextmanager
def running_on(*models: ScriptedModel, **environment: str) -> Iterator[Running]:
    """Yield the function around a chain of models, m0 and so on, when all of them are loaded."""
    members = [_member(f"m{place}", model) for place, model in enumerate(models)]
    logged = io.StringIO()
    service = Service(load_settings(environment), members, Log("ERROR", logged))
    service.start()
    try:
        until = time.monotonic() + PATIENCE
        while not service.chain.settled and time.monotonic() < until:
            time.sleep(0.01)
        for model in models:
            model.calls.clear()
        yield Running(service, logged)
    finally:
        service.close()


def _member(label: str, model: Model) -> Member:
    return Member(label, lambda: model)
