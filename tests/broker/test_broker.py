"""The broker of the tests does what Knative's does, so that what passes here says something."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import httpx
import pytest

from tests.broker import Broker, Event, Trigger, triggers_of
from tests.broker.broker import Kind
from tests.broker.subscriber import ACCEPTED, Saying, Subscriber
from tests.broker.triggers import Delivery, delivery_of
from tests.timing import wait_until

QUICK = Delivery(
    retry=3,
    linear=False,
    delay=0.01,
    timeout=5,
    retry_after_max=None,
    dead_letter_sink="dead-letters",
)
REPLY = {
    "ce-specversion": "1.0",
    "ce-id": "reply",
    "ce-source": "/there",
    "ce-type": "answered",
    "content-type": "application/json",
}


def has_more(agent: Subscriber, before: int) -> bool:
    """Return whether the agent got an event since there were so many."""
    return len(agent.events) > before


def event(event_id: str = "1", **attributes: str) -> Event:
    given = {"specversion": "1.0", "id": event_id, "source": "/here", "type": "asked"}
    return Event(given | attributes, body=b"{}")


def trigger(name: str = "there", **attributes: str) -> Trigger:
    return Trigger(name, attributes or {"type": "asked"}, name, "/", QUICK, parallelism=4)


def play(
    say: Callable[[Event], Saying], *events: Event, kind: Kind = "in-memory"
) -> tuple[Broker, Subscriber, Subscriber]:
    """Deliver events to one subscriber; returns what came of it."""
    with Subscriber(say) as there, Subscriber() as grave:
        addresses = {"there": there.url, "dead-letters": grave.url}
        with Broker([trigger()], addresses, kind=kind) as broker:
            for one in events:
                broker.accept(one)
            broker.settle()
    return broker, there, grave


def test_the_ingress_takes_events_and_nothing_else() -> None:
    with Subscriber() as there, Broker([trigger()], {"there": there.url}) as broker:
        one = event()
        assert httpx.post(broker.url, headers=one.headers(), content=b"{}").status_code == 202
        structured = {"specversion": "1.0", "id": "2", "source": "/here", "type": "asked"}
        kind = {"content-type": "application/cloudevents+json"}
        assert httpx.post(broker.url, headers=kind, json=structured).status_code == 202
        assert httpx.post(broker.url, json={}).status_code == 400
        assert httpx.options(broker.url).status_code == 200
        broker.settle()
    assert sorted(there.ids) == ["1", "2"]


def test_a_delivery_looks_like_knatives() -> None:
    _, there, _ = play(lambda one: ACCEPTED, event(subject="Grüße 100 %"))
    assert there.headers[0]["prefer"] == "reply"
    assert there.headers[0]["kn-namespace"] == "agents"
    assert there.events[0].attributes["subject"] == "Grüße 100 %"
    assert there.events[0].attributes["knativearrivaltime"]


@pytest.mark.parametrize(
    "attributes, taken",
    [
        ({"type": "asked"}, True),
        ({"type": "asked", "agent": "a"}, True),
        ({"type": "asked", "agent": "b"}, False),
        ({"type": "asked", "missing": "a"}, False),
        ({"type": "asked", "missing": ""}, True),
        ({"type": "ask"}, False),
    ],
)
def test_filters_are_exact(attributes: dict[str, str], taken: bool) -> None:
    assert trigger("there", **attributes).takes(event(agent="a")) is taken


@pytest.mark.parametrize("status, attempts", [(500, 4), (503, 4), (429, 4), (404, 4), (400, 1)])
def test_what_is_tried_again(status: int, attempts: int) -> None:
    broker, there, grave = play(lambda one: (status, {}, b"no"), event())
    assert there.ids == ["1"] * attempts
    assert grave.events[0].attributes["knativeerrorcode"] == str(status)
    assert grave.events[0].attributes["knativeerrordest"].startswith(there.url)
    assert broker.lost == []


def test_two_hundred_without_an_event_is_a_bad_gateway() -> None:
    _, there, grave = play(lambda one: (200, {"content-type": "text/plain"}, b"OK"), event())
    assert there.ids == ["1"] * 4
    assert grave.events[0].attributes["knativeerrorcode"] == "502"


def test_a_reply_comes_in_again() -> None:
    with Subscriber(lambda one: (200, REPLY, b"{}")) as there, Subscriber() as asker:
        triggers = [trigger(), trigger("asker", type="answered")]
        with Broker(triggers, {"there": there.url, "asker": asker.url}) as broker:
            broker.accept(event())
            broker.settle()
    assert asker.ids == ["reply"]


def test_a_loop_ends() -> None:
    with (
        Subscriber(lambda one: (200, {**REPLY, "ce-type": "asked"}, b"{}")) as there,
        Broker([trigger()], {"there": there.url}) as broker,
    ):
        broker.accept(event())
        broker.settle()
    assert len(there.ids) == 255


def test_what_neither_subscriber_nor_dead_letter_sink_takes_is_lost() -> None:
    with (
        Subscriber(lambda one: (500, {}, b"")) as there,
        Broker([trigger()], {"there": there.url}) as broker,
    ):
        broker.accept(event())
        broker.settle()
    assert [one.id for one in broker.lost] == ["1"]


def test_pauses_double() -> None:
    delivery = delivery_of(
        {"retry": 5, "backoffPolicy": "exponential", "backoffDelay": "PT1S", "timeout": "PT2M30S"}
    )
    assert [delivery.pause(number, None) for number in range(5)] == [1, 2, 4, 8, 16]
    assert delivery.pause(0, 30) == 1, "advice counts only with retryAfterMax"
    assert delivery.timeout == 150


def test_advice_counts_up_to_its_limit() -> None:
    delivery = delivery_of({"retry": 5, "backoffDelay": "PT1S", "retryAfterMax": "PT10S"})
    assert delivery.pause(0, 3) == 3
    assert delivery.pause(0, 30) == 10
    assert delivery.pause(4, 3) == 16


@pytest.mark.parametrize("overlay", ["in-memory", "rabbitmq", "kafka"])
def test_every_overlay_routes_alike(overlay: str) -> None:
    def routes(name: str) -> set[tuple[str, str, str]]:
        return {
            (t.name, str(sorted(t.attributes.items())), t.subscriber) for t in triggers_of(name)
        }

    assert routes(overlay) == routes("rabbitmq")
    assert all(one.delivery.dead_letter_sink == "dead-letters" for one in triggers_of(overlay))


@pytest.mark.parametrize("kind", ["in-memory", "rabbitmq", "kafka"])
def test_who_prefers_a_reply(kind: Kind) -> None:
    _, there, _ = play(lambda one: ACCEPTED, event(), kind=kind)
    assert there.headers[0].get("prefer") == (None if kind == "rabbitmq" else "reply")


@pytest.mark.parametrize("status, attempts", [(400, 1), (413, 1), (404, 4), (429, 4), (500, 4)])
def test_rabbitmq_drops_what_is_refused_for_good(status: int, attempts: int) -> None:
    broker, there, grave = play(lambda one: (status, {}, b"why"), event(), kind="rabbitmq")
    assert there.ids == ["1"] * attempts
    assert [one.id for one in broker.dropped] == (["1"] if attempts == 1 else [])
    assert grave.ids == ([] if attempts == 1 else ["1"])
    assert not any("knativeerrordata" in one.attributes for one in grave.events)


def synchronous(there: Subscriber, asker: Subscriber, grave: Subscriber) -> Broker:
    triggers = [trigger(), trigger("asker", type="answered")]
    addresses = {"there": there.url, "asker": asker.url, "dead-letters": grave.url}
    return Broker(triggers, addresses, synchronous=True)


def test_a_synchronous_channel_answers_after_every_delivery() -> None:
    slow = threading.Event()

    def answer(one: Event) -> Saying:
        slow.wait(0.3)
        return 200, REPLY, b"{}"

    with (
        Subscriber(answer) as there,
        Subscriber() as asker,
        Subscriber() as grave,
        synchronous(there, asker, grave) as broker,
    ):
        assert httpx.post(broker.url, headers=event().headers(), content=b"{}").status_code == 202
        assert there.ids == ["1"] and asker.ids == ["reply"]


def test_a_publisher_that_hangs_up_cancels_the_whole_chain() -> None:
    """Neither a reply nor a dead letter; a channel with async-handler loses nothing."""
    go_on = threading.Event()

    def answer(one: Event) -> Saying:
        assert go_on.wait(20)
        return 200, REPLY, b"{}"

    with (
        Subscriber(answer) as there,
        Subscriber() as asker,
        Subscriber() as grave,
        synchronous(there, asker, grave) as broker,
    ):
        for channel in (True, False):
            broker.synchronous = channel
            go_on.clear()
            before = len(there.events)
            with suppress(httpx.ReadTimeout):
                httpx.post(broker.url, headers=event().headers(), content=b"{}", timeout=0.5)
            wait_until(partial(has_more, there, before))
            time.sleep(0.3)  # for the broker to notice
            go_on.set()
            broker.settle()
            assert asker.ids == ([] if channel else ["reply"])
        assert [one.id for one in broker.cancelled] == ["1"]
        assert grave.events == [] and broker.dead == []
