"""What every agent's program does: listen at ``PORT``, publish to ``K_SINK``, report what came."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from agent_trm import Receiver, TRMClient, TRMError, TRMRequest, TRMResponse

PATIENCE = 240.0
"""Seconds for one reply: on two cores the requests of six agents wait for each other."""

Judge = Callable[[TRMResponse], str]


@dataclass(frozen=True)
class Ask:
    """One request and the agent's own judgement of the reply: what is wrong with it, or nothing."""

    title: str
    request: TRMRequest
    judge: Judge


@dataclass(frozen=True)
class Outcome:
    """What came of one request."""

    agent: str
    title: str
    answer: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list)
    steps: int = 0
    confidence: float | None = None
    method: str | None = None
    backend: str = ""
    seconds: float = 0.0
    problem: str = ""
    replied: bool = False


@dataclass(frozen=True)
class Agent:
    """An agent: its name, where its events come from, and what it asks."""

    name: str
    source: str
    asks: Sequence[Ask]
    request_type: str = "io.homelab.trm.inference.requested"

    def run(self) -> None:
        """Ask everything, and print one JSON line an outcome."""
        receiver = Receiver()
        receiver.start("127.0.0.1", int(os.environ["PORT"]))
        try:
            asyncio.run(self._ask_all(receiver))
        finally:
            receiver.stop()

    async def _ask_all(self, receiver: Receiver) -> None:
        async with TRMClient(
            receiver=receiver,
            source=self.source,
            agent=self.name,
            request_type=self.request_type,
            timeout=PATIENCE,
        ) as client:
            for ask in self.asks:
                print(json.dumps(asdict(await self._ask(client, ask))), flush=True)

    async def _ask(self, client: TRMClient, ask: Ask) -> Outcome:
        started = time.monotonic()
        try:
            response = await client.generate(ask.request)
        except TRMError as error:
            seconds = time.monotonic() - started
            return Outcome(self.name, ask.title, seconds=seconds, problem=str(error))
        return Outcome(
            self.name,
            ask.title,
            response.choice or response.answer,
            response.checks,
            response.reflection_steps,
            response.confidence,
            response.confidence_method,
            f"{response.model_name} ({response.backend})",
            time.monotonic() - started,
            ask.judge(response),
            replied=True,
        )


def says(*words: str) -> Judge:
    """Return the answer has every one of these words, in any case."""

    def judge(response: TRMResponse) -> str:
        missing = [word for word in words if word.lower() not in response.answer.lower()]
        return f"does not say {', '.join(missing)}" if missing else ""

    return judge


def says_one_of(*words: str) -> Judge:
    """Return the answer has at least one of these words, in any case."""

    def judge(response: TRMResponse) -> str:
        found = any(word.lower() in response.answer.lower() for word in words)
        return "" if found else f"says none of {', '.join(words)}"

    return judge


def chooses(choice: str) -> Judge:
    """Return the reply's choice is this one."""
    return lambda response: "" if response.choice == choice else f"should be {choice}"


def has(**fields: Any) -> Judge:
    """Return the reply's JSON has these values; a tuple is a set of permitted ones."""

    def judge(response: TRMResponse) -> str:
        if not isinstance(response.data, dict):
            return "no JSON"
        for name, wanted in fields.items():
            found = response.data.get(name)
            if found not in (wanted if isinstance(wanted, tuple) else (wanted,)):
                return f"{name} is {found!r}"
        return ""

    return judge
