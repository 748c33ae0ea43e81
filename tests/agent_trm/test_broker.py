"""Requests through a broker, whose replies come to a receiver."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest

from agent_trm import (
    Receiver,
    Refused,
    TRMClient,
    TRMError,
    TRMRequest,
    TRMResponse,
    Unavailable,
)
from agent_trm.broker import BrokerTransport
from agent_trm.events import Sender
from function.events.replies import type_after
from tests.agent_trm.clients import (
    HELLO,
    Run,
    event_headers,
)
from tests.conftest import Running
from tests.scripted import ScriptedModel
from tests.timing import timed


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


@timed
def test_a_reply_that_never_comes_ends_the_wait() -> None:
    network = httpx.MockTransport(lambda request: httpx.Response(202))
    transport = BrokerTransport("http://broker", Receiver(), Sender("/agents/test"), http=network)
    client = TRMClient(transport=transport, environment={}, timeout=0.2, retries=0)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="no reply event"):
        asyncio.run(client.generate(HELLO))
    assert time.monotonic() - started < 5


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


def test_a_broker_needs_a_receiver() -> None:
    with pytest.raises(TRMError, match="receiver"):
        TRMClient(sink="http://broker", environment={})
