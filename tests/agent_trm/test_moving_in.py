"""What the agents' own code does with the client: bools, loops, types, streams, other SDKs."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from agent_trm import (
    Refused,
    SyncTRMClient,
    TRMClient,
    TRMError,
    TRMRequest,
    TRMResponse,
    Unavailable,
)
from agent_trm.contract import ReflectionStep
from agent_trm.events import Sender, read_event, request_message
from agent_trm.local import LocalTransport
from agent_trm.transport import expiry
from function.backends.registry import Member
from function.contract import InferenceRequest
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.adapters import ROOT, Server, scripted, serve
from tests.scaffold.scripted import between, say
from tests.scripted import STREAMS, ScriptedModel

HELLO = TRMRequest(prompt="How is Loki?")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn")) as running:
        running.wait_for("/health/readiness", 200)
        yield running


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


class Report(BaseModel):
    """An answer as a type of its own."""

    status: str
    score: float


class HealthModel(BaseModel):
    """A strict bool, as an agent's health endpoint has it."""

    model_config = ConfigDict(strict=True)
    llm: bool


def test_health_check_is_a_bool(url: str) -> None:
    client = TRMClient(url=url, environment={})
    assert HealthModel(llm=asyncio.run(client.health_check())).llm is True
    gone = TRMClient(url="http://127.0.0.1:9", environment={})
    assert asyncio.run(gone.health_check()) is False


def test_one_client_serves_one_event_loop_after_another(url: str) -> None:
    client = TRMClient(url=url, environment={})
    for _ in range(3):
        assert asyncio.run(client.generate(HELLO)).answer == "echo: How is Loki?"


def test_the_agent_is_named_by_the_environment(url: str) -> None:
    client = TRMClient(environment={"TRM_FUNCTION_URL": url, "TRM_AGENT": "agent-bruno"})
    assert asyncio.run(client.generate(HELLO)).profile == "agent-bruno"


def test_a_null_context_is_an_empty_one(url: str) -> None:
    request = TRMRequest(prompt="sing", context=None)
    assert request.context == {}
    client = TRMClient(url=url, environment={})
    assert asyncio.run(client.generate(request)).answer == "echo: sing"


def test_a_request_has_every_field_that_the_function_takes() -> None:
    older = {"max_steps"}
    assert InferenceRequest.model_fields.keys() - older <= TRMRequest.model_fields.keys()


def answering(data: Any) -> httpx.MockTransport:
    reply = {
        "answer": json.dumps(data),
        "data": data,
        "reflection_steps": 0,
        "duration_ms": 1.0,
        "tokens_used": 1,
        "model_name": "m",
    }
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/trm",
        "ce-type": "io.homelab.trm.inference.completed",
        "content-type": "application/json",
    }
    return httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, json=reply))


def client_of(network: httpx.MockTransport) -> TRMClient:
    from agent_trm.url import UrlTransport

    transport = UrlTransport("http://function", Sender("/agents/test"), http=network)
    return TRMClient(transport=transport, environment={})


def test_data_are_of_the_type_that_is_passed_in() -> None:
    network = answering({"status": "Healthy", "score": 0.9})
    response = asyncio.run(client_of(network).generate(HELLO, Report))
    assert response.data == Report(status="Healthy", score=0.9)
    assert isinstance(response, TRMResponse)


def test_an_answer_of_another_type_is_refused_and_says_where() -> None:
    with pytest.raises(Refused, match=r"no Report: score") as caught:
        asyncio.run(client_of(answering({"status": "x", "score": "high"})).generate(HELLO, Report))
    assert caught.value.code == "invalid_answer"
    with pytest.raises(Refused, match="no Report"):
        asyncio.run(client_of(answering(None)).generate(HELLO, Report))


def test_the_schema_of_the_type_is_asked_for() -> None:
    asked: list[Any] = []
    inner = answering({"status": "x", "score": 1})

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return inner.handler(request)  # type: ignore[return-value]

    asyncio.run(client_of(httpx.MockTransport(respond)).generate(HELLO, Report))
    assert asked[0]["response_format"]["schema"]["required"] == ["status", "score"]


def test_a_synchronous_face(url: str) -> None:
    with SyncTRMClient(url=url, environment={}) as client:
        assert client.health_check() is True and client.health().detail.startswith("ready")
        assert client.generate(HELLO).answer == "echo: How is Loki?"
        parts = list(client.stream(HELLO))
    assert "".join(part for part in parts if isinstance(part, str)) == "echo: How is Loki?"


async def collected(client: TRMClient, request: TRMRequest) -> list[Any]:
    return [part async for part in client.stream(request)]


def test_a_stream_yields_steps_pieces_and_the_response(url: str) -> None:
    client = TRMClient(url=url, environment={})
    checks = {"must_contain": ["never said"]}
    request = TRMRequest(
        prompt="one two", max_reflection_steps=1, checks=checks, system="Be brief."
    )
    parts = asyncio.run(collected(client, request))
    assert isinstance(parts[0], ReflectionStep) and isinstance(parts[-1], TRMResponse)
    text = "".join(part for part in parts if isinstance(part, str))
    assert text == parts[-1].answer and parts[-1].checks[0]["passed"] is False


