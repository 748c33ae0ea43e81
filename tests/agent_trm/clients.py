"""Clients whose function, or Ollama, is a few lines of a test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from agent_trm import TRMClient, TRMRequest, TRMResponse
from agent_trm.events import Sender
from agent_trm.ollama import Ollama
from agent_trm.url import UrlTransport
from tests.conftest import Running

Run = Callable[..., Running]
Respond = Callable[[httpx.Request], httpx.Response]
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


def event_headers(correlation_id: str) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": "reply-1",
        "ce-source": "/trm",
        "ce-type": "io.homelab.trm.inference.completed",
        "ce-correlationid": correlation_id,
        "content-type": "application/json",
    }
