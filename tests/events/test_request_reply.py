"""Requests through Knative's RequestReply end within its minute, or at once if it cannot work."""

from __future__ import annotations

import math
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from function.backends.base import Generation, Turn
from function.errors import InvalidRequest
from function.events.codec import decode
from function.events.replies import REQUEST_REPLY_SECONDS, seconds_of_call
from tests.conftest import Running, request_event
from tests.scripted import ScriptedModel


def signed(event_id: str, replica: str = "0") -> str:
    """Return a correlation id as RequestReply sets it: nonce, the id's bytes encrypted, tag."""
    code = urlsafe_b64encode(bytes(12 + len(event_id.encode()) + 16)).decode()
    return f"{event_id}:{code}:{replica}"


@pytest.mark.parametrize("event_id", ["1", "order-18", "task 7", "Küche", "50%", "x" * 300])
@pytest.mark.parametrize("replica", ["0", "12"])
def test_a_call_has_less_than_its_minute(event_id: str, replica: str) -> None:
    event = request_event({}, id=event_id, correlationid=signed(event_id, replica))
    assert seconds_of_call(event) == REQUEST_REPLY_SECONDS < 55


@pytest.mark.parametrize("event_id", ["a%20b", "50%", "K\xc3\xbcche", "K%C3%BCche", '"7"', "a%3Ab"])
def test_upstream_signs_an_id_as_it_stands_in_the_header(event_id: str) -> None:
    """Its SDK decodes nothing; one character a byte, as a server hands headers over."""
    code = urlsafe_b64encode(bytes(12 + len(event_id) + 16)).decode()
    headers = [
        ("ce-specversion", "1.0"),
        ("ce-id", event_id),
        ("ce-source", "/c"),
        ("ce-type", "io.homelab.trm.inference.requested"),
        ("ce-correlationid", f"{event_id}:{code}:3"),
    ]
    assert seconds_of_call(decode(headers, b"{}")) == REQUEST_REPLY_SECONDS


@pytest.mark.parametrize(
    "correlation",
    [
        None,
        "run-7",
        "request-1",
        "request-1:0",
        "request-1:abc:0",
        signed("request-2"),
        signed("request-1") + "x",
        signed("request-1", "one"),
        f"request-1:{'*' * 49}:0",
        "request-1:" + "é" * 50 + ":0",
    ],
)
def test_other_correlation_ids_change_nothing(correlation: str | None) -> None:
    assert seconds_of_call(request_event({}, correlationid=correlation)) == math.inf


@pytest.mark.parametrize("event_id", ["urn:uuid:1f0c", "a:b", ":", "10:30"])
def test_an_id_with_a_colon_is_refused_before_any_work(
    run: Callable[..., Running], event_id: str
) -> None:
    with pytest.raises(InvalidRequest, match="colon"):
        seconds_of_call(request_event({}, id=event_id, correlationid=signed(event_id)))
    model = ScriptedModel()
    reply = run(model).reply({"prompt": "x"}, id=event_id, correlationid=signed(event_id))
    data = reply.get_data()
    assert isinstance(data, dict)
    assert [item["field"] for item in data["error"]["fields"]] == ["id"]
    assert model.calls == []


def test_an_id_with_a_colon_is_fine_without_request_reply(run: Callable[..., Running]) -> None:
    reply = run().reply({"prompt": "x"}, id="urn:uuid:1f0c", correlationid="run-7")
    assert reply.get_type().endswith(".completed")


class Timed(ScriptedModel):
    """Remembers how much time each call had."""

    left: list[float]

    def generate(self, turns: Sequence[Turn], **given: Any) -> Generation:
        self.left.append(given["deadline"].left)
        return super().generate(turns, **given)


def test_the_deadline_of_a_call_reaches_the_model(run: Callable[..., Running]) -> None:
    model = Timed()
    model.left = []
    running = run(model)
    model.left.clear()
    running.reply({"prompt": "x"}, correlationid=signed("request-1"))
    running.reply({"prompt": "x", "deadline_ms": 5_000}, id="2", correlationid=signed("2"))
    assert 40 < model.left[0] <= 50 and model.left[1] <= 5
