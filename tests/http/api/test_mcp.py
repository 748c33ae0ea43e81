"""MCP by the official client over HTTP, in both eras of the protocol, and without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import anyio
import pytest

from function.contract import InferenceResponse
from function.errors import ModelUnavailable
from tests.adapters import Server, scripted, serve
from tests.conftest import Running
from tests.http.api.calls import JSON, call, value
from tests.scripted import Call, ScriptedModel

mcp = pytest.importorskip("mcp", reason="mcp is not installed")

Run = Callable[..., Running]
TOKEN = "a-token-of-sixteen"
ACCEPT = [*JSON, ("accept", "application/json, text/event-stream")]
ALERT: dict[str, Any] = {
    "labels": {"alertname": "KubePodCrashLooping", "pod": "loki-0", "namespace": "loki"}
}
SUDOKU = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn"), {"TRM_MCP": "true"}) as running:
        running.wait_for("/health/readiness", 200)
        yield running


def ask(server: Server, mode: str, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    async def main() -> Any:
        async with mcp.Client(f"http://127.0.0.1:{server.port}/mcp", mode=mode) as client:
            return await work(client)

    return anyio.run(main)


def tool(server: Server, name: str, mode: str = "auto", **arguments: Any) -> Any:
    return ask(server, mode, lambda client: client.call_tool(name, arguments))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_client_finds_typed_tools_and_calls_one(server: Server, mode: str) -> None:
    listed = ask(server, mode, lambda client: client.list_tools()).tools
    assert [each.name for each in listed] == ["ask", "choose", "triage_alert", "solve_puzzle"]
    for each in listed:
        assert each.input_schema["additionalProperties"] is False
        assert {"answer", "checks", "confidence", "reflection_trace"} <= set(
            each.output_schema["properties"]
        )
    # The client validates what comes against the output schema.
    result = tool(server, "ask", mode, prompt="sing", checks={"must_contain": ["sing"]})
    assert not result.is_error and result.content[0].text == "echo: sing"
    response = InferenceResponse.model_validate(result.structured_content)
    assert response.answer == "echo: sing"
    assert [(check.name, check.passed) for check in response.checks] == [("must_contain", True)]


def test_a_failed_check_is_told_beside_the_answer(server: Server) -> None:
    result = tool(
        server, "ask", prompt="sing", checks={"must_contain": ["moon"]}, max_reflection_steps=1
    )
    answer, warning = (part.text for part in result.content)
    assert answer == "echo: sing" and not result.is_error
    assert warning.startswith("1 of 1 checks failed: must_contain")
    assert len(result.structured_content["reflection_trace"]) == 1


def test_the_other_tools_answer(server: Server) -> None:
    chosen = tool(server, "choose", prompt="Which one?", choices=["left", {"name": "right"}])
    assert chosen.structured_content["choice"] in ("left", "right")
    triaged = tool(server, "triage_alert", **ALERT).structured_content
    assert triaged["choice"] == "pod-restart"
    assert triaged["data"]["parameters"]["namespace"] == "loki"
    solved = tool(server, "solve_puzzle", task="sudoku", puzzle=SUDOKU).structured_content
    assert all(check["passed"] for check in solved["checks"]) and solved["reflection_trace"]


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("ask", {}, "prompt"),
        ("ask", {"prompt": None}, "prompt"),
        ("ask", {"prompt": 5}, "prompt"),
        ("ask", {"prompt": "x", "max_tokens": -1}, "max_tokens"),
        ("ask", {"prompt": "x", "checks": {"must_contian": ["x"]}}, "checks.must_contian"),
        ("ask", {"prompt": "x", "promt": "y"}, "promt"),
        ("ask", {"prompt": "x", "task": "sudoku"}, "task"),
        ("ask", {"prompt": "x", "model": "gpt-4o"}, "model"),
        ("ask", {"prompt": "x", "strict": False}, "strict"),
        ("choose", {"prompt": "x"}, "choices"),
        ("choose", {"prompt": "x", "choices": []}, "choices"),
        ("choose", {"prompt": "x", "choices": "left"}, "choices"),
        ("triage_alert", {}, "labels"),
        ("triage_alert", {"labels": {"alertname": 5}}, "alert.labels.alertname"),
        ("triage_alert", {"labels": {}, "alert": {}}, "alert"),
        ("solve_puzzle", {"puzzle": SUDOKU}, "task"),
        ("solve_puzzle", {"task": "chess", "puzzle": SUDOKU}, "task"),
        ("solve_puzzle", {"task": "text", "puzzle": "x"}, "task"),
        ("solve_puzzle", {"task": "sudoku", "puzzle": "12"}, "puzzle"),
        ("no_such_tool", {}, "name"),
    ],
)
def test_wrong_arguments_are_tool_errors_that_name_the_field(
    run: Run, name: str, arguments: dict[str, Any], field: str
) -> None:
    result = called(run(TRM_MCP="true"), name, arguments)
    assert result["isError"] is True
    error = result["structuredContent"]["error"]
    assert (error["status"], error["field"]) == (400, field)
    assert result["content"][0]["text"].startswith("invalid_request (400)")


def called(running: Running, name: str, arguments: object, **headers: str) -> Any:
    answer = post(running, "tools/call", {"name": name, "arguments": arguments}, **headers)
    assert answer.status == 200, answer
    return value_of(answer)["result"]


def post(running: Running, method: str, params: object = None, **headers: str) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return call(running, "POST", "/mcp", body, [*ACCEPT, *headers.items()])


def value_of(answer: Any) -> Any:
    assert dict(answer.headers)["content-type"] == "application/json"
    return json.loads(answer.body)


def test_what_can_succeed_later_says_when(run: Run) -> None:
    def say(asked: Call) -> str:
        if asked.turns[-1].content == "x":
            raise ModelUnavailable("the server is down", 7)
        return "ready"

    running = run(ScriptedModel(say=say), TRM_MCP="true")
    result = called(running, "ask", {"prompt": "x"})
    error = result["structuredContent"]["error"]
    assert result["isError"] and (error["status"], error["code"]) == (503, "unavailable")
    assert error["retry_after"] == 7
    assert b'reason="ModelUnavailable"' in running.service.metrics.exposition()


def test_a_bug_tells_nothing_of_our_insides(run: Run) -> None:
    def say(asked: Call) -> str:
        if asked.turns[-1].content == "x":
            raise ValueError("internals at /srv/secret")
        return "ready"

    running = run(ScriptedModel(say=say), TRM_MCP="true")
    result = called(running, "ask", {"prompt": "x"})
    assert result["structuredContent"]["error"]["status"] == 500
    assert "secret" not in json.dumps(result)


def test_tokens_lengths_and_draining_are_those_of_the_other_paths(run: Run) -> None:
    running = run(TRM_MCP="true", TRM_BEARER_TOKENS=TOKEN, TRM_MAX_BODY_BYTES="2048")
    refused = post(running, "ping")
    assert refused.status == 401 and "www-authenticate" in dict(refused.headers)
    assert value(refused)["error"]["data"]["code"] == "invalid_api_key"
    known = {"authorization": f"Bearer {TOKEN}"}
    assert value_of(post(running, "ping", **known))["result"] == {}
    assert post(running, "ping", {"pad": "x" * 2_048}, **known).status == 413
    running.service.drain()
    drained = post(running, "ping", **known)
    assert drained.status == 503 and "retry-after" in dict(drained.headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([*ACCEPT, ("origin", "http://evil.example")], 403),
        ([("content-type", "text/plain"), ("accept", "application/json")], 415),
        ([*JSON, ("accept", "text/html")], 406),
    ],
)
def test_what_is_no_program_s_request_is_refused(
    run: Run, headers: list[tuple[str, str]], status: int
) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert call(run(TRM_MCP="true"), "POST", "/mcp", body, headers).status == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"jsonrpc": "2.0"}', b"[" * 100_000])
def test_what_is_no_message_is_refused(run: Run, body: bytes) -> None:
    answer = call(run(TRM_MCP="true"), "POST", "/mcp", body, ACCEPT)
    assert answer.status == 400 and "error" in json.loads(answer.body)


def test_only_posts_are_taken(run: Run) -> None:
    answer = call(run(TRM_MCP="true"), "GET", "/mcp", None, [])
    assert answer.status == 405 and dict(answer.headers)["allow"] == "POST"


def test_it_is_off_by_default(run: Run) -> None:
    running = run()
    assert call(running, "GET", "/mcp", None, []).status == 404
    assert post(running, "ping").status != 200
