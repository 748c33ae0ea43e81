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
from collections.abc import Callable, Mapping
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
    TRMError,
    TRMRequest,
    TRMResponse,
    Unavailable,
)
from agent_trm.broker import BrokerTransport
from agent_trm.events import Sender, request_message
from agent_trm.ollama import Ollama
from agent_trm.url import UrlTransport
from function.events.replies import type_after
from tests.adapters import ROOT, scripted, serve
from tests.conftest import Running
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
Respond = Callable[[httpx.Request], httpx.Response]

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
HELLO = TRMRequest(prompt="How is Loki?")


def function_of(running: Running) -> httpx.MockTransport:
    """Return the function's HTTP exchange as the network."""

    async def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/readiness":
            ready, detail = running.service.state
            return httpx.Response(200 if ready else 503, text=detail)
        body = await request.aread()
        answer = await asyncio.to_thread(
            running.service.exchange.answer, list(request.headers.items()), body
        )
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    return httpx.MockTransport(respond)


async def no_pause(seconds: float) -> None:
    """Stands in for waiting."""


def client_of(respond: Respond | httpx.MockTransport, **options: Any) -> TRMClient:
    """Return a client whose network is a function of the test."""
    network = respond if isinstance(respond, httpx.MockTransport) else httpx.MockTransport(respond)
    transport = UrlTransport("http://function", Sender("/agents/test"), http=network)
    options = {"environment": {}, "sleep": no_pause, **options}
    return TRMClient(transport=transport, **options)


def refusing(status: int, **headers: str) -> tuple[Respond, list[httpx.Request]]:
    """Return a function that always answers with this status, and what it was asked."""
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, headers=headers)

    return respond, seen


def ollama_saying(text: str, seen: list[Any]) -> Ollama:
    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        said = {"message": {"content": text}, "prompt_eval_count": 7, "eval_count": 2}
        return httpx.Response(200, json=said)

    return Ollama("http://ollama", "llama3.2:3b", http=httpx.MockTransport(respond))


# The example of the agents


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


# By URL


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


# Fallback and health


def test_ollama_answers_when_the_function_does_not() -> None:
    respond, _ = refusing(503)
    seen: list[Any] = []
    client = client_of(respond, retries=1, ollama=ollama_saying("fine", seen))
    request = TRMRequest(prompt="How?", context={"up": 1}, temperature=0.2, conversation_id="c")
    response = asyncio.run(client.generate(request))
    assert (response.answer, response.backend, response.model_name) == (
        "fine",
        "ollama",
        "llama3.2:3b",
    )
    assert (response.confidence, response.reflection_steps) == (None, 0)
    assert response.fallback_reason == "the function answered 503"
    assert (response.tokens_used, response.conversation_id) == (9, "c")
    (asked,) = seen
    assert asked["options"] == {"temperature": 0.2, "num_predict": 2_048, "num_ctx": 4_096}
    assert asked["think"] is False
    assert '{"up": 1}' in asked["messages"][-1]["content"]


