"""The function under the middleware for HTTP, which hands on requests as they are."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from function.backends.registry import Member
from function.extras import is_installed
from function.http.knative_func import TrmFunction
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.scripted import ScriptedModel

ASKED = {"model": "trm", "messages": [{"role": "user", "content": "Sing a song."}]}


@pytest.fixture
def function() -> Iterator[TrmFunction]:
    tools = {"TRM_MCP": "true"} if is_installed("mcp") else {}
    settings = load_settings({"TRM_MAX_BODY_BYTES": "2048", **tools})
    log = Log("ERROR", io.StringIO())
    service = Service(settings, [Member("test", ScriptedModel)], log)
    instance = TrmFunction(service)
    instance.start({})
    assert service.chain.wait(20)
    yield instance
    instance.stop()


def ask(
    function: TrmFunction, method: str, path: str, parts: list[bytes]
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request, its body in parts."""
    sent: list[dict[str, Any]] = []
    left = [{"body": part, "more_body": True} for part in parts] + [{"body": b""}]

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"accept", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(function.handle(scope, receive, send))
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named, b"".join(each["body"] for each in sent[1:])


def test_other_apis_are_served(function: TrmFunction) -> None:
    body = json.dumps(ASKED).encode()
    status, _, said = ask(function, "POST", "/v1/chat/completions", [body[:9], body[9:]])
    assert status == 200
    assert json.loads(said)["choices"][0]["message"]["content"] == "done"
    assert ask(function, "GET", "/api/tags", [])[0] == 200
    assert ask(function, "GET", "/metrics", [])[0] == 200


@pytest.mark.skipif(not is_installed("mcp"), reason="mcp is not installed")
def test_tools_are_served(function: TrmFunction) -> None:
    params = {"name": "ask", "arguments": {"prompt": "Sing a song."}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    status, _, said = ask(function, "POST", "/mcp", [json.dumps(body).encode()])
    assert status == 200
    assert json.loads(said)["result"]["structuredContent"]["answer"] == "done"


def test_a_stream_is_sent_piece_by_piece(function: TrmFunction) -> None:
    body = json.dumps({**ASKED, "stream": True}).encode()
    status, headers, said = ask(function, "POST", "/v1/chat/completions", [body])
    assert status == 200 and headers["content-type"] == "text/event-stream"
    assert said.endswith(b"data: [DONE]\n\n")


def test_plain_requests_are_answered(function: TrmFunction) -> None:
    status, _, said = ask(function, "POST", "/", [b'{"prompt": "x"}'])
    assert status == 200 and json.loads(said)["answer"] == "done"


def test_a_body_that_is_too_long_is_refused(function: TrmFunction) -> None:
    assert ask(function, "POST", "/", [b" " * 1_500] * 9)[0] == 413
