"""Ollama as the fallback of a client, when the function does not answer."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from agent_trm import (
    Refused,
    TRMRequest,
    TRMResponse,
    Unavailable,
)
from agent_trm.ollama import Ollama
from tests.agent_trm.clients import (
    HELLO,
    client_of,
    ollama_saying,
    refusing,
)
from tests.timing import timed


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


@timed
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
