"""Faults on the way lose nothing: every request that was taken has its one reply, by its id."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_trm import Receiver, TRMClient, TRMRequest
from tests.adapters import scripted
from tests.broker import Broker, Event, triggers_of
from tests.broker.processes import FunctionProcess, dead_letters, function
from tests.broker.subscriber import ACCEPTED, Saying, Subscriber
from tests.timing import wait_until

PACE = 1.0
"""As slow as the manifests say: the first five pauses are 31 s, in which a function starts."""
AGENT = "agent-bruno"
SOURCE = "/agent-bruno/chatbot"


def request(event_id: str, prompt: str) -> Event:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": "io.homelab.trm.inference.requested",
        "agent": AGENT,
        "correlationid": event_id,
    }
    # The data's agent has no profile, which would add words to what the scripted model is told.
    data = {"prompt": prompt, "agent": "agent-bruno-plain"}
    return Event(attributes, body=json.dumps(data).encode())


def broker_of(function: FunctionProcess, agent: str, **options: object) -> Broker:
    """Return the project's own routes; every other agent is away."""
    addresses = {"trm": function.url, AGENT: agent, "dead-letters": "http://127.0.0.1:9"}
    given: dict[str, Any] = {"pace": PACE, "kind": "rabbitmq", **options}
    return Broker(triggers_of("rabbitmq"), addresses, **given)


def causes(agent: Subscriber) -> Counter[str]:
    """Return how many different replies the agent got to each request, by the request's id."""
    replies = {event.key: event.attributes["causationid"] for event in agent.events}
    return Counter(replies.values())


@pytest.fixture
def agent() -> Iterator[Subscriber]:
    with Subscriber() as listening:
        yield listening


def test_a_function_that_is_killed_at_work_and_starts_again(
    tmp_path: Path, agent: Subscriber
) -> None:
    ids = [f"r{number}" for number in range(6)]
    with (
        function(tmp_path / "log", scripted("gunicorn")) as running,
        broker_of(running, agent.url) as broker,
    ):
        for number, one in enumerate(ids):
            held = number < 2
            prompt = f"hold {tmp_path}/{one}" if held else f"say {one}"
            broker.accept(request(one, prompt))
        wait_until(lambda: all((tmp_path / f"{one}.begun").exists() for one in ids[:2]))
        running.kill()
        for one in ids[:2]:
            (tmp_path / f"{one}.open").touch()
        running.start()
        broker.settle()
        failures = [attempt for attempt in broker.attempts if attempt.status is None]
        assert {attempt.event.id for attempt in failures} >= set(ids[:2])
        assert broker.dead == broker.lost == []
    assert causes(agent) == Counter(ids)


def test_an_agent_waits_through_the_death_of_the_function(tmp_path: Path) -> None:
    """The agents' own client: one call, one answer, whatever happens behind the broker."""
    receiver = Receiver()
    port = receiver.start("127.0.0.1")
    with (
        function(tmp_path / "log", scripted("gunicorn")) as running,
        broker_of(running, f"http://127.0.0.1:{port}", copies=2) as broker,
        ThreadPoolExecutor() as elsewhere,
    ):

        async def ask() -> str:
            async with TRMClient(
                sink=broker.url, receiver=receiver, agent=AGENT, retries=0, timeout=60
            ) as client:
                held = TRMRequest(prompt=f"hold {tmp_path}/r1", agent="agent-bruno-plain")
                return (await client.generate(held)).answer

        answer = elsewhere.submit(asyncio.run, ask())
        wait_until((tmp_path / "r1.begun").exists)
        running.kill()
        (tmp_path / "r1.open").touch()
        running.start()
        assert answer.result(60) == f"echo: hold {tmp_path}/r1"
        broker.settle()
        assert broker.dead == broker.lost == []
    receiver.stop()


def test_an_event_that_kills_its_worker_takes_nothing_along(
    tmp_path: Path, agent: Subscriber
) -> None:
    with (
        function(tmp_path / "log", scripted("gunicorn")) as running,
        broker_of(running, agent.url) as broker,
    ):
        broker.accept(request("poison", "kill"))
        for number in range(4):
            broker.accept(request(f"r{number}", "say it"))
        broker.settle()
        assert broker.dead == broker.lost == []
    assert causes(agent) == Counter(["poison", *(f"r{number}" for number in range(4))])
    types = {event.attributes["causationid"]: event.type for event in agent.events}
    assert types.pop("poison") == "io.homelab.trm.inference.failed"
    assert set(types.values()) == {"io.homelab.trm.inference.completed"}


