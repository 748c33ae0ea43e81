"""One reply per event, wherever it leaves: the delivery room as the running function uses it."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator

from function.deadline import Deadline
from function.delivery.dedupe import MemoryStore, Work
from function.delivery.reply_router import SINK_SECONDS
from function.delivery.sink import Sink, SinkUnavailable
from function.delivery.step_events import StepFeed
from function.events.codec import Mode, decode, encode
from function.events.message import HttpResponse
from function.events.types import schemas
from function.telemetry import Log
from tests.conftest import Running, request_event
from tests.scripted import Call, ScriptedModel
from tests.timing import Clock

Run = Callable[..., Running]
SINK = "http://sink.test/"


def post(
    running: Running, event: CloudEvent, mode: Mode = Mode.BINARY, **headers: str
) -> HttpResponse:
    message = encode(event, mode)
    return running.service.exchange.answer([*message.headers, *headers.items()], message.body)


def read(answer: HttpResponse) -> CloudEvent:
    return decode(answer.headers, answer.body)


@pytest.mark.parametrize("mode", [Mode.BINARY, Mode.STRUCTURED])
def test_a_later_duplicate_gets_the_stored_reply_byte_for_byte(run: Run, mode: Mode) -> None:
    model = ScriptedModel(["first", "second"])
    running = run(model)
    first = post(running, request_event({"prompt": "x"}), mode)
    again = post(running, request_event({"prompt": "x"}), mode)
    mark = ("trm-replayed", "true")
    assert (again.status, again.headers, again.body) == (200, [*first.headers, mark], first.body)
    assert mark not in first.headers
    assert len(model.calls) == 1
    assert b"trm_duplicates_total 1.0" in running.service.metrics.exposition()


def test_a_duplicate_in_the_other_mode_gets_the_same_event(run: Run) -> None:
    running = run()
    binary = read(post(running, request_event({"prompt": "x"})))
    structured = read(post(running, request_event({"prompt": "x"}), Mode.STRUCTURED))
    assert binary.get_attributes() == structured.get_attributes()


def test_the_reply_that_was_stored_first_is_answered(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by the replica that was halted during its work, while another one took it over."""
    running = run()
    first = post(running, request_event({"prompt": "one"}, id="other"))
    stored = f"{first.message.head}\r\n".encode() + first.body
    worked: list[bytes] = []

    def once(store: MemoryStore, key: str, work: Work, deadline: Deadline) -> bytes:
        worked.append(work())
        return stored

    monkeypatch.setattr(MemoryStore, "once", once)
    answer = post(running, request_event({"prompt": "two"}))
    assert worked and worked[0] != stored
    assert (answer.headers[:-1], answer.body) == (first.headers, first.body)


def test_a_duplicate_during_the_work_joins_it(run: Run) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def say(call: Call) -> str:
        if call.turns[-1].content == "x":
            begun.set()
            assert go_on.wait(20)
        return "done"

    model = ScriptedModel(say=say)
    running = run(model)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, running, request_event({"prompt": "x"}))
        assert begun.wait(20)
        second = pool.submit(post, running, request_event({"prompt": "x"}))
        go_on.set()
        assert first.result(20).body == second.result(20).body
    assert len(model.calls) == 1


def test_a_failed_reply_is_kept_and_what_can_be_tried_again_is_not(run: Run) -> None:
    running = run()
    assert post(running, request_event({})).body == post(running, request_event({})).body
    running.service.exchange.draining = True
    other = request_event({"prompt": "x"}, id="request-2")
    refused = post(running, other)
    assert (refused.status, dict(refused.headers)["retry-after"]) == (503, "5")
    running.service.exchange.draining = False
    assert post(running, other).status == 200


def test_an_expired_event_asks_no_model(run: Run) -> None:
    model = ScriptedModel()
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    reply = run(model).reply({"prompt": "x"}, expirytime=past)
    data = reply.get_data()
    assert isinstance(data, dict)
    assert data["error"]["code"] == "expired"
    assert model.calls == []


def test_a_wrong_expirytime_is_named(run: Run) -> None:
    data = run().reply({"prompt": "x"}, expirytime="tomorrow").get_data()
    assert isinstance(data, dict)
    assert [item["field"] for item in data["error"]["fields"]] == ["expirytime"]


def sink_that(respond: Callable[[httpx.Request], httpx.Response]) -> Sink:
    """Return a sink that tests can see into."""
    return Sink(
        SINK,
        transport=httpx.MockTransport(respond),
        sleep=lambda seconds: None,
        log=Log("ERROR", io.StringIO()),
    )


