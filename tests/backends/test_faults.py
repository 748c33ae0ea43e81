"""Every fault of every server: the next model answers, or the sender hears what the table says.

Status codes, headers and bodies are those of each API's documentation, see ``servers.py``.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from function.backends.base import Model
from function.backends.hosted.openai import OpenAIModel
from function.backends.registry import Member
from function.events.message import HttpResponse
from function.reflection.listener import Listener
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.backends.llama_server import LlamaServer
from tests.backends.servers import APIS, Api, Responder, Server, answer
from tests.scripted import ScriptedModel
from tests.timing import timed

SILENCE = 0.3
DEADLINE_MS = 3_000
BUDGET_MS = DEADLINE_MS * 2 / 3
HEADERS = [
    *(("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/agents/oncall")),
    ("ce-type", "io.homelab.trm.inference.requested"),
    ("content-type", "application/json"),
]


@dataclass(frozen=True)
class Fault:
    """What a server does wrong, and what comes of it.

    ``alone`` is the status and the ``Retry-After`` of a sender for whom nobody else can answer;
    the status 200 stands for a reply of the type ``failed``.
    """

    name: str
    respond: Callable[[Api, threading.Event], Responder]
    cause: str
    alone: tuple[int, str | None] = (503, "1")


def raising(fault: type[httpx.HTTPError]) -> Callable[[Api, threading.Event], Responder]:
    def respond(request: httpx.Request) -> httpx.Response:
        raise fault("it")

    return lambda api, over: respond


def status(code: int, **headers: str) -> Callable[[Api, threading.Event], Responder]:
    body = {"error": {"message": "no", "type": "t"}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda api, over: lambda request: httpx.Response(code, json=body, headers=named)


def body(*what: bytes) -> Callable[[Api, threading.Event], Responder]:
    return lambda api, over: lambda request: answer(*what)


def hang(api: Api, over: threading.Event) -> Responder:
    def respond(request: httpx.Request) -> httpx.Response:
        over.wait(20)
        raise httpx.ReadTimeout("late")

    return respond


def stall(api: Api, over: threading.Event) -> Responder:
    def wait() -> None:
        over.wait(20)

    whole = api.answered("Once", " upon")
    begun = next(at for at, part in enumerate(whole, 1) if b"Once" in part)
    return lambda request: answer(*whole[:begun], wait)


def half(api: Api, over: threading.Event) -> Responder:
    return lambda request: answer(*api.answered("Once", " upon", " a", " time")[:3])


def torn(api: Api, over: threading.Event) -> Responder:
    error = httpx.RemoteProtocolError("peer closed connection")
    return lambda request: answer(*api.answered("Once", " upon")[:2], error)


def empty(api: Api, over: threading.Event) -> Responder:
    return lambda request: answer(*api.answered(""))


FAULTS = [
    Fault("connect timeout", raising(httpx.ConnectTimeout), "ConnectTimeout"),
    Fault("connection refused", raising(httpx.ConnectError), "ConnectError"),
    Fault("write timeout", raising(httpx.WriteTimeout), "WriteTimeout"),
    Fault("pool timeout", raising(httpx.PoolTimeout), "PoolTimeout"),
    Fault("silent before the first byte", hang, "ReadTimeout", (200, None)),
    Fault("silent in the middle", stall, "ReadTimeout", (200, None)),
    Fault("half a body", half, "HalfAnswer"),
    Fault("a torn connection", torn, "RemoteProtocolError"),
    Fault("429", status(429, retry_after="30"), "status 429", (503, "30")),
    Fault("429 without advice", status(429), "status 429"),
    Fault("500", status(500), "status 500"),
    Fault("503", status(503), "status 503"),
    Fault("503 with advice", status(503, retry_after="9"), "status 503", (503, "9")),
    Fault("529", status(529), "status 529"),
    Fault("401", status(401), "status 401", (503, "60")),
    Fault("403", status(403), "status 403", (503, "60")),
    Fault("a model that is gone", status(404), "status 404", (503, "60")),
    Fault("HTML", body(b'data: <html>\n{"<html>\n'), "WrongAnswer"),
    Fault("JSON of another kind", body(b'data: {"x": []}\n\n{"x": []}\n'), "WrongAnswer"),
    Fault("an empty answer", empty, "EmptyAnswer"),
    Fault("an empty body", body(), "HalfAnswer"),
]
BAD_REQUESTS = [
    Fault("400", status(400), "ModelRefused"),
    Fault("422", status(422), "ModelRefused"),
    Fault("413", status(413), "PromptTooLong"),
]


class Around:
    """The function around models, the second of which can be relied on."""

    def __init__(self, models: Sequence[Model], silence: float) -> None:
        self.stream = io.StringIO()
        members = [Member(f"model-{n}", lambda it=model: it) for n, model in enumerate(models)]  # type: ignore[misc]
        # The fault is to meet a request; what becomes of the probe is the chain's own test.
        members = [Member(member.label, member.load, probed=False) for member in members]
        settings = load_settings({"TRM_SILENCE_SECONDS": str(silence)})
        self.service = Service(settings, members, Log("INFO", self.stream))
        self.service.start()
        assert self.service.chain.wait(10)
        while "loading" in self.states:
            time.sleep(0.002)

    @property
    def states(self) -> list[str]:
        return [backend["state"] for backend in self.service.chain.backends]

    def post(self, deadline_ms: int = DEADLINE_MS) -> HttpResponse:
        text = b'{"prompt": "How is Loki?", "deadline_ms": %d}' % deadline_ms
        return self.service.exchange.answer(HEADERS, text)


Build = Callable[..., Around]


@pytest.fixture
def around() -> Iterator[Build]:
    built: list[Around] = []

    def build(*models: Model, silence: float = SILENCE) -> Around:
        built.append(Around(models, silence))
        return built[-1]

    yield build
    for each in built:
        each.service.close()


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """End what hangs."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(params=APIS, ids=[api.name for api in APIS])
def api(request: pytest.FixtureRequest) -> Api:
    chosen: Api = request.param
    return chosen