def test_pieces_come_while_they_are_written(url: str, tmp_path: Path) -> None:
    async def heard(client: TRMClient, gate: Path) -> list[Any]:
        parts = []
        async for part in client.stream(TRMRequest(prompt=f"one wait:{gate} two")):
            parts.append(part)
            if isinstance(part, str) and "wait:" in part:
                gate.touch()
        return parts

    parts = asyncio.run(heard(TRMClient(url=url, environment={}), tmp_path / "served"))
    assert "".join(parts[:-1]) == parts[-1].answer == f"echo: one wait:{tmp_path / 'served'} two"
    model = ScriptedModel(say=say, between=between, abilities=STREAMS)
    service = Service(
        load_settings({}), [Member("test", lambda: model)], Log("ERROR", io.StringIO())
    )
    service.start()
    assert service.chain.wait(10)
    transport = LocalTransport({})
    transport._loading = Future()
    transport._loading.set_result(service)
    client = TRMClient(transport=transport, environment={})
    parts = asyncio.run(heard(client, tmp_path / "here"))
    assert "".join(parts[:-1]) == parts[-1].answer == f"echo: one wait:{tmp_path / 'here'} two"
    checked = TRMRequest(prompt="x", checks={"must_contain": ["moon"]}, max_reflection_steps=1)
    steps = asyncio.run(collected(client, checked))
    assert isinstance(steps[0], ReflectionStep) and steps[-1].checks[0]["passed"] is False
    with pytest.raises(Refused):
        asyncio.run(collected(client, TRMRequest(prompt="x", task="sudoku")))
    asyncio.run(client.close())


def test_a_stream_raises_what_generate_raises(url: str) -> None:
    client = TRMClient(url=url, environment={})
    with pytest.raises(Refused):
        asyncio.run(collected(client, TRMRequest(prompt="x", task="sudoku")))
    with pytest.raises(Unavailable):
        asyncio.run(collected(TRMClient(url="http://127.0.0.1:9", environment={}), HELLO))


def test_a_sink_without_a_receiver_says_what_is_missing() -> None:
    code = """
import asyncio, sys
sys.modules["function"] = None
from agent_trm import TRMClient, TRMRequest
client = TRMClient(environment={"K_SINK": "http://broker"})
try:
    asyncio.run(client.generate(TRMRequest(prompt="x")))
except Exception as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert "K_SINK is set" in done.stdout and "receiver" in done.stdout, done.stderr
    with pytest.raises(TRMError, match="Receiver"):
        TRMClient(sink="http://broker", environment={})


@pytest.mark.parametrize("version", ["1.12.0", "1.13.0", "2.2.0"])
def test_any_release_of_the_cloudevents_sdk_may_be_beside_it(tmp_path: Path, version: str) -> None:
    """The SDK of an agent is not touched, whatever it holds."""
    package = tmp_path / "cloudevents"
    package.mkdir()
    (package / "__init__.py").write_text(f"raise ImportError('this is {version}')\n", "utf-8")
    code = "import agent_trm; print(agent_trm.TRMRequest(prompt='x').prompt)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "x\n", done.stderr


EVENT = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"a": 1}}
BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}


def test_events_are_read_in_both_modes() -> None:
    kind = "application/cloudevents+json; charset=utf-8"
    both = {**BINARY, "ce-id": "another", "Content-Type": kind}
    attributes, data = read_event(both, json.dumps(EVENT).encode())
    assert (attributes["id"], data) == ("1", {"a": 1})
    attributes, data = read_event({**BINARY, "Ce-Subject": "%C3%A9%20x"}, b'{"a": 1}')
    assert (attributes["subject"], data) == ("é x", {"a": 1})


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"content-type": "application/cloudevents+json"}, b"[]"),
        ({"content-type": "application/cloudevents+json"}, b"{"),
        ({"content-type": "application/cloudevents+json"}, b'{"id": "1"}'),
        ({**BINARY, "ce-id": "%ff"}, b"{}"),
        (BINARY, b"\xff"),
        (BINARY, b"[" * 100_000),
    ],
)
def test_what_is_no_event_is_unavailable(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Unavailable):
        read_event(headers, body)


def test_attributes_are_percent_encoded() -> None:
    message = request_message({"a": "ü"}, "1", Sender('/ä "x" 100%', "a"), expiry(5))
    assert message.headers["ce-source"] == "/%C3%A4%20%22x%22%20100%25"
    assert read_event(message.headers, message.body)[0]["source"] == '/ä "x" 100%'


@pytest.mark.parametrize("fields", [{"stop": ["a"] * 9}, {"seed": -1}, {"deadline_ms": 0}])
def test_the_limits_of_the_newer_fields(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TRMRequest(prompt="x", **fields)
