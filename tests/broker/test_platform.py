"""RequestReply and JobSink of ``deploy/`` work with what the function really answers."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.adapters import scripted
from tests.broker import Broker, Event, triggers_of
from tests.broker.event import read_event
from tests.broker.platform import JobSink, RequestReply
from tests.broker.processes import function
from tests.broker.subscriber import Subscriber
from tests.broker.triggers import OVERLAYS
from tests.deploy.kustomize import Object, render


def spec_of(kind: str, overlay: str) -> Object:
    found: Object
    (found,) = [item["spec"] for item in render(OVERLAYS / overlay) if item["kind"] == kind]
    return found


def request(event_id: str, event_type: str, **data: object) -> Event:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/tests",
        "type": event_type,
        "agent": "agent-bruno",
    }
    return Event(attributes, body=json.dumps({"agent": "nobody", **data}).encode())


def test_one_call_through_request_reply_brings_its_own_reply(tmp_path: Path) -> None:
    asked = [request(f"r{n}", "io.homelab.trm.inference.requested", prompt=f"{n}") for n in "12"]
    with (
        function(tmp_path / "log", scripted("gunicorn")) as running,
        RequestReply(spec_of("RequestReply", "kafka")) as request_reply,
        Subscriber() as agent,
        Broker(
            [*triggers_of("kafka"), request_reply.trigger],
            {"trm": running.url, "agent-bruno": agent.url},
        ) as broker,
    ):
        request_reply.join(broker)
        for event in asked:
            answer = httpx.post(
                request_reply.url, headers=event.headers(), content=event.body, timeout=30
            )
            reply = read_event(dict(answer.headers), answer.content)
            assert reply.attributes["causationid"] == event.id
            assert reply.attributes["replyid"] == reply.attributes["correlationid"]
            assert json.loads(reply.body)["answer"] == f"echo: {event.id[1]}"
        broker.settle()
        assert broker.dead == []
    assert len(agent.events) == 2, "the agent's own Trigger gets the replies as well"


@pytest.mark.parametrize("event_id", ["urn:uuid:1f0c", "10:30"])
def test_an_id_with_a_colon_is_refused_although_no_reply_can_reach_its_caller(
    tmp_path: Path, event_id: str
) -> None:
    """Upstream verifies three parts between colons; the agent's own Trigger tells why."""
    one = request(event_id, "io.homelab.trm.inference.requested", prompt="say it")
    with (
        function(tmp_path / "log", scripted("gunicorn")) as running,
        RequestReply(spec_of("RequestReply", "kafka"), minute=3.0) as request_reply,
        Subscriber() as agent,
        Broker(
            [*triggers_of("kafka"), request_reply.trigger],
            {"trm": running.url, "agent-bruno": agent.url},
        ) as broker,
    ):
        request_reply.join(broker)
        answer = httpx.post(request_reply.url, headers=one.headers(), content=one.body, timeout=30)
        broker.settle()
        assert (answer.status_code, answer.content) == (200, b"")
        (told,) = agent.events
        assert told.type == "io.homelab.trm.inference.failed"
        assert json.loads(told.body)["error"]["fields"][0]["field"] == "id"
    assert '"trm_generation_completed"' not in (tmp_path / "log").read_text()


def test_a_long_request_has_a_job_of_its_own(tmp_path: Path) -> None:
    """The real command over the embedded model; a redelivered event starts no second job."""
    long = request(
        "long-1",
        "io.homelab.trm.inference.requested.long",
        prompt="What is the error rate?",
        context={"loki": {"error_rate": "3.1 %"}},
        checks={"must_contain": ["3.1"]},
    )
    with (
        Subscriber() as agent,
        Broker(triggers_of("rabbitmq"), {"agent-bruno": agent.url}, copies=2) as broker,
    ):
        jobs = JobSink(spec_of("JobSink", "rabbitmq"), broker.url, tmp_path)
        with Subscriber(jobs.say) as sink:
            broker.addresses["trm-long"] = sink.url
            broker.accept(long)
            broker.settle()
            assert jobs.wait() == [0], (tmp_path / "job-0" / "log").read_text()
            broker.settle()
        assert broker.dead == []
    assert sink.ids == ["long-1", "long-1"]
    replies = {event.key: event for event in agent.events}
    (reply,) = replies.values()
    assert reply.type == "io.homelab.trm.inference.completed"
    assert reply.attributes["causationid"] == "long-1"
    assert "3.1" in json.loads(reply.body)["answer"]