def test_a_broker_that_delivers_everything_three_times(tmp_path: Path, agent: Subscriber) -> None:
    ids = [f"r{number}" for number in range(8)]
    with (
        function(tmp_path / "log", scripted("gunicorn")) as running,
        broker_of(running, agent.url, copies=3) as broker,
    ):
        for one in ids:
            broker.accept(request(one, f"say {one}"))
        broker.settle()
        assert broker.deliveries("trm-requests") == Counter(ids * 3)
        # Read after an orderly end, because the log is written a moment later.
        assert running.stop() == 0
    generated = (tmp_path / "log").read_text().count('"trm_generation_completed"')
    assert generated == len(ids), "a duplicate is answered from the store"
    # Three deliveries of a request, three of the reply to each of them.
    assert Counter(event.attributes["causationid"] for event in agent.events) == Counter(ids * 9)
    assert causes(agent) == Counter(ids)


def test_a_sink_that_is_down_for_a_while(tmp_path: Path) -> None:
    """Replies go to the sink; the request is delivered again until the sink has the reply."""
    up = tmp_path / "up"

    def say(event: Event) -> Saying:
        return ACCEPTED if up.exists() else (503, {}, b"")

    with (
        Subscriber(say) as sink,
        function(
            tmp_path / "log", scripted("gunicorn"), K_SINK=sink.url, TRM_REPLY="sink"
        ) as running,
        broker_of(running, sink.url) as broker,
    ):
        broker.accept(request("r1", "say it"))
        wait_until(lambda: any(a.status == 503 for a in broker.attempts))
        up.touch()
        broker.settle(60)
        assert broker.deliveries("trm-requests") == Counter(["r1"])
        assert broker.dead == broker.lost == []
    assert len(set(sink.ids)) == 1 and len(sink.ids) > 6, "one reply, offered until it was taken"
    assert causes(sink) == Counter(["r1"])
    assert (tmp_path / "log").read_text().count('"trm_generation_completed"') == 1


def test_the_reply_to_an_agent_that_is_away_is_kept_and_sent_again(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.touch()

    def say(event: Event) -> Saying:
        return (503, {}, b"") if away.exists() else ACCEPTED

    with (
        Subscriber(say) as agent,
        function(tmp_path / "log", scripted("gunicorn")) as running,
        broker_of(running, agent.url, pace=0.01) as broker,
        dead_letters(tmp_path / "letters", broker.url) as grave,
    ):
        broker.addresses["dead-letters"] = grave
        broker.accept(request("r1", "say it"))
        broker.settle()
        assert broker.lost == []
        (row,) = httpx.get(grave).text.splitlines()[1:]
        assert "io.homelab.trm.inference.completed" in row and "503" in row
        tries = len(agent.events)
        away.unlink()
        assert httpx.post(f"{grave}/1/resend").status_code == 202
        broker.settle()
        assert len(httpx.get(grave).text.splitlines()) == 1
    assert tries == 9
    assert len(set(agent.ids)) == 1 and len(agent.ids) == 10
    assert not any(name.startswith("knativeerror") for name in agent.events[-1].attributes)


def test_a_reply_through_a_synchronous_broker_outlasts_its_retries(tmp_path: Path) -> None:
    """The agent is away for longer than a sink used to be waited for; the sender is no broker."""
    begun = time.monotonic()

    def say(event: Event) -> Saying:
        return ACCEPTED if time.monotonic() > begun + 9 else (503, {}, b"")

    one = request("r1", "say it")
    with (
        Subscriber(say) as agent,
        Broker(triggers_of("in-memory"), {AGENT: agent.url}, pace=0.55, synchronous=True) as broker,
        function(tmp_path / "log", scripted("gunicorn"), K_SINK=broker.url) as running,
    ):
        begun = time.monotonic()
        answer = httpx.post(running.url, headers=one.headers(), content=one.body, timeout=60)
        assert answer.status_code == 202
        assert broker.cancelled == broker.dead == []
        assert len(set(agent.ids)) == 1 and agent.events[-1].attributes["causationid"] == "r1"
        assert time.monotonic() - begun > 15


def test_a_dead_letter_is_resent_through_a_synchronous_broker(tmp_path: Path) -> None:
    """Resending a request takes as long as its answer and the way of that to the agent."""
    one = request("r1", f"hold {tmp_path}/r1")
    letter = one.marked(knativeerrorcode="503", knativeerrordest="http://trm")
    with (
        Subscriber() as agent,
        function(tmp_path / "log", scripted("gunicorn")) as running,
        Broker(
            triggers_of("in-memory"), {"trm": running.url, AGENT: agent.url}, synchronous=True
        ) as broker,
        dead_letters(tmp_path / "letters", broker.url) as grave,
        ThreadPoolExecutor(1) as elsewhere,
    ):
        kept = httpx.post(grave, headers=letter.headers(), content=letter.body)
        assert kept.status_code == 202
        sending = elsewhere.submit(httpx.post, f"{grave}/1/resend", timeout=60)
        wait_until((tmp_path / "r1.begun").exists)
        (tmp_path / "r1.open").touch()
        assert sending.result(60).status_code == 202
        assert agent.events[-1].attributes["causationid"] == "r1"
        assert len(httpx.get(grave).text.splitlines()) == 1