def test_replies_go_to_the_sink_unless_the_sender_wants_them(run: Run) -> None:
    received: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(202)

    overrides = '{"extensions": {"lab": "home"}}'
    running = run(sink=sink_that(respond), K_SINK=SINK, K_CE_OVERRIDES=overrides)
    sent = post(running, request_event({"prompt": "x"}))
    assert (sent.status, sent.body) == (202, b"")
    (request,) = received
    assert request.headers["ce-type"].endswith(".completed")
    assert request.headers["ce-lab"] == "home"
    kept = post(running, request_event({"prompt": "x"}), Prefer="reply")
    assert kept.status == 200
    assert read(kept).get_id() == request.headers["ce-id"]
    assert read(kept).get_attributes()["lab"] == "home"
    assert len(received) == 1


@pytest.mark.parametrize("reply", ["auto", "sink"])
def test_func_invoke_gets_its_reply_in_the_response(run: Run, reply: str) -> None:
    """A person's test: no Trigger routes its reply."""
    received: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(202)

    running = run(sink=sink_that(respond), K_SINK=SINK, TRM_REPLY=reply)
    for mode in (Mode.BINARY, Mode.STRUCTURED):
        answer = post(running, request_event({"message": "x"}, type="boson.fn"), mode)
        assert answer.status == 200
        assert read(answer).get_type() == "io.homelab.trm.inference.completed"
    assert post(running, request_event({}, id="2", type="boson.fn")).status == 200
    assert received == []


@pytest.mark.parametrize("value", ["reply", " Reply ", "respond-async, reply", "wait=10,reply"])
def test_a_preference_may_stand_among_others(run: Run, value: str) -> None:
    running = run(sink=sink_that(lambda request: httpx.Response(500)), K_SINK=SINK)
    assert post(running, request_event({"prompt": "x"}), Prefer=value).status == 200


def test_replies_that_wait_for_the_sink_are_bounded(run: Run) -> None:
    go_on = threading.Event()

    def respond(request: httpx.Request) -> httpx.Response:
        assert go_on.wait(30)
        return httpx.Response(202)

    running = run(sink=sink_that(respond), K_SINK=SINK, TRM_THREADS="32", TRM_QUEUE="11")
    with ThreadPoolExecutor(12) as pool:
        events = [request_event({"prompt": "x"}, id=f"r{n}") for n in range(12)]
        coming = [pool.submit(post, running, event) for event in events]
        refused = [one.result(20) for one in first_done(coming, 4)]
        assert {answer.status for answer in refused} == {429}
        assert all("retry-after" in dict(answer.headers) for answer in refused)
        go_on.set()
        answers = [one.result(20).status for one in coming]
    assert sorted(answers) == [202] * 8 + [429] * 4
    assert post(running, events[0]).status == 202, "the stored reply is sent"


def first_done(coming: list[Future[HttpResponse]], count: int) -> list[Future[HttpResponse]]:
    """Wait until so many have ended."""
    for number in range(1, count + 1):
        while sum(one.done() for one in coming) < number:
            wait(
                [one for one in coming if not one.done()],
                timeout=20,
                return_when=FIRST_COMPLETED,
            )
    return [one for one in coming if one.done()]


def test_a_slow_sink_is_waited_for_until_the_deadline_and_no_longer(run: Run) -> None:
    """deploy/ retries for 255 s; the time that the work left over belongs to the sink."""
    go_on = threading.Event()

    def respond(request: httpx.Request) -> httpx.Response:
        assert go_on.wait(30)
        return httpx.Response(202)

    running = run(sink=sink_that(respond), K_SINK=SINK)
    left = running.service.reply_router.limit().left
    assert 120 < left <= 120 + SINK_SECONDS
    refused = pytest.raises(SinkUnavailable, match="Timeout")
    with refused:
        running.service.reply_router.send(request_event({"prompt": "x"}), Deadline.after(0.2))
    go_on.set()


def test_a_sink_that_is_down_costs_no_second_inference(run: Run) -> None:
    up = threading.Event()
    received: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if not up.is_set():
            return httpx.Response(503)
        received.append(request.headers["ce-id"])
        return httpx.Response(202)

    model = ScriptedModel(["first", "second"])
    running = run(model, sink_that(respond), K_SINK=SINK, TRM_REPLY="sink")
    refused = post(running, request_event({"prompt": "x"}), Prefer="reply")
    assert refused.status == 503
    assert "retry-after" in dict(refused.headers)
    up.set()
    assert post(running, request_event({"prompt": "x"})).status == 202
    assert len(received) == 1
    assert len(model.calls) == 1


