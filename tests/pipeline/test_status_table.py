"""The status table, row by row, with what a Knative broker does with each answer.

The verdicts are those of Knative's dispatcher: an answer is looked at as by its filter, and every
answer of this file passes through :func:`verdict_on`, which fails on a success whose body is no
event, because the broker turns that one into a 502 and delivers again.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import pytest

from function.backends.registry import Member
from function.delivery.sink import Sink
from function.errors import ModelRefused, ModelUnavailable
from function.events.codec import Mode, decode, encode, mode_of
from function.events.message import HttpResponse, message_of
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import Running, request_event
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
Verdict = Literal["reply", "done", "again", "dead letter"]
SINK = "http://broker.example/agents"
TOKEN = "0123456789abcdef"
RETRIED = {408, 429}
"""Below 500, what the specification of the data plane has a broker retry among these answers."""


def verdict_on(answer: HttpResponse) -> Verdict:
    """Return what a broker does next with the event that got this answer."""
    if answer.status >= 500 or answer.status in RETRIED:
        return "again"
    if answer.status >= 300:
        return "dead letter"
    if not answer.body:
        return "done"
    assert mode_of(answer.headers) in (Mode.BINARY, Mode.STRUCTURED), (
        "a success that is not an event"
    )
    reply = decode(answer.headers, answer.body)
    assert reply.get_type().rpartition(".")[2] in ("completed", "failed")
    return "reply"


def post(running: Running, data: object = None, **headers: str) -> HttpResponse:
    message = encode(request_event(data if data is not None else {"prompt": "x"}))
    return running.service.exchange.answer([*message.headers, *headers.items()], message.body)


def post_raw(running: Running, body: bytes, **headers: str) -> HttpResponse:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return running.service.exchange.answer(named, body)


def read_event(answer: HttpResponse) -> tuple[dict[str, Any], Any]:
    event = decode(answer.headers, answer.body)
    return event.get_attributes(), event.get_data()


def sink(status: int) -> Sink:
    transport = httpx.MockTransport(lambda request: httpx.Response(status))
    return Sink(
        SINK, transport=transport, sleep=lambda seconds: None, log=Log("ERROR", io.StringIO())
    )


def raising(error: Exception) -> ScriptedModel:
    """Return a model that answers the first question, which is the probe, and then no more."""
    asked: list[Call] = []

    def say(call: Call) -> str:
        asked.append(call)
        if len(asked) > 1:
            raise error
        return "ready"

    return ScriptedModel(say=say)


def while_loading(run: Run) -> HttpResponse:
    gate = threading.Event()

    def load() -> ScriptedModel:
        assert gate.wait(10)
        return ScriptedModel()

    service = Service(load_settings({}), [Member("slow", load)], Log("ERROR", io.StringIO()))
    service.start()
    answer = post(Running(service, io.StringIO()))
    gate.set()
    service.close()
    return answer


def while_draining(run: Run) -> HttpResponse:
    running = run()
    running.service.drain()
    return post(running)


def when_full(run: Run) -> HttpResponse:
    begun, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> str:
        if call.turns[-1].content == "first":
            begun.set()
            assert go_on.wait(10)
        return "done"

    running = run(ScriptedModel(say=hold), TRM_SLOTS="1", TRM_QUEUE="0")
    first = encode(request_event({"prompt": "first"}, id="first"))
    at_work = threading.Thread(
        target=running.service.exchange.answer, args=(first.headers, first.body)
    )
    at_work.start()
    assert begun.wait(10)
    answer = post(running)
    go_on.set()
    at_work.join(10)
    return answer


def while_being_worked_on(run: Run) -> HttpResponse:
    begun, go_on = threading.Event(), threading.Event()
    answers: list[HttpResponse] = []

    def hold(call: Call) -> str:
        if call.turns[-1].content == "x":
            begun.set()
            assert go_on.wait(10)
        return "done"

    model = ScriptedModel(say=hold)
    running = run(model)
    both = [threading.Thread(target=lambda: answers.append(post(running))) for _ in range(2)]
    for sender in both:
        sender.start()
    assert begun.wait(10)
    go_on.set()
    for sender in both:
        sender.join(10)
    assert len(model.calls) == 1
    assert read_event(answers[0]) == read_event(answers[1])
    assert [("trm-replayed", "true") in answer.headers for answer in answers].count(True) == 1
    return answers[0]


@dataclass(frozen=True)
class Row:
    """One situation; ``waits`` is whether the answer says when to come back."""

    situation: str
    arrange: Callable[[Run], HttpResponse]
    status: int
    verdict: Verdict
    because: str
    waits: bool = False


TABLE = [
    Row("done", lambda run: post(run()), 200, "reply", "the agent waits for the reply event"),
    Row("bad data", lambda run: post(run(), {"prompt": 5}), 200, "reply",
        "RabbitMQ's dispatcher drops a 4xx in silence, and the agent must hear of it"),
    Row("nothing can ever answer it", lambda run: post(run(raising(ModelRefused("too long")))),
        200, "reply", "delivering it again would fail again"),
    Row("expired", lambda run: post(run(), **{"ce-expirytime": "2020-01-01T00:00:00Z"}),
        200, "reply", "later is even later"),
    Row("the same event is being worked on", while_being_worked_on, 200, "reply",
        "at-least-once delivery must not mean two answers"),
    Row("the sink took the reply", lambda run: post(run(sink=sink(202), K_SINK=SINK)),
        202, "done", "the reply is on its way; a second one in the response would be a double"),
    Row("not our type", lambda run: post_raw(
        run(), b"{}", ce_specversion="1.0", ce_id="1", ce_source="/x", ce_type="com.example.x"),
        204, "done", "a broad Trigger must not be answered with errors"),
    Row("our own reply", lambda run: post_raw(
        run(), b"{}", ce_specversion="1.0", ce_id="1", ce_source="/trm",
        ce_type="io.homelab.trm.inference.completed"),
        204, "done", "replies re-enter the broker: answering one would never end"),
    Row("no event", lambda run: post_raw(run(), b"hi", content_type="text/plain"),
        400, "dead letter", "it never becomes one"),
    Row("no id", lambda run: post_raw(
        run(), b"{}", ce_specversion="1.0", ce_source="/x", ce_type="boson.fn"),
        400, "dead letter", "with an invented id every delivery would be another event"),
    Row("no token", lambda run: post(run(TRM_BEARER_TOKENS=TOKEN)),
        401, "dead letter", "the sender has to be given one first"),
    Row("a wrong token", lambda run: post(
        run(TRM_BEARER_TOKENS=TOKEN), Authorization="Bearer guess"),
        403, "dead letter", "and will not be right the next time"),
    Row("too large", lambda run: post(run(TRM_MAX_BODY_BYTES="1024"), {"prompt": "x" * 2_000}),
        413, "dead letter", "it does not shrink"),
    Row("a batch while batches are off", lambda run: post_raw(
        run(), b"[]", content_type="application/cloudevents-batch+json"),
        415, "dead letter", "the sender has to send events one by one"),
    Row("queue full", when_full, 429, "again", "there will be room", waits=True),
    Row("loading", while_loading, 503, "again", "it will be loaded", waits=True),
    Row("shutting down", while_draining, 503, "again", "another replica takes it", waits=True),
    Row("every backend down", lambda run: post(run(raising(ModelUnavailable("no route")))),
        503, "again", "one may be up again", waits=True),
    Row("the sink does not take the reply",
        lambda run: post(run(sink=sink(503), K_SINK=SINK, TRM_REPLY="sink")),
        503, "again", "the reply is stored and must not be lost", waits=True),
    Row("a bug", lambda run: post(run(raising(RuntimeError("/srv/secret")))),
        500, "again", "the next release may have mended it"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.situation)
def test_row(run: Run, row: Row) -> None:
    answer = row.arrange(run)
    assert answer.status == row.status, row.because
    assert verdict_on(answer) == row.verdict, row.because
    retry_after = dict(answer.headers).get("retry-after")
    assert (retry_after is not None) == row.waits
    if row.waits:
        assert int(retry_after or 0) >= 1
    if row.status in (202, 204):
        assert answer.body == b""
    if row.status >= 400:
        text = answer.body.decode()
        assert text.count("\n") == 1 and len(text) < 200
        assert "/srv" not in text and "Traceback" not in text


def test_the_filter_refuses_a_success_that_is_no_event() -> None:
    with pytest.raises(AssertionError, match="is not an event"):
        verdict_on(
            HttpResponse(200, message_of([("content-type", "application/json")], b'{"ok": true}'))
        )
