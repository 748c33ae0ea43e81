"""One event through the function: the reply, its attributes and its failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.v1.event import CloudEvent

from function.backends.base import Abilities
from function.backends.registry import Member
from function.errors import InvalidRequest, ModelRefused, ModelUnavailable, NotReady
from function.events.codec import Mode, decode, encode
from function.events.replies import MOST_HOPS
from function.service import Service
from function.settings import (
    CANONICAL_REQUEST,
    FUNC_INVOKE_REQUEST,
    REASONING_REQUEST,
    load_settings,
)
from function.telemetry import Log
from tests.conftest import Running, request_event
from tests.scripted import Call, ScriptedModel

COMPLETED = "io.homelab.trm.inference.completed"
FAILED = "io.homelab.trm.inference.failed"
BROKER_LIMIT = 64 * 1024
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

Run = Callable[..., Running]


def body(event: CloudEvent) -> dict[str, Any]:
    data = event.get_data()
    assert isinstance(data, dict)
    return data


# The reply


def test_a_completed_reply(run: Run) -> None:
    model = ScriptedModel(["no", "It is alpha"], name="m1", backend="b1")
    reply = run(model).reply(
        {"prompt": "x", "checks": {"must_contain": ["alpha"]}, "conversation_id": "c-1"}
    )
    assert reply.get_type() == COMPLETED
    data = body(reply)
    assert (data["answer"], data["choice"], data["data"]) == ("It is alpha", None, None)
    assert (data["reflection_steps"], data["stop_reason"]) == (1, "checks_passed")
    assert data["checks"] == [{"name": "must_contain", "passed": True, "reason": ""}]
    assert data["confidence"] == pytest.approx(0.8607, abs=1e-4)
    assert (data["confidence_method"], data["calibrated"]) == ("token_probability", False)
    (step,) = data["reflection_trace"]
    assert step["initial_answer"] == "no" and step["refined_answer"] == "It is alpha"
    assert step["accepted"] is True and step["improvement_score"] == 1
    assert data["usage"] == {"prompt": 20, "completion": 4, "cached": 10}
    assert data["tokens_used"] == 24
    assert (data["model_name"], data["backend"]) == ("m1", "b1")
    assert (data["fallback_reason"], data["conversation_id"]) == (None, "c-1")
    assert data["duration_ms"] >= 0
    assert data["trace_shortened"] is False


def test_func_invoke_as_it_comes(run: Run) -> None:
    model = ScriptedModel(["Hi"])
    reply = run(model).reply({"message": "Hello World"}, type=FUNC_INVOKE_REQUEST)
    assert reply.get_type() == COMPLETED
    assert model.calls[0].turns[-1].content == "Hello World"


@pytest.mark.parametrize(
    ("asked", "completed", "failed"),
    [
        (CANONICAL_REQUEST, COMPLETED, FAILED),
        (FUNC_INVOKE_REQUEST, COMPLETED, FAILED),
        (
            REASONING_REQUEST,
            "io.homelab.reasoning.completed",
            "io.homelab.reasoning.failed",
        ),
        ("org.example.asked", COMPLETED, FAILED),
        ("org.example.x.requested", "org.example.x.completed", "org.example.x.failed"),
    ],
)
def test_the_reply_type_follows_the_request_type(
    run: Run, asked: str, completed: str, failed: str
) -> None:
    running = run(TRM_REQUEST_TYPES="org.example.asked,org.example.x.requested")
    assert running.reply({"prompt": "x"}, type=asked).get_type() == completed
    assert running.reply({"prompt": 5}, type=asked, id="request-2").get_type() == failed


@pytest.mark.parametrize(
    "kind",
    [
        COMPLETED,
        FAILED,
        "io.homelab.trm.inference.step",
        "io.homelab.reasoning.completed",
        "io.homelab.reasoning.failed",
        "dev.knative.sources.ping",
        "io.homelab.trm.inference.requested.v2",
    ],
)
def test_an_event_that_is_not_ours_has_no_reply(run: Run, kind: str) -> None:
    model = ScriptedModel()
    running = run(model)
    event = request_event({"prompt": "x"}, type=kind)
    assert running.service.handler.handle(event) is None
    assert model.calls == []
    assert [line["event"] for line in running.logged][-1] == "trm_event_ignored"


def test_a_reply_that_comes_back_has_no_reply(run: Run) -> None:
    running = run()
    for number, data in enumerate(({"prompt": "x"}, {})):
        reply = running.reply(data, id=f"request-{number}")
        assert running.service.handler.handle(reply) is None


# Attributes


def test_a_redelivered_event_gets_the_same_reply_id(run: Run) -> None:
    running = run()
    first, again = (running.reply({"prompt": "x"}) for _ in range(2))
    assert first.get_id() == again.get_id()
    assert UUID(first.get_id()).version == 5
    elsewhere = run().reply({"prompt": "x"})
    assert elsewhere.get_id() == first.get_id()


def test_another_event_gets_another_reply_id(run: Run) -> None:
    running = run()
    replies = [
        running.reply({"prompt": "x"}),
        running.reply({"prompt": "x"}, id="request-2"),
        running.reply({"prompt": "x"}, source="/agents/other"),
        running.reply({"prompt": "x"}, id="request-3", type=REASONING_REQUEST),
        running.reply({}, id="request-4"),
    ]
    assert len({reply.get_id() for reply in replies}) == len(replies)


def test_a_redelivered_event_gets_the_same_seed(run: Run) -> None:
    model = ScriptedModel()
    running = run(model)
    running.reply({"prompt": "x"})
    running.reply({"prompt": "x"}, id="request-2")
    running.reply({"prompt": "x", "seed": 5}, id="request-3")
    # Another replica, which does not remember the first delivery.
    elsewhere = ScriptedModel()
    run(elsewhere).reply({"prompt": "x"})
    first, other, own = (call.seed for call in model.calls)
    again = elsewhere.calls[0].seed
    assert first == again != other
    assert own == 5


def test_attributes_of_a_reply(run: Run) -> None:
    before = datetime.now(UTC)
    reply = run(TRM_SOURCE="/trm/lab").reply(
        {"prompt": "x", "conversation_id": "c-1", "agent": "ignored"},
        subject="disk",
        agent="oncall",
        correlationid="host:42",
        traceparent=TRACE,
        tracestate="a=b",
        otherextension="kept out",
    )
    attributes = reply.get_attributes()
    assert attributes["source"] == "/trm/lab"
    assert attributes["specversion"] == "1.0"
    assert attributes["datacontenttype"] == "application/json"
    assert before <= attributes["time"] <= datetime.now(UTC)
    copied = {
        "subject": "disk",
        "agent": "oncall",
        "correlationid": "host:42",
        "replyid": "host:42",
        "causationid": "request-1",
        "traceparent": TRACE,
        "tracestate": "a=b",
        "conversationid": "c-1",
        "partitionkey": "c-1",
    }
    assert {name: attributes.get(name) for name in copied} == copied
    assert "otherextension" not in attributes


def test_attributes_that_have_no_cause_are_absent(run: Run) -> None:
    reply = run().reply({"prompt": "x"})
    assert set(reply.get_attributes()) == {
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "datacontenttype",
        "causationid",
        "trmhops",
    }


def test_the_conversation_may_come_as_an_attribute(run: Run) -> None:
    reply = run().reply({"prompt": "x"}, conversationid="c-2")
    attributes = reply.get_attributes()
    assert (attributes["conversationid"], attributes["partitionkey"]) == ("c-2", "c-2")


def test_the_agent_may_come_in_the_data(run: Run) -> None:
    assert run().reply({"prompt": "x", "agent": "oncall"}).get_attributes()["agent"] == "oncall"


def test_a_failed_reply_carries_the_same_attributes(run: Run) -> None:
    reply = run().reply(
        {"prompt": 5}, correlationid="c", subject="s", agent="oncall", conversationid="c-3"
    )
    attributes = reply.get_attributes()
    assert attributes["replyid"] == "c" and attributes["causationid"] == "request-1"
    assert attributes["subject"] == "s" and attributes["agent"] == "oncall"
    assert attributes["partitionkey"] == "c-3"


@pytest.mark.parametrize("mode", [Mode.BINARY, Mode.STRUCTURED])
@pytest.mark.parametrize(
    "text", ["plain", "Zürich € 😀", 'say "hi" 100%', "a\nb", "\x00", "\ufffe"]
)
@pytest.mark.parametrize("name", ["conversation_id", "agent"])
def test_a_strict_reader_can_read_every_reply(run: Run, mode: Mode, text: str, name: str) -> None:
    message = encode(run().reply({"prompt": "x", name: text}), mode)
    read = decode(message.headers, message.body)
    assert read.get_attributes()["causationid"] == "request-1"


# Failures


def test_every_bad_field_is_in_the_reply(run: Run) -> None:
    model = ScriptedModel()
    reply = run(model).reply(
        {"prompt": "x" * 65_537, "max_tokens": -1, "task": "poem", "checks": {"rhymes": True}},
        agent="oncall",
        conversationid="c-9",
    )
    assert reply.get_type() == FAILED
    data = body(reply)
    error = data["error"]
    assert (error["code"], error["retryable"]) == ("invalid_request", False)
    fields = {"prompt", "max_tokens", "task", "checks.rhymes"}
    assert {field["field"] for field in error["fields"]} == fields
    assert all(field["problem"] for field in error["fields"])
    assert all(name in error["message"] for name in fields)
    assert (data["request_id"], data["request_source"]) == ("request-1", "/agents/oncall")
    assert data["request_type"] == CANONICAL_REQUEST
    assert (data["agent"], data["conversation_id"]) == ("oncall", "c-9")
    assert model.calls == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"prompt": NaN}', b'{"prompt": "\\ud800"}', b"[]", b"null", b'"text"', b"\xff"]
    + [b'{"prompt": "x", "context": {"a": Infinity}}', b"[" * 500 + b"]" * 500],
)
def test_data_that_is_no_request(run: Run, content: bytes) -> None:
    headers = [
        ("ce-specversion", "1.0"),
        ("ce-id", "request-1"),
        ("ce-source", "/agents/oncall"),
        ("ce-type", CANONICAL_REQUEST),
        ("content-type", "application/json"),
    ]
    reply = run().service.handler.handle(decode(headers, content))
    assert reply is not None and reply.get_type() == FAILED
    assert [field["field"] for field in body(reply)["error"]["fields"]] == ["data"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/octet-stream"])
def test_data_that_is_not_json(run: Run, kind: str) -> None:
    reply = run().reply('{"prompt": "x"}', datacontenttype=kind)
    assert reply.get_type() == FAILED
    assert [field["field"] for field in body(reply)["error"]["fields"]] == ["datacontenttype"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.a+json"])
def test_data_of_a_json_type(run: Run, kind: str) -> None:
    assert run().reply({"prompt": "x"}, datacontenttype=kind).get_type() == COMPLETED


def test_a_task_that_no_model_serves(run: Run) -> None:
    reply = run().reply({"prompt": "x", "task": "arc", "model": "m", "agent": "a"})
    assert reply.get_type() == FAILED
    data = body(reply)
    assert data["error"]["code"] == "model_refused"
    assert "arc" in data["error"]["message"]
    assert (data["task"], data["model"], data["agent"]) == ("arc", "m", "a")


def test_a_model_that_refuses_fails_the_request(run: Run) -> None:
    ready: list[bool] = []

    def refuse_after_the_probe(call: Call) -> str:
        if not ready:
            return "ready"
        raise ModelRefused("4,000 tokens do not fit")

    running = run(ScriptedModel(say=refuse_after_the_probe))
    ready.append(True)
    data = body(running.reply({"prompt": "x"}))
    assert data["error"]["code"] == "model_refused"
    assert data["error"]["message"] == "4,000 tokens do not fit"
    (attempt,) = data["attempts"]
    assert (attempt["outcome"], attempt["error"]) == ("failed", "ModelRefused")


def test_a_deadline_without_an_answer_fails_the_request(run: Run) -> None:
    model = ScriptedModel([""], finish_reason="deadline")
    assert body(run(model).reply({"prompt": "x"}))["error"]["code"] == "expired"


def test_a_model_that_went_away_is_no_failure_of_the_request(run: Run) -> None:
    ready: list[bool] = []

    def vanish_after_the_probe(call: Call) -> str:
        if not ready:
            return "ready"
        raise ModelUnavailable("gone")

    running = run(ScriptedModel(say=vanish_after_the_probe))
    ready.append(True)
    with pytest.raises(ModelUnavailable, match="gone"):
        running.reply({"prompt": "x"})


def test_before_a_model_answers_text_waits_and_wrong_requests_fail() -> None:
    service = Service(load_settings({}), [Member("never", ScriptedModel)], Log("ERROR"))
    with pytest.raises(NotReady):
        service.handler.handle(request_event({"prompt": "x"}))
    failed = service.handler.handle(request_event({}))
    assert failed is not None and body(failed)["error"]["code"] == "invalid_request"


# Choosing


def test_choices_are_scored_where_the_model_can(run: Run) -> None:
    model = ScriptedModel(
        likelihood=lambda turns, text: -1.0 if "Disk" in turns[-1].content and text == "b" else -2.0
    )
    data = body(run(model).reply({"prompt": "Disk full", "choices": ["a", "b"]}))
    assert (data["answer"], data["choice"]) == ("b", "b")
    assert data["confidence_method"] == "choice_likelihood"
    assert model.calls == []


def test_choices_are_asked_for_where_the_model_cannot_score(run: Run) -> None:
    model = ScriptedModel(["b"], abilities=Abilities())
    data = body(run(model).reply({"prompt": "Disk full", "choices": ["a", "b"]}))
    assert (data["answer"], data["choice"]) == ("b", "b")
    assert "- a\n- b" in model.calls[0].turns[-1].content


# Size


def size(reply: CloudEvent) -> int:
    """Return bytes of the larger of both forms on the wire."""
    return max(len(encode(reply, mode).body) for mode in (Mode.BINARY, Mode.STRUCTURED))


FILLED = {"must_contain": ["never said"]}


@pytest.mark.parametrize("text", ["word " * 1_000, "漢字" * 1_000, "😀" * 900])
def test_a_long_trace_is_shortened_and_says_so(run: Run, text: str) -> None:
    answers = iter(range(100))
    model = ScriptedModel(say=lambda call: f"{next(answers)} {text}")
    reply = run(model).reply({"prompt": "x", "checks": FILLED, "max_reflection_steps": 10})
    assert size(reply) < BROKER_LIMIT
    data = body(reply)
    assert data["trace_shortened"] is True
    assert len(data["reflection_trace"]) == 10
    assert data["answer"] == f"1 {text}".strip()
    assert all(len(step["refined_answer"]) < 1_000 for step in data["reflection_trace"])


def test_a_trace_that_fits_is_whole(run: Run) -> None:
    text = "word " * 200
    reply = run(ScriptedModel([text])).reply({"prompt": "x", "checks": FILLED})
    data = body(reply)
    assert data["trace_shortened"] is False
    assert all(step["refined_answer"] == text.strip() for step in data["reflection_trace"])


@pytest.mark.parametrize(
    ("answer", "request_data"),
    [
        (
            json.dumps(["word " * 8_000]),
            {"prompt": "x", "response_format": {"type": "json_schema", "schema": {}}},
        ),
        ("short", {"prompt": "x", "checks": {"must_contain": ["w" * 2_000] * 50}}),
        ("short", {"prompt": "x", "checks": {f"unknown {n}": n for n in range(3_000)}}),
        ("short", {"prompt": "x", "checks": {"u" * 90_000: 1}}),
        ("short", {"prompt": "x", "choices": [f"{n}" + "c" * 190 for n in range(64)]}),
        ("short", {"messages": [{"role": "r" * 900, "content": ""} for _ in range(200)]}),
    ],
    ids=["json", "long reasons", "many checks", "a long check", "choices", "messages"],
)
def test_every_reply_passes_a_broker(run: Run, answer: str, request_data: dict[str, Any]) -> None:
    model = ScriptedModel([answer], abilities=Abilities())
    assert size(run(model).reply(request_data)) < BROKER_LIMIT


# Without an event


def test_a_plain_request(run: Run) -> None:
    model = ScriptedModel(["Hi"])
    handler = run(model).service.handler
    response = handler.answer_plain({"prompt": "x"})
    assert response.answer == "Hi"
    handler.answer_plain({"prompt": "x"})
    handler.answer_plain({"prompt": "y"})
    first, again, other = (call.seed for call in model.calls)
    assert first == again != other


def test_a_bad_plain_request(run: Run) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        run().service.handler.answer_plain({"prompt": "x", "samples": 0, "seed": -1})
    assert {field.field for field in refusal.value.fields} == {"samples", "seed"}


def test_a_chain_of_requests_and_replies_has_an_end(run: Run) -> None:
    running = run()
    hops = ""
    types: list[str] = []
    for number in range(2 * MOST_HOPS):
        # An agent that copies what it gets into what it sends.
        attributes = {"trmhops": hops} if hops else {}
        event = request_event({"prompt": "x"}, id=f"request-{number}", **attributes)
        reply = running.service.handler.handle(event)
        if reply is None:
            break
        types.append(reply.get_type().rpartition(".")[2])
        hops = reply.get_attributes()["trmhops"]
    assert types == ["completed"] * MOST_HOPS + ["failed"]
    assert hops == str(MOST_HOPS + 1)


@pytest.mark.parametrize("hops", ["many", "-3", "+1", "1e1", "1.0", "0x2", "٣", "true", " ", "3 2"])
def test_what_is_no_number_of_hops_ends_a_loop(run: Run, hops: str) -> None:
    model = ScriptedModel()
    reply = run(model).reply({"prompt": "x"}, trmhops=hops)
    assert body(reply)["error"]["code"] == "too_many_hops"
    assert reply.get_attributes()["trmhops"] == str(MOST_HOPS + 1)
    assert model.calls == []


@pytest.mark.parametrize("hops", [str(MOST_HOPS + 1), "1" * 30, "9" * 2_000])
def test_more_hops_than_a_failed_reply_has_are_not_answered(run: Run, hops: str) -> None:
    event = request_event({"prompt": "x"}, trmhops=hops)
    assert run().service.handler.handle(event) is None


LONG = {
    "id": 1_024,
    "source": 2_048,
    "subject": 2_048,
    "correlationid": 2_048,
    "conversationid": 1_024,
    "agent": 1_024,
}


@pytest.mark.parametrize("letter", ["x", "ü", '"', "漢"])
@pytest.mark.parametrize("kind", ["trace", "fields", "answer"])
def test_a_reply_fits_into_an_event_with_its_attributes(run: Run, letter: str, kind: str) -> None:
    attributes = {name: letter * (most // len(letter.encode())) for name, most in LONG.items()}
    if kind == "fields":
        data: dict[str, Any] = {"prompt": 1, "checks": {f"{letter * 150}{n}": 1 for n in range(60)}}
    else:
        del attributes["agent"]
        data = {"prompt": "x", "checks": FILLED, "max_reflection_steps": 10}
    text = {"trace": "漢字" * 1_000, "answer": "word " * 8_000}.get(kind, "")
    answers = iter(range(100))
    model = ScriptedModel(say=lambda call: f"{next(answers)} {text}")
    reply = run(model).reply(data, **attributes)
    for mode in (Mode.BINARY, Mode.STRUCTURED):
        message = encode(reply, mode)
        assert len(message.head) + len(message.body) <= BROKER_LIMIT
    if kind == "trace":
        assert body(reply)["trace_shortened"] is True
    elif kind == "fields":
        assert body(reply)["error"]["fields"]


def test_a_question_of_a_kind_gets_the_reasoning_form_by_any_type(run: Run) -> None:
    running = run(ScriptedModel(["db, then api"]))
    asked = {"question": "In which order?", "context": {"api": "db"}, "task_type": "planning"}
    reply = body(running.reply(asked))
    assert (reply["task_type"], reply["steps"]) == ("planning", 1)
    assert (reply["profile"], reply["input_notes"]) == ("agent-reasoning", [])
    plain = body(running.reply({"question": "In which order?"}, id="request-2"))
    assert "task_type" not in plain