def data_of(reply: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = httpx.Response(200, content=reply.body).json()
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_next_one_answers(api: Api, fault: Fault, around: Build, over: threading.Event) -> None:
    server = Server(api, [fault.respond(api, over)])
    it = around(server.open(), ScriptedModel(name="reliable", texts=["All is well."]))
    reply = it.post()
    assert reply.status == 200
    data = data_of(reply)
    assert (data["answer"], data["model_name"], data["backend"]) == (
        "All is well.",
        "reliable",
        "test",
    )
    first, second = data["attempts"]
    assert (first["label"], first["outcome"], first["error"]) == ("model-0", "failed", fault.cause)
    assert (second["label"], second["outcome"], second["error"]) == ("model-1", "answered", None)
    assert first["duration_ms"] < BUDGET_MS
    assert data["duration_ms"] < DEADLINE_MS
    assert data["fallback_reason"].startswith("model-0: ")
    assert it.service.chain.backends[0]["last_error"] == fault.cause
    assert it.service.state[0] is True


@timed
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_alone_the_sender_hears_what_the_table_says(
    api: Api, fault: Fault, around: Build, over: threading.Event
) -> None:
    it = around(Server(api, [fault.respond(api, over)]).open())
    started = time.monotonic()
    expected, advice = fault.alone
    # Only who hangs is waited for until the deadline.
    reply = it.post(deadline_ms=500 if expected == 200 else 30_000)
    assert time.monotonic() - started < 10
    assert reply.status == expected
    if expected == 503:
        assert dict(reply.headers)["retry-after"] == advice
        assert reply.body.count(b"\n") == 1 and len(reply.body) < 200
    elif fault.name == "silent in the middle":
        assert data_of(reply)["stop_reason"] == "deadline"  # the text so far
    else:
        assert data_of(reply)["error"]["code"] == "expired"


@pytest.mark.parametrize("fault", BAD_REQUESTS, ids=lambda fault: fault.name)
def test_what_one_server_refuses_is_refused_for_good_only_by_all(
    api: Api, fault: Fault, around: Build, over: threading.Event
) -> None:
    reliable = ScriptedModel(name="reliable", texts=["All is well."])
    it = around(Server(api, [fault.respond(api, over)]).open(), reliable)
    reply = it.post()
    assert (reply.status, data_of(reply)["answer"]) == (200, "All is well.")
    first = data_of(reply)["attempts"][0]
    assert (first["outcome"], first["error"]) == ("failed", fault.cause)
    assert it.states == ["closed", "closed"]
    refusing = [Server(api, [fault.respond(api, over)]).open() for _ in range(2)]
    reply = around(*refusing).post()
    assert (reply.status, data_of(reply)["error"]["code"]) == (200, "model_refused")


def test_a_server_that_is_well_again_answers_again(api: Api, around: Build) -> None:
    """After three failures in a row and a pause, one request tries it again."""
    down = True

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if down else answer(*api.answered("I am back."))

    it = around(Server(api, [respond]).open(), ScriptedModel(name="reliable"))
    for number in range(4):
        headers = [(name, f"{number}" if name == "ce-id" else value) for name, value in HEADERS]
        last = data_of(it.service.exchange.answer(headers, b'{"prompt": "x"}'))
    assert [attempt["outcome"] for attempt in last["attempts"]] == ["skipped", "answered"]
    assert it.states == ["open", "closed"]
    down = False
    until = time.monotonic() + 10
    while time.monotonic() < until and it.states[0] != "closed":
        headers = [(name, f"{until}" if name == "ce-id" else value) for name, value in HEADERS]
        until += 1e-6
        last = data_of(it.service.exchange.answer(headers, b'{"prompt": "x"}'))
        time.sleep(0.05)
    assert (last["answer"], last["fallback_reason"]) == ("I am back.", None)


def test_all_servers_down_at_once(around: Build) -> None:
    servers = [Server(api, [lambda request: httpx.Response(500)]) for api in APIS]
    it = around(*(server.open() for server in servers))
    reply = it.post()
    assert (reply.status, dict(reply.headers)["retry-after"]) == (503, "1")
    assert [len(server.requests) for server in servers] == [1, 1, 1, 1]


def test_a_real_server_that_dies(around: Build) -> None:
    """llama.cpp's own server is killed in the middle of an answer."""
    llama = LlamaServer()
    try:
        model = OpenAIModel(llama.url, key=llama.key, window=4_096)
        it = around(model, ScriptedModel(name="reliable", texts=["All is well."]), silence=30)
        text = b'{"prompt": "Tell a very long story about a king.", "max_tokens": 900}'
        watch = Listener(on_piece=lambda piece: llama.kill())
        data = data_of(it.service.exchange.answer(HEADERS, text, watch))
        assert data["model_name"] == "reliable"
        assert data["attempts"][0]["error"] in ("RemoteProtocolError", "ReadError", "HalfAnswer")
        again = [(name, "2" if name == "ce-id" else value) for name, value in HEADERS]
        data = data_of(it.service.exchange.answer(again, text))
        assert data["attempts"][0]["error"] == "ConnectError"
    finally:
        llama.close()


def test_a_real_server_answers_through_the_chain(around: Build) -> None:
    llama = LlamaServer()
    try:
        model = OpenAIModel(llama.url, key=llama.key, window=4_096)
        it = around(model, ScriptedModel(name="reliable"), silence=30)
        text = b'{"prompt": "What is the capital of Japan?", "max_tokens": 12, "temperature": 0}'
        data = data_of(it.service.exchange.answer(HEADERS, text))
        assert "Tokyo" in data["answer"]
        assert (data["backend"], data["fallback_reason"]) == ("openai", None)
        assert data["confidence"] is None or 0 <= data["confidence"] <= 1
    finally:
        llama.close()