async def silent(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(30)
    raise AssertionError("nobody waits for so long")


def test_a_function_that_says_nothing_leaves_time_for_the_fallback() -> None:
    started = time.monotonic()
    client = client_of(httpx.MockTransport(silent), timeout=1.0, ollama=ollama_saying("fine", []))
    response = asyncio.run(client.generate(HELLO))
    assert (response.answer, response.backend) == ("fine", "ollama")
    assert "did not answer within" in (response.fallback_reason or "")
    with pytest.raises(Unavailable, match="did not answer within"):
        asyncio.run(client_of(httpx.MockTransport(silent), timeout=0.3).generate(HELLO))
    assert time.monotonic() - started < 10


def test_the_function_gives_up_before_its_caller_does() -> None:
    respond, seen = refusing(503)
    with pytest.raises(Unavailable):
        asyncio.run(client_of(respond, retries=0, timeout=10.0).generate(HELLO))
    until = datetime.fromisoformat(seen[0].headers["ce-expirytime"])
    assert 7 < (until - datetime.now(UTC)).total_seconds() < 9.1


def test_a_choice_of_ollama_is_one_of_those_given() -> None:
    respond, _ = refusing(503)
    request = TRMRequest(prompt="Which?", choices=["left", {"name": "right", "description": "r"}])
    seen: list[Any] = []
    client = client_of(respond, retries=0, ollama=ollama_saying('{"choice": "right"}', seen))
    response = asyncio.run(client.generate(request))
    assert (response.choice, response.answer, response.data) == ("right", "right", None)
    assert seen[0]["format"]["properties"]["choice"]["enum"] == ["left", "right"]
    assert "description" in seen[0]["messages"][-1]["content"]
    for said in ('{"choice": "up"}', "right", "[]"):
        with pytest.raises(Unavailable, match="Ollama failed too"):
            client = client_of(respond, retries=0, ollama=ollama_saying(said, []))
            asyncio.run(client.generate(request))


def fallback(*answers: httpx.Response, **fields: Any) -> tuple[TRMResponse, list[Any]]:
    """Return what the fallback makes of Ollama's answers, and what it was asked."""
    seen: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, json.loads(request.content)))
        return answers[min(len(seen), len(answers)) - 1]

    away, _ = refusing(503)
    ollama = Ollama("http://ollama/v1", "qwen3:8b", http=httpx.MockTransport(respond))
    client = client_of(away, retries=0, ollama=ollama)
    return asyncio.run(client.generate(TRMRequest(prompt="How?", **fields))), seen


def saying(content: object, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"message": {"content": content}, **more})


@pytest.mark.parametrize(
    "content",
    ["<think>hm</think>\n\nFine.", "hm</think>Fine.", "[THINK]hm[/THINK]Fine.", "Fine."]
    + ["<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Fine."],
)
def test_thoughts_of_ollama_are_no_part_of_the_answer(content: str) -> None:
    response, seen = fallback(saying(content))
    assert response.answer == "Fine."
    assert [path for path, _ in seen] == ["/api/chat"]


@pytest.mark.parametrize(
    "content", ['{"a": 1}', '<think>{"a": 2}?</think>{"a": 1}', '```json\n{"a": 1}\n```']
)
def test_json_of_ollama_behind_thoughts_and_in_fences(content: str) -> None:
    response, _ = fallback(saying(content), response_format={"type": "json_object"})
    assert response.data == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (saying(None), "wrote no answer"),
        (saying(""), "wrote no answer"),
        (saying([]), "wrote no answer"),
        (saying(" \n"), "wrote thoughts"),
        (saying("<think>hm"), "wrote thoughts"),
        (httpx.Response(200, json={"message": {"content": "", "thinking": "hm"}}), "thoughts"),
        (httpx.Response(200, json={"message": None}), "wrote no answer"),
        (httpx.Response(200, json=[]), "failed too"),
        (saying("Fine.", prompt_eval_count=4_096), "a conversation of this length"),
    ],
)
def test_what_ollama_did_not_answer_is_no_answer(answer: httpx.Response, reason: str) -> None:
    with pytest.raises(Unavailable, match=reason):
        fallback(answer)


def test_ollama_is_asked_for_a_window_that_holds_the_facts() -> None:
    response, seen = fallback(saying("Fine.", eval_count=None), context={"log": "x" * 35_426})
    assert seen[0][1]["options"]["num_ctx"] == 16_384
    assert response.tokens_used == 0


def test_a_model_that_knows_no_thoughts_is_asked_without() -> None:
    refusal = httpx.Response(400, json={"error": '"m" does not support thinking'})
    response, seen = fallback(refusal, saying("Fine."))
    assert response.answer == "Fine."
    assert ["think" in body for _, body in seen] == [True, False]


def test_json_of_ollama_is_what_was_asked_for() -> None:
    respond, _ = refusing(503)
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    wanted = {"type": "json_schema", "schema": schema}
    seen: list[Any] = []
    client = client_of(respond, retries=0, ollama=ollama_saying('{"a": 1}', seen))
    request = TRMRequest(prompt="?", response_format=wanted)
    assert asyncio.run(client.generate(request)).data == {"a": 1}
    assert seen[0]["format"] == schema
    client = client_of(respond, retries=0, ollama=ollama_saying("no JSON", []))
    with pytest.raises(Unavailable, match="Ollama failed too"):
        asyncio.run(client.generate(request))