REFLECTING = {
    "prompt": "x",
    "checks": {"must_contain": ["right"]},
    "emit_steps": True,
    "conversation_id": "chat-7",
}


def test_every_step_is_posted_as_it_comes(run: Run) -> None:
    received: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(202)

    model = ScriptedModel(["wrong", "still wrong", "right"])
    running = run(model, sink_that(respond), K_SINK=SINK)
    event = request_event(REFLECTING, agent="oncall", correlationid="c-1", subject="disk")
    reply = read(post(running, event, Prefer="reply"))
    running.service.reply_router.close()
    trace = reply.get_data()
    assert isinstance(trace, bytes)
    shown = json.loads(trace)["reflection_trace"]
    assert [step["accepted"] for step in shown] == [False, True]
    steps = [decode(request.headers.items(), request.read()) for request in received]
    for number, (step, seen) in enumerate(zip(steps, shown, strict=True), start=1):
        attributes = step.get_attributes()
        assert step.get_type() == "io.homelab.trm.inference.step"
        assert attributes["sequence"] == f"000{number}"
        assert attributes["causationid"] == "request-1"
        assert (attributes["agent"], attributes["subject"]) == ("oncall", "disk")
        assert attributes["conversationid"] == attributes["partitionkey"] == "chat-7"
        assert attributes["correlationid"] == "c-1"
        assert "replyid" not in attributes  # for the one reply only
        written = step.get_data()
        assert isinstance(written, bytes)
        data = json.loads(written)
        Draft202012Validator(schemas()["step"]).validate(data)
        assert data["request_id"] == "request-1"
        assert {name: data[name] for name in seen} == seen
    assert len({step.get_id() for step in steps} | {reply.get_id()}) == 3


def test_a_redelivered_request_has_no_second_steps(run: Run) -> None:
    received: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request.headers["ce-id"])
        return httpx.Response(202)

    running = run(ScriptedModel(["wrong", "right"]), sink_that(respond), K_SINK=SINK)
    for _ in range(3):
        post(running, request_event(REFLECTING), Prefer="reply")
    running.service.reply_router.close()
    assert len(received) == 1


@pytest.mark.parametrize("fields", [{"emit_steps": False}, {"reflection_mode": "never"}])
def test_no_steps_that_nobody_asked_for(run: Run, fields: dict[str, object]) -> None:
    received: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(202)

    running = run(ScriptedModel(["wrong", "right"]), sink_that(respond), K_SINK=SINK)
    post(running, request_event({**REFLECTING, **fields}), Prefer="reply")
    running.service.reply_router.close()
    assert received == []


def test_a_sink_that_takes_no_steps_costs_nothing_but_them(run: Run) -> None:
    running = run(
        ScriptedModel(["wrong", "right"]),
        sink_that(lambda request: httpx.Response(400)),
        K_SINK=SINK,
    )
    reply = read(post(running, request_event(REFLECTING), Prefer="reply"))
    assert reply.get_type().endswith(".completed")
    running.service.reply_router.close()
    assert "trm_steps_dropped_total 1.0" in running.service.metrics.exposition().decode()
    assert [line["event"] for line in running.logged].count("trm_step_dropped") == 1


def test_without_a_sink_steps_are_in_the_trace_only(run: Run) -> None:
    running = run(ScriptedModel(["wrong", "right"]))
    data = read(post(running, request_event(REFLECTING))).get_data()
    assert isinstance(data, bytes)
    assert len(json.loads(data)["reflection_trace"]) == 1


def test_steps_behind_a_stuck_one_are_dropped_when_they_are_no_news() -> None:
    """Replies never wait for steps, and no step comes minutes after its reply."""
    clock, dropped, sent = Clock(), threading.Semaphore(0), list[str]()
    entered, go_on = threading.Event(), threading.Event()

    def send(event: CloudEvent, deadline: Deadline) -> None:
        assert 0 < deadline.left <= 5
        sent.append(event.get_id())
        if event.get_id() == "first":
            entered.set()
            assert go_on.wait(20)
            raise SinkUnavailable("Timeout")

    stream = io.StringIO()
    feed = StepFeed(send, Log("DEBUG", stream), dropped.release, clock)
    feed.offer(request_event({}, id="first"))
    assert entered.wait(20)
    for number in range(20):
        feed.offer(request_event({}, id=f"old-{number}"))
    clock.now = 60.0
    feed.offer(request_event({}, id="new"))
    go_on.set()
    feed.close()
    assert sent == ["first", "new"]
    assert all(dropped.acquire(timeout=0) for _ in range(21))
    logged = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert [line["count"] for line in logged] == [1, 20]
