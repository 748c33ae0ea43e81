"""Batches: off unless enabled, and then one batch of replies to one batch of requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from function.delivery.sink import Sink
from function.errors import ModelUnavailable
from function.events.codec import Mode, decode_batch, mode_of
from function.pipeline.endpoint import LARGEST_BATCH
from function.telemetry import Log
from tests.conftest import Running
from tests.pipeline.test_endpoint import ENVELOPE, TRACE, header, is_one_short_line
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
BATCH = [("Content-Type", "application/cloudevents-batch+json")]


def batch(*changes: dict[str, Any]) -> bytes:
    return json.dumps([{**ENVELOPE, **change} for change in changes]).encode()


def test_they_are_off_unless_enabled(run: Run) -> None:
    model = ScriptedModel()
    answer = run(model).service.exchange.answer(BATCH, batch({}))
    assert answer.status == 415
    assert is_one_short_line(answer)
    assert model.calls == []


def test_every_request_in_it_gets_its_reply(run: Run) -> None:
    running = run(ScriptedModel(say=lambda call: call.turns[-1].content), TRM_BATCHES="true")
    many = [{"id": f"request-{n}", "data": {"prompt": f"say {n}"}} for n in range(12)]
    answer = running.service.exchange.answer(BATCH, batch(*many))
    assert answer.status == 200
    assert mode_of(answer.headers) is Mode.BATCH
    replies: list[Any] = decode_batch(answer.body)
    found = {reply.get_attributes()["causationid"]: reply.get_data()["answer"] for reply in replies}
    assert found == {f"request-{n}": f"say {n}" for n in range(12)}
    again = running.service.exchange.answer(BATCH, batch(*many))
    places = ",".join(map(str, range(12)))
    assert again.headers == [*answer.headers, ("trm-replayed", places)]
    assert again.body == answer.body


def test_bad_data_in_one_fails_only_that_one(run: Run) -> None:
    running = run(TRM_BATCHES="true")
    answer = running.service.exchange.answer(
        BATCH, batch({}, {"id": "request-2", "data": {"prompt": 5}})
    )
    types = [reply.get_type().rpartition(".")[2] for reply in decode_batch(answer.body)]
    assert types == ["completed", "failed"]


def test_one_that_is_no_event_is_named(run: Run) -> None:
    model = ScriptedModel()
    running = run(model, TRM_BATCHES="true")
    answer = running.service.exchange.answer(BATCH, batch({}, {"id": ""}))
    assert answer.status == 400
    assert b"event 1 of the batch" in answer.body
    assert model.calls == []


@pytest.mark.parametrize("content", [batch(), batch({"type": "dev.knative.ping"})])
def test_nothing_to_reply_to(run: Run, content: bytes) -> None:
    answer = run(TRM_BATCHES="true").service.exchange.answer(BATCH, content)
    assert (answer.status, answer.body) == (204, b"")


def test_types_that_are_not_ours_have_no_reply_among_the_others(run: Run) -> None:
    running = run(TRM_BATCHES="true")
    content = batch({"id": "ping", "type": "dev.knative.ping"}, {})
    replies = decode_batch(running.service.exchange.answer(BATCH, content).body)
    assert [reply.get_attributes()["causationid"] for reply in replies] == ["request-1"]


def test_one_that_has_to_wait_makes_the_batch_come_again(run: Run) -> None:
    down = True

    def say(call: Call) -> str:
        if down and call.turns[-1].content == "later":
            raise ModelUnavailable("the server is away")
        return "done"

    model = ScriptedModel(say=say)
    running = run(model, TRM_BATCHES="true")
    content = batch({}, {"id": "request-2", "data": {"prompt": "later"}})
    refused = running.service.exchange.answer(BATCH, content)
    assert (refused.status, header(refused, "retry-after")) == (503, "1")
    down = False
    asked = len(model.calls)
    answer = running.service.exchange.answer(BATCH, content)
    assert len(decode_batch(answer.body)) == 2
    assert len(model.calls) == asked + 1  # the other was answered by the store


def test_the_same_event_twice_is_one_inference(run: Run) -> None:
    model = ScriptedModel()
    running = run(model, TRM_BATCHES="true")
    one, other = decode_batch(running.service.exchange.answer(BATCH, batch({}, {})).body)
    assert one.get_id() == other.get_id()
    assert len(model.calls) == 1


def test_too_many_at_once(run: Run) -> None:
    running = run(TRM_BATCHES="true")
    many = [{"id": str(number)} for number in range(LARGEST_BATCH + 1)]
    answer = running.service.exchange.answer(BATCH, batch(*many))
    assert answer.status == 413
    assert is_one_short_line(answer)


def test_the_trace_of_the_message_goes_on_in_every_reply(run: Run) -> None:
    running = run(TRM_BATCHES="true")
    headers = [*BATCH, ("traceparent", TRACE)]
    answer = running.service.exchange.answer(headers, batch({}, {"id": "request-2"}))
    traces = [reply.get_attributes()["traceparent"] for reply in decode_batch(answer.body)]
    assert traces == [TRACE, TRACE]


def test_func_invokes_replies_stay_in_the_response(run: Run) -> None:
    posted: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        posted.append(request)
        return httpx.Response(202)

    sink = Sink("http://sink.test/", transport=httpx.MockTransport(take), log=Log("ERROR"))
    running = run(sink=sink, TRM_BATCHES="true", K_SINK="http://sink.test/")
    events = batch({}, {"id": "request-2", "type": "boson.fn"})
    answer = running.service.exchange.answer(BATCH, events)
    (kept,) = decode_batch(answer.body)
    assert kept.get_attributes()["causationid"] == "request-2"
    assert [request.headers["ce-causationid"] for request in posted] == ["request-1"]
    assert running.service.exchange.answer(BATCH, batch({})).status == 202