@pytest.mark.parametrize(
    "fields", [{"task": "sudoku", "puzzle": "." * 81}, {"task": "alert_triage", "alert": {"a": 1}}]
)
def test_ollama_is_not_asked_what_only_a_network_can_do(fields: dict[str, Any]) -> None:
    respond, _ = refusing(503)
    seen: list[Any] = []
    client = client_of(respond, retries=0, ollama=ollama_saying("x", seen))
    with pytest.raises(Unavailable, match=f"Ollama does not do {fields['task']}"):
        asyncio.run(client.generate(TRMRequest(prompt="?", **fields)))
    assert seen == []


def test_ollama_is_not_asked_what_was_refused() -> None:
    respond, _ = refusing(400)
    seen: list[Any] = []
    with pytest.raises(Refused):
        asyncio.run(client_of(respond, ollama=ollama_saying("x", seen)).generate(HELLO))
    assert seen == []


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


# Through a broker


def broker_of(running: Running, receiver: Receiver) -> httpx.MockTransport:
    """Return a broker: gives the event to the function, its reply to the receiver's HTTP door."""
    port = receiver.start("127.0.0.1")

    async def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "OPTIONS":
            return httpx.Response(200)
        body = await request.aread()
        headers = [*request.headers.items(), ("prefer", "reply")]
        answer = await asyncio.to_thread(running.service.exchange.answer, headers, body)
        async with httpx.AsyncClient() as http:
            delivered = await http.post(
                f"http://127.0.0.1:{port}/",
                headers=dict(answer.headers),
                content=answer.body,
            )
        assert delivered.status_code == 202
        return httpx.Response(202)

    return httpx.MockTransport(respond)


def test_a_request_through_a_broker(run: Run) -> None:
    receiver = Receiver()
    try:
        network = broker_of(run(ScriptedModel(["It is alpha"])), receiver)
        transport = BrokerTransport("http://broker", receiver, Sender("/agents/test"), http=network)
        client = TRMClient(transport=transport, environment={})
        response = asyncio.run(client.generate(HELLO))
        assert response.answer == "It is alpha"
        health = asyncio.run(client.health())
        assert health and "is unknown" in health.detail
        with pytest.raises(Refused):
            asyncio.run(client.generate(TRMRequest(prompt="x", task="arc")))
    finally:
        receiver.stop()


def test_a_reply_counts_though_the_broker_is_still_delivering_to_others() -> None:
    receiver = Receiver()
    delivered: list[str] = []

    async def respond(request: httpx.Request) -> httpx.Response:
        key = request.headers["ce-correlationid"]
        fields = {"reflection_steps": 0, "duration_ms": 1, "tokens_used": 1, "model_name": "m"}
        reply = json.dumps({"answer": "It is alpha", **fields}).encode()
        # Its own request comes back to the agent first, where a Trigger is too broad.
        asked = {**event_headers(key), "ce-type": "io.homelab.trm.inference.requested"}
        assert receiver.accept(asked, b"{}") == 202
        assert receiver.accept(event_headers(key), reply) == 202
        await asyncio.sleep(0.3)
        delivered.append(key)
        return httpx.Response(202)

    async def ask() -> TRMResponse:
        network = httpx.MockTransport(respond)
        transport = BrokerTransport("http://broker", receiver, Sender("/agents/test"), http=network)
        client = TRMClient(transport=transport, environment={})
        response = await client.generate(HELLO)
        assert delivered == []
        await asyncio.sleep(0.6)  # nobody hung up on the broker
        await client.close()
        return response

    assert asyncio.run(ask()).answer == "It is alpha"
    assert len(delivered) == 1


