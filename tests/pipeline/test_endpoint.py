"""The status table: what every HTTP message is answered with, and why a broker can live with it."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from function.backends.base import Model
from function.backends.registry import Member
from function.errors import ConfigurationError, ModelUnavailable
from function.events.codec import Mode, decode, mode_of
from function.events.message import HttpResponse
from function.events.overrides import parse_overrides
from function.service import Service
from function.settings import CANONICAL_REQUEST, load_settings
from function.telemetry import Log
from tests.conftest import Running
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
Headers = list[tuple[str, str]]

BINARY: Headers = [
    ("Ce-Specversion", "1.0"),
    ("Ce-Id", "request-1"),
    ("Ce-Source", "/agents/oncall"),
    ("Ce-Type", CANONICAL_REQUEST),
    ("Content-Type", "application/json"),
]
STRUCTURED: Headers = [("Content-Type", "application/cloudevents+json")]
PLAIN: Headers = [("Content-Type", "application/json")]
ENVELOPE = {
    "specversion": "1.0",
    "id": "request-1",
    "source": "/agents/oncall",
    "type": CANONICAL_REQUEST,
    "data": {"prompt": "x"},
}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ASKED = b'{"prompt": "x"}'


def without(headers: Headers, name: str) -> Headers:
    return [(key, value) for key, value in headers if key != name]


def envelope(**changes: Any) -> bytes:
    return json.dumps({**ENVELOPE, **changes}).encode()


def header(answer: HttpResponse, name: str) -> str | None:
    return dict(answer.headers).get(name)


def is_one_short_line(answer: HttpResponse) -> bool:
    text = answer.body.decode()
    return (
        header(answer, "content-type") == "text/plain"
        and text.endswith("\n")
        and len(text.splitlines()) == 1
        and 1 < len(text) < 200
    )


def test_binary_is_answered_in_binary(run: Run) -> None:
    answer = run().service.exchange.answer(BINARY, ASKED)
    assert answer.status == 200
    assert mode_of(answer.headers) is Mode.BINARY
    reply = decode(answer.headers, answer.body)
    assert reply.get_type() == "io.homelab.trm.inference.completed"
    assert json.loads(answer.body)["answer"] == "done"


def test_structured_is_answered_structured(run: Run) -> None:
    answer = run().service.exchange.answer(STRUCTURED, envelope())
    assert answer.status == 200
    assert mode_of(answer.headers) is Mode.STRUCTURED
    data: Any = decode(answer.headers, answer.body).get_data()
    assert data["answer"] == "done"


def test_plain_is_answered_plainly(run: Run) -> None:
    answer = run().service.exchange.answer(PLAIN, ASKED)
    assert (answer.status, header(answer, "content-type")) == (200, "application/json")
    assert json.loads(answer.body)["answer"] == "done"
    assert not any(name.startswith("ce-") for name, _ in answer.headers)


def test_a_bad_plain_request_names_its_fields(run: Run) -> None:
    answer = run().service.exchange.answer(PLAIN, b'{"prompt": "x", "samples": 0, "seed": -1}')
    assert (answer.status, header(answer, "content-type")) == (400, "application/json")
    error = json.loads(answer.body)["error"]
    assert error["code"] == "invalid_request"
    assert {field["field"] for field in error["fields"]} == {"samples", "seed"}


@pytest.mark.parametrize("data", [{}, {"prompt": 5}, {"prompt": "x", "task": "maze"}, []])
def test_bad_data_in_a_valid_event_is_a_failed_reply(run: Run, data: object) -> None:
    answer = run().service.exchange.answer(BINARY, json.dumps(data).encode())
    assert answer.status == 200
    reply = decode(answer.headers, answer.body)
    assert reply.get_type() == "io.homelab.trm.inference.failed"


@pytest.mark.parametrize("kind", ["dev.knative.ping", "io.homelab.trm.inference.completed"])
def test_an_event_that_is_not_ours(run: Run, kind: str) -> None:
    answer = run().service.exchange.answer(STRUCTURED, envelope(type=kind))
    assert (answer.status, answer.body, answer.headers) == (204, b"", [])


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ([], b""),
        (PLAIN, b""),
        (PLAIN, b'{"prompt": '),
        (PLAIN, b'{"prompt": NaN}'),
        (PLAIN, b'{"prompt": "\\ud800"}'),
        (PLAIN, b"\xff\xfe"),
        ([("Content-Type", "text/plain")], ASKED),
        ([("Content-Type", "application/x-www-form-urlencoded")], b"prompt=x"),
        ([("Content-Type", "nonsense")], ASKED),
        ([("Content-Type", "application/json; charset=utf-16")], ASKED),
        (without(BINARY, "Ce-Id"), ASKED),
        (without(BINARY, "Ce-Source"), ASKED),
        (without(BINARY, "Ce-Type"), ASKED),
        (without(BINARY, "Ce-Specversion"), ASKED),
        ([*without(BINARY, "Ce-Id"), ("Ce-Id", "%ff")], ASKED),
        (STRUCTURED, b""),
        (STRUCTURED, b'{"specversion": "1.0", '),
        (STRUCTURED, b"[]"),
        (STRUCTURED, envelope(id=None)),
        (STRUCTURED, envelope(id="")),
        (STRUCTURED, envelope(specversion="0.3")),
        (STRUCTURED, envelope(time="yesterday")),
        (STRUCTURED, envelope(data={"prompt": float("nan")})),
    ],
)
def test_what_is_no_event_is_refused(run: Run, headers: Headers, content: bytes) -> None:
    running = run()
    answer = running.service.exchange.answer(headers, content)
    assert answer.status == 400
    assert is_one_short_line(answer)
    assert running.logged[-1]["event"] == "trm_event_refused"


@pytest.mark.parametrize(
    "kind", ["application/cloudevents-batch+json", "application/cloudevents+xml"]
)
def test_other_modes_are_refused(run: Run, kind: str) -> None:
    answer = run().service.exchange.answer([("content-type", kind)], b"[]")
    assert answer.status == 415
    assert is_one_short_line(answer)


@pytest.mark.parametrize("headers", [BINARY, STRUCTURED, PLAIN, []])
def test_a_body_that_is_too_large(run: Run, headers: Headers) -> None:
    answer = run().service.exchange.answer(headers, b" " * 2_000_000)
    assert answer.status == 413
    assert is_one_short_line(answer)


def test_the_limit_of_the_body_is_exact(run: Run) -> None:
    exchange = run(TRM_MAX_BODY_BYTES="1024").service.exchange
    assert exchange.answer(PLAIN, ASKED.ljust(1_024)).status == 200
    assert exchange.answer(PLAIN, ASKED.ljust(1_025)).status == 413


@pytest.mark.parametrize("headers", [BINARY, PLAIN])
def test_while_the_model_loads_the_sender_is_asked_to_wait(headers: Headers) -> None:
    gate = threading.Event()

    def load() -> Model:
        assert gate.wait(10)
        return ScriptedModel()

    service = Service(load_settings({}), [Member("slow", load)], Log(stream=io.StringIO()))
    service.start()
    answer = service.exchange.answer(headers, ASKED)
    assert (answer.status, header(answer, "retry-after")) == (503, "1")
    assert is_one_short_line(answer)
    gate.set()
    assert service.chain.wait(10)
    assert service.exchange.answer(headers, ASKED).status == 200
    service.close()


def test_without_any_model_the_sender_is_asked_to_wait_longer() -> None:
    def load() -> Model:
        raise ModelUnavailable("the embedded model's weights are not installed")

    service = Service(load_settings({}), [Member("none", load)], Log(stream=io.StringIO()))
    service.start()
    assert service.chain.wait(10) is False
    answer = service.exchange.answer(BINARY, ASKED)
    assert answer.status == 503
    assert int(header(answer, "retry-after") or 0) > 1
    assert is_one_short_line(answer)
    service.close()


@pytest.mark.parametrize("error", [RuntimeError, ValueError, KeyError, RecursionError, MemoryError])
@pytest.mark.parametrize("headers", [BINARY, PLAIN])
def test_a_bug_shows_nothing_of_our_insides(
    run: Run, headers: Headers, error: type[Exception]
) -> None:
    broken: list[bool] = []

    def say(call: Call) -> str:
        if broken:
            raise error("/etc/passwd of the secret host")
        return "ready"

    running = run(ScriptedModel(say=say))
    broken.append(True)
    answer = running.service.exchange.answer(headers, ASKED)
    assert (answer.status, answer.body) == (500, b"internal error\n")
    (bug,) = [line for line in running.logged if line["event"] == "trm_bug"]
    assert (bug["level"], bug["error"]) == ("ERROR", error.__name__)
    assert "secret" not in running.stream.getvalue()


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"patternProperties": {"(": {}}},
        # Under a keyword that no draft knows, nothing was checked before.
        {"$ref": "#/x", "x": 5},
        {"$ref": "#/x", "x": {"type": "nope"}},
        {"$ref": "#/x", "x": {"patternProperties": {"(": {}}}},
        {"$ref": "#/x", "x": {"minProperties": "many"}},
    ],
)
def test_no_schema_of_a_sender_is_a_bug_of_ours(run: Run, schema: dict[str, Any]) -> None:
    data = {"prompt": "x", "response_format": {"type": "json_schema", "schema": schema}}
    answer = run(ScriptedModel(['{"a": 1}'])).service.exchange.answer(
        BINARY, json.dumps(data).encode()
    )
    assert answer.status == 200


@pytest.mark.parametrize("headers", [BINARY, STRUCTURED])
def test_a_success_with_a_body_is_always_an_event(run: Run, headers: Headers) -> None:
    exchange = run().service.exchange
    datas: list[Any] = [
        {"prompt": "x"},
        {"prompt": "x", "choices": ["a", "b"]},
        {"prompt": "x", "checks": {"must_contain": ["y"]}},
        {"prompt": "x", "task": "arc"},
        {"prompt": 5},
        {},
        None,
        "text",
        [1],
        {"prompt": "ü😀", "conversation_id": "Zürich €"},
    ]
    for data in datas:
        content = json.dumps(data).encode() if headers is BINARY else envelope(data=data)
        answer = exchange.answer(headers, content)
        assert answer.status == 200
        reply = decode(answer.headers, answer.body)
        assert reply.get_type().startswith("io.homelab.trm.inference.")
        assert reply.get_attributes()["causationid"] == "request-1"


def test_the_trace_of_the_http_headers_is_carried_on(run: Run) -> None:
    headers = [*BINARY, ("Traceparent", TRACE), ("Tracestate", "a=b")]
    answer = run().service.exchange.answer(headers, ASKED)
    assert header(answer, "ce-traceparent") == TRACE
    assert header(answer, "ce-tracestate") == "a=b"


def test_the_trace_of_the_event_goes_first(run: Run) -> None:
    own = TRACE.replace("0af7", "1111")
    headers = [*BINARY, ("Traceparent", TRACE), ("Ce-Traceparent", own)]
    assert header(run().service.exchange.answer(headers, ASKED), "ce-traceparent") == own


BROKEN_TRACES = [
    "",
    "garbage",
    TRACE.upper(),
    TRACE + "-extra\n",
    TRACE + "-extra",
    "ff" + TRACE[2:],
    TRACE[:3] + "0" * 32 + TRACE[35:],
    TRACE[:36] + "0" * 16 + TRACE[52:],
    TRACE[:-1],
    "cc" + TRACE[2:] + "extra",
    "cc" + TRACE[2:] + "-" + "x" * 300,
]


@pytest.mark.parametrize("broken", BROKEN_TRACES)
@pytest.mark.parametrize("prefix", ["", "ce-"])
def test_a_broken_trace_is_left_out(run: Run, broken: str, prefix: str) -> None:
    trace = [(f"{prefix}traceparent", broken), (f"{prefix}tracestate", "a=b")]
    answer = run().service.exchange.answer([*BINARY, *trace], ASKED)
    if "\n" in broken and prefix:
        assert answer.status == 400
        return
    assert answer.status == 200
    assert header(answer, "ce-traceparent") is None
    assert header(answer, "ce-tracestate") is None


@pytest.mark.parametrize("broken", [text for text in BROKEN_TRACES if "\n" not in text])
def test_the_trace_of_the_headers_stands_in_for_a_broken_one(run: Run, broken: str) -> None:
    headers = [*BINARY, ("ce-traceparent", broken), ("traceparent", TRACE)]
    assert header(run().service.exchange.answer(headers, ASKED), "ce-traceparent") == TRACE


def test_a_trace_of_a_later_version_is_carried_on(run: Run) -> None:
    later = "cc" + TRACE[2:] + "-more"
    answer = run().service.exchange.answer([*BINARY, ("traceparent", later)], ASKED)
    assert header(answer, "ce-traceparent") == later


@pytest.mark.parametrize("state", ["x" * 513, "caf\u00e9=1", "a\tb"])
def test_a_state_that_is_none_is_left_out(run: Run, state: str) -> None:
    headers = [*BINARY, ("traceparent", TRACE), ("tracestate", state)]
    answer = run().service.exchange.answer(headers, ASKED)
    assert header(answer, "ce-traceparent") == TRACE
    assert header(answer, "ce-tracestate") is None


NO_DATA = {name: value for name, value in ENVELOPE.items() if name != "data"}


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ({**NO_DATA, "data": {"prompt": "hi"}}, "application/cloudevents+json"),
        ({**NO_DATA, "prompt": "hi"}, "application/cloudevents+json"),
        ([{**NO_DATA, "data": {}}], "application/cloudevents-batch+json"),
    ],
)
def test_an_event_sent_as_plain_json_is_told_how_to_come(run: Run, body: Any, media: str) -> None:
    for headers in ([], [("content-type", "application/json")]):
        answer = run().service.exchange.answer(headers, json.dumps(body).encode())
        assert answer.status == 400
        assert is_one_short_line(answer)
        assert answer.body.decode().endswith(f"send it with content type {media}\n")


@pytest.mark.parametrize("typo", ["promt", "Prompt", "prompts", "mesage", "puzle", "qestion"])
def test_a_misspelt_field_is_named(run: Run, typo: str) -> None:
    answer = run().service.exchange.answer(BINARY, json.dumps({typo: "x"}).encode())
    assert f"'{typo}'" in json.loads(answer.body)["error"]["message"]


SPELLINGS = [
    "run 7",
    "run%207",
    "50%",
    '"loki" is down',
    "K%c3%bcche",
    "K\u00c3\u00bcche",
    "K\u00fc",
]


@pytest.mark.parametrize("wire", SPELLINGS)
def test_what_a_reply_repeats_leaves_in_the_bytes_in_which_it_came(run: Run, wire: str) -> None:
    repeated = ["subject", "correlationid", "conversationid"]
    others = [pair for pair in BINARY if pair[0].lower() != "ce-id"]
    headers = [*others, ("ce-id", wire), *[(f"ce-{name}", wire) for name in repeated]]
    exchange = run(TRM_REPLY="response").service.exchange
    for _ in range(2):  # the stored reply likewise
        answer = exchange.answer(headers, ASKED)
        found = {name: header(answer, f"ce-{name}") for name in repeated}
        assert found == dict.fromkeys(repeated, wire)
        assert header(answer, "ce-replyid") == header(answer, "ce-causationid") == wire
        assert header(answer, "ce-partitionkey") == wire


def test_overrides_keep_the_spelling_of_what_they_do_not_set(run: Run) -> None:
    running = run(K_CE_OVERRIDES='{"extensions": {"correlationid": "set"}}')
    headers = [*BINARY, ("ce-subject", "50%"), ("ce-correlationid", "60%")]
    answer = running.service.exchange.answer(headers, ASKED)
    assert header(answer, "ce-subject") == "50%"
    assert header(answer, "ce-replyid") == "60%"
    assert header(answer, "ce-correlationid") == "set"


@pytest.mark.parametrize("name", ["trmhops", "id", "source", "type", "time", "data"])
def test_what_overrides_may_not_set_stops_the_start(name: str) -> None:
    with pytest.raises(ConfigurationError, match="K_CE_OVERRIDES"):
        parse_overrides(json.dumps({"extensions": {name: "0"}}))


def test_headers_may_come_once_only(run: Run) -> None:
    running = run()
    exchange = running.service.exchange
    assert exchange.answer(iter(BINARY), ASKED).status == 200


def test_overload_is_refused_at_once_and_says_when_to_come_back(run: Run) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> str:
        if call.turns[-1].content == "x":
            begun.set()
            assert go_on.wait(10)
        return "late"

    running = run(ScriptedModel(say=hold), TRM_SLOTS="1", TRM_QUEUE="0")
    exchange = running.service.exchange
    answers: list[HttpResponse] = []
    at_work = threading.Thread(target=lambda: answers.append(exchange.answer(BINARY, ASKED)))
    at_work.start()
    assert begun.wait(10)
    # The same event joins the work that is under way, so only another one is too much.
    joined = threading.Thread(target=lambda: answers.append(exchange.answer(BINARY, ASKED)))
    joined.start()
    refused = exchange.answer(STRUCTURED, envelope(id="request-2"))
    assert refused.status == 429
    assert header(refused, "retry-after") == "1"
    assert is_one_short_line(refused)
    assert 'trm_queue_depth{lane="text"} 0.0' in running.service.metrics.exposition().decode()
    go_on.set()
    at_work.join(10)
    joined.join(10)
    assert [answer.status for answer in answers] == [200, 200]
    assert exchange.answer(STRUCTURED, envelope(id="request-2")).status == 200
