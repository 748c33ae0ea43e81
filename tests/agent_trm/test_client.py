"""The client as agents use it: by URL, through a broker, in process, and when nothing answers."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.requirements import Requirement
from pydantic import ValidationError

from agent_trm import (
    Receiver,
    ReflectionMode,
    ReflectionStep,
    Refused,
    TRMClient,
    TRMRequest,
    TRMResponse,
    Unavailable,
)
from agent_trm.events import Sender, request_message
from tests.adapters import ROOT, scripted, serve
from tests.agent_trm.clients import (
    HELLO,
    Remembering,
    Run,
    client_of,
    event_headers,
    function_of,
    ollama_saying,
    refusing,
)
from tests.scripted import ScriptedModel

EXAMPLE = """
import asyncio

async def main():
    from agent_trm import TRMClient, TRMRequest, ReflectionMode

    client = TRMClient(model_name="ainz/tiny-recursive-model", use_hf_api=False)
    request = TRMRequest(prompt="What is the health status of Loki?", max_reflection_steps=3,
                         reflection_mode=ReflectionMode.AUTO)
    response = await client.generate(request)
    response.answer, response.reflection_steps, response.confidence, response.reflection_trace
    print(response.model_dump_json())
    await client.close()

asyncio.run(main())
"""


def test_the_example_runs_as_written() -> None:
    with serve("gunicorn", scripted("gunicorn")) as server:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", EXAMPLE],
            cwd=ROOT,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "TRM_FUNCTION_URL": f"http://127.0.0.1:{server.port}",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    response = TRMResponse.model_validate_json(done.stdout)
    assert response.answer and response.model_name == "scripted"
    assert response.duration_ms >= 0 and response.tokens_used > 0


def test_it_needs_neither_torch_nor_flask_nor_the_function() -> None:
    code = (
        "import sys, agent_trm\n"
        "heavy = {'torch', 'flask', 'function', 'transformers', 'numpy'} & set(sys.modules)\n"
        "sys.exit(bool(heavy))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_the_limits_of_a_request() -> None:
    assert TRMRequest(prompt="x").max_reflection_steps == 3
    assert TRMRequest(prompt="x").reflection_mode is ReflectionMode.AUTO
    for wrong in (
        {"prompt": ""},
        {"prompt": "x" * 65_537},
        {"prompt": "x", "max_reflection_steps": 0},
        {"prompt": "x", "max_reflection_steps": 11},
        {"prompt": "x", "temperature": 2.1},
        {"prompt": "x", "max_tokens": 8_193},
        {"prompt": "x", "colour": "red"},
    ):
        with pytest.raises(ValidationError):
            TRMRequest.model_validate(wrong)


def test_a_request_by_url(run: Run) -> None:
    model = ScriptedModel(["no", "It is alpha"], name="m1")
    running = run(model)
    request = TRMRequest(
        prompt="x",
        context={"loki": {"up": True}},
        temperature=0.31,
        checks={"must_contain": ["alpha"]},
        conversation_id="c-1",
    )
    response = asyncio.run(client_of(function_of(running)).generate(request))
    assert (response.answer, response.model_name) == ("It is alpha", "m1")
    assert (response.reflection_steps, response.conversation_id) == (1, "c-1")
    (step,) = response.reflection_trace
    assert isinstance(step, ReflectionStep) and step.refined_answer == "It is alpha"
    assert model.calls[0].temperature == 0.31
    assert "loki.up: true" in model.calls[0].turns[-1].content


def test_what_the_caller_does_not_say_is_left_to_the_profile(run: Run) -> None:
    model = ScriptedModel(["Oi, tudo bem? Posso ajudar você com a sua compra hoje?"])
    request = TRMRequest(prompt="oi", agent="agent-store-multibrands-luna")
    asyncio.run(client_of(function_of(run(model))).generate(request))
    assert model.calls[0].max_tokens == 256
    assert model.calls[0].turns[0].content.startswith("Você é Luna")


def test_a_failed_reply_is_refused(run: Run) -> None:
    # No network for ARC is shipped.
    request = TRMRequest(prompt="?", task="arc", puzzle={"id": "aa", "input": [[1]]})
    with pytest.raises(Refused) as refused:
        asyncio.run(client_of(function_of(run())).generate(request))
    assert refused.value.code == "model_refused"


@pytest.mark.parametrize("status", [400, 401, 403, 413, 415])
def test_what_can_never_succeed_is_not_tried_again(status: int) -> None:
    respond, seen = refusing(status)
    with pytest.raises(Refused):
        asyncio.run(client_of(respond).generate(HELLO))
    assert len(seen) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_can_succeed_later_is_tried_again_with_the_same_id(status: int) -> None:
    respond, seen = refusing(status)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(Unavailable, match=str(status)):
        asyncio.run(client_of(respond, retries=2, sleep=sleep).generate(HELLO))
    assert len(seen) == 3 and len({request.headers["ce-id"] for request in seen}) == 1
    assert pauses == [0.5, 1.0]
    headers = seen[0].headers
    assert headers["prefer"] == "reply" and headers["ce-correlationid"] == headers["ce-id"]
    assert datetime.fromisoformat(headers["ce-expirytime"]).tzinfo is not None


def test_the_pause_asked_for_is_kept() -> None:
    respond, _ = refusing(503, **{"retry-after": "7"})
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(Unavailable):
        asyncio.run(client_of(respond, retries=1, sleep=sleep).generate(HELLO))
    assert pauses == [7.0]


def test_it_gives_up_in_time() -> None:
    respond, seen = refusing(503, **{"retry-after": "5"})
    with pytest.raises(Unavailable):
        asyncio.run(client_of(respond, timeout=1.0).generate(HELLO))
    assert len(seen) == 1


@pytest.mark.parametrize("body", [b"OK", b"{}"])
def test_what_is_no_event_is_no_answer(body: bytes) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body, headers={"content-type": "application/json"})

    with pytest.raises(Unavailable):
        asyncio.run(client_of(respond, retries=0).generate(HELLO))


def test_the_event_loop_goes_on_meanwhile(run: Run) -> None:
    async def respond(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.2)
        return httpx.Response(400)

    async def both() -> int:
        client = client_of(httpx.MockTransport(respond))
        turns = 0
        work = asyncio.ensure_future(client.generate(HELLO))
        while not work.done():
            await asyncio.sleep(0.01)
            turns += 1
        with pytest.raises(Refused):
            work.result()
        return turns

    assert asyncio.run(both()) >= 5


def test_health_is_what_the_function_says(run: Run) -> None:
    running = run()
    client = client_of(function_of(running))
    health = asyncio.run(client.health())
    assert health.healthy and health.detail.startswith("ready: scripted")
    running.service.drain()
    health = asyncio.run(client.health())
    assert not health.healthy and "shutting down" in health.detail


def test_something_else_at_the_address_is_not_healthy() -> None:
    client = client_of(lambda request: httpx.Response(200, text="<html>Welcome</html>"))
    health = asyncio.run(client.health())
    assert not health.healthy and "not the function" in health.detail


@pytest.mark.parametrize("error", ["boom", None, {"message": "boom"}])
def test_a_failed_reply_in_any_form_is_refused(error: Any) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        headers = {**event_headers("1"), "ce-type": "io.homelab.trm.inference.failed"}
        return httpx.Response(200, headers=headers, json={"error": error})

    with pytest.raises(Refused):
        asyncio.run(client_of(respond).generate(HELLO))


def test_an_endpoint_that_is_gone_is_not_healthy() -> None:
    respond, _ = refusing(404)
    assert not asyncio.run(client_of(respond).health_check())

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    health = asyncio.run(client_of(unreachable).health())
    assert not health.healthy and "ConnectError" in health.detail


def test_with_a_fallback_it_is_healthy_and_says_so() -> None:
    respond, _ = refusing(503)
    health = asyncio.run(client_of(respond, ollama=ollama_saying("x", [])).health())
    assert health.healthy and health.fallback and "503" not in health.detail.split(";")[0]


def test_an_agent_asks_for_its_roles_under_its_own_name_and_type() -> None:
    sender = Sender("/store/whatsapp", "agent-store", "io.homelab.reasoning.requested")
    message = request_message({"agent": "agent-store-luna"}, "1", sender, datetime.now(UTC))
    assert message.headers["ce-agent"] == "agent-store"
    assert message.headers["ce-type"] == "io.homelab.reasoning.requested"
    assert json.loads(message.body)["agent"] == "agent-store-luna"


def test_requests_have_the_agent_of_their_client_unless_they_name_one() -> None:
    async def ask() -> None:
        async with TRMClient(transport=transport, agent="agent-bruno", environment={}) as client:
            await client.generate(HELLO)
            await client.generate(HELLO.model_copy(update={"agent": "agent-sre"}))

    asked: list[Any] = []
    transport = Remembering(asked)
    asyncio.run(ask())
    assert [data.get("agent") for data in asked] == ["agent-bruno", "agent-sre"]


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"TRM_FUNCTION_URL": "http://f", "K_SINK": "http://b"}, "UrlTransport"),
        ({"K_SINK": "http://b"}, "BrokerTransport"),
        ({}, "LocalTransport"),
    ],
)
def test_the_environment_says_how_the_function_is_reached(
    environment: Mapping[str, str], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="agent_trm"):
        TRMClient(environment=environment, receiver=Receiver())
    assert json.loads(caplog.messages[-1]) == {"event": "trm_client_initialized", "transport": kind}


def test_a_sink_without_a_receiver_is_for_others(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="agent_trm"):
        TRMClient(environment={"K_SINK": "http://b"})
    assert json.loads(caplog.messages[-1])["transport"] == "LocalTransport"


def test_in_process_health_is_what_the_function_says(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = run()
    monkeypatch.setattr("agent_trm.local._load", lambda environment, missing: running.service)

    async def look() -> None:
        client = TRMClient(environment={})
        assert (await client.health()).detail.startswith("ready: scripted")
        running.service.drain()
        assert not await client.health_check()
        with pytest.raises(Unavailable, match="shutting down"):
            await client.load_model()

    asyncio.run(look())


def test_in_process_a_wrong_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRM_SLOTS", "x")

    async def look() -> None:
        client = TRMClient(environment={})
        health = await client.health()
        assert not health.healthy and "TRM_SLOTS" in health.detail
        with pytest.raises(Refused, match="TRM_SLOTS"):
            await client.generate(HELLO)

    asyncio.run(look())


def test_in_process_loading_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[float] = []

    def load(environment: dict[str, str], missing: str) -> Any:
        time.sleep(1.0)
        done.append(time.monotonic())
        raise Unavailable("no model")

    monkeypatch.setattr("agent_trm.local._load", load)

    async def ask() -> None:
        client = TRMClient(environment={}, timeout=0.2, retries=0)
        with pytest.raises(Unavailable, match="did not answer within"):
            await client.generate(HELLO)
        assert done == []
        await client.close()

    asyncio.run(ask())


def test_a_request_in_process() -> None:
    request = TRMRequest(prompt="What is the capital of Japan?", temperature=0.0, max_tokens=16)

    async def ask() -> tuple[TRMResponse, str]:
        async with TRMClient(model_name="/nowhere/model.gguf", environment={}) as client:
            await client.load_model()
            return await client.generate(request), (await client.health()).detail

    response, detail = asyncio.run(ask())
    assert "Tokyo" in response.answer
    assert response.backend == "llama.cpp" and detail.startswith("ready")
    # It says that the model asked for is not the one that answered, and nothing of this machine.
    assert response.fallback_reason and "no model file model.gguf" in response.fallback_reason
    assert "nowhere" not in response.fallback_reason


def test_nothing_of_a_request_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="agent_trm"):
        asyncio.run(
            client_of(function_of(run(ScriptedModel(["secret answer"])))).generate(
                TRMRequest(prompt="secret question", conversation_id="+55 11 91234")
            )
        )
    assert "secret" not in caplog.text and "91234" not in caplog.text
    events = [json.loads(line)["event"] for line in caplog.messages]
    assert events == [
        "trm_client_initialized",
        "trm_generation_started",
        "trm_generation_completed",
    ]


def test_it_installs_by_itself(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    # The build leaves its own files where it works.
    shutil.copytree(ROOT / "agent_trm", source, ignore=shutil.ignore_patterns("__pycache__"))
    offline = (
        ["--no-build-isolation", "--no-index"] if importlib.util.find_spec("setuptools") else []
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *offline),
            *("--disable-pip-version-check", "--target", str(site), str(source)),
        ],
        check=True,
        timeout=120,
    )
    (distribution,) = distributions(path=[str(site)])
    names = {Requirement(line).name for line in distribution.requires or ()}
    assert names == {"httpx", "pydantic"}
    code = "import agent_trm; print(agent_trm.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert Path(told.stdout.strip()).is_relative_to(site)
    installed = {path.name for path in (site / "agent_trm").iterdir() if path.is_file()}
    assert installed >= {path.name for path in (ROOT / "agent_trm").glob("*.py")} | {"py.typed"}