class Remembering:
    """A transport that answers at once."""

    def __init__(self, asked: list[Any]) -> None:
        self._asked = asked

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> TRMResponse:
        self._asked.append(data)
        return TRMResponse(
            answer="", reflection_steps=0, duration_ms=0, tokens_used=0, model_name="none"
        )

    async def check(self) -> str:
        return "remembers"

    async def close(self) -> None:
        pass


def test_a_reply_that_never_comes_ends_the_wait() -> None:
    network = httpx.MockTransport(lambda request: httpx.Response(202))
    transport = BrokerTransport("http://broker", Receiver(), Sender("/agents/test"), http=network)
    client = TRMClient(transport=transport, environment={}, timeout=0.2, retries=0)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="no reply event"):
        asyncio.run(client.generate(HELLO))
    assert time.monotonic() - started < 5


def event_headers(correlation_id: str) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": "reply-1",
        "ce-source": "/trm",
        "ce-type": "io.homelab.trm.inference.completed",
        "ce-correlationid": correlation_id,
        "content-type": "application/json",
    }


@pytest.mark.parametrize(
    "other",
    [
        "order.completed",
        "io.homelab.reasoning.completed",
        "io.homelab.trm.inference.step",
        "io.homelab.trm.inference.requested",
        "x.io.homelab.trm.inference.completed",
        ".completed",
    ],
)
def test_only_a_reply_of_the_family_ends_a_wait(other: str) -> None:
    receiver = Receiver()
    expected = receiver.expect("1")
    assert receiver.accept({**event_headers("1"), "ce-type": other}, b'{"answer": "x"}') == 202
    assert not expected.done()
    assert receiver.accept(event_headers("1"), b'{"answer": "mine"}') == 202
    assert expected.result(1)[1] == {"answer": "mine"}


@pytest.mark.parametrize(
    ("request_type", "reply"),
    [
        ("io.homelab.reasoning.requested", "io.homelab.reasoning.failed"),
        ("org.example.x.requested", "org.example.x.completed"),
        ("org.example.asked", "io.homelab.trm.inference.failed"),
        ("boson.fn", "io.homelab.trm.inference.completed"),
    ],
)
def test_the_family_of_a_reply_is_that_of_its_request(request_type: str, reply: str) -> None:
    receiver = Receiver()
    expected = receiver.expect("1", request_type)
    receiver.accept({**event_headers("1"), "ce-type": reply}, b"{}")
    assert expected.result(1)[0] == reply
    assert reply in {type_after(request_type, outcome) for outcome in ("completed", "failed")}


def test_replies_find_those_who_wait_for_them() -> None:
    receiver = Receiver()
    first, second = receiver.expect("1"), receiver.expect("2")
    assert receiver.accept(event_headers("2"), b'{"answer": "two"}') == 202
    assert not first.done()
    assert second.result(1) == ("io.homelab.trm.inference.completed", {"answer": "two"})
    assert receiver.accept(event_headers("3"), b"{}") == 202
    assert receiver.accept({}, b"nonsense") == 400


def test_replies_may_come_in_chunks() -> None:
    receiver = Receiver()
    url = f"http://127.0.0.1:{receiver.start('127.0.0.1')}/"
    try:
        expected = receiver.expect("1")
        sent = httpx.post(url, headers=event_headers("1"), content=iter([b'{"a"', b": 1}"]))
        assert sent.status_code == 202
        assert expected.result(1)[1] == {"a": 1}
        long = httpx.post(url, headers=event_headers("2"), content=iter([b"x" * 600_000] * 2))
        assert long.status_code == 413
    finally:
        receiver.stop()


def test_the_receiver_can_be_mounted() -> None:
    receiver = Receiver()
    expected = receiver.expect("1")

    async def deliver() -> int:
        network = httpx.ASGITransport(app=receiver)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=network) as http:
            answer = await http.post(
                "http://agent/replies", headers=event_headers("1"), content=b'{"a": 1}'
            )
            return answer.status_code

    assert asyncio.run(deliver()) == 202
    assert expected.result(1)[1] == {"a": 1}


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


def test_a_broker_needs_a_receiver() -> None:
    with pytest.raises(TRMError, match="receiver"):
        TRMClient(sink="http://broker", environment={})


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


# In process


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
