"""Whatever a sender writes into the attributes of an event, the answer is in the status table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from function.events.codec import Mode, decode, mode_of
from function.events.message import HttpResponse
from tests.conftest import Running
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
TYPE = "io.homelab.trm.inference.requested"
NAMES = [
    *("specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype"),
    *("correlationid", "conversationid", "agent", "replyid", "causationid", "partitionkey"),
    *("traceparent", "tracestate", "trmhops", "expirytime", "sequence", "x"),
]
NASTY = [
    *("", " ", "%", "%%", "%0", "%00", "%0d%0aset-cookie: a", '"', '""', '"\\', "\\", "'", "\x00"),
    *("\x7f", "\x85", "\ufffe", "\ufeff", "\u2028", "\u202e", "\ud800", "\udfff\ud800", "😀", "é"),
    *("a\nb", "a\rb", "a\tb", "\u00c3\u00bc", "\xff", "%ff", "%c3%28", "%F0%9F%98%80", "0", "-1"),
    *("true", "null", "1e999", "٣", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"),
    *("0001-01-01T00:00:00+23:59", "ff-" + "0" * 32 + "-" + "0" * 16 + "-00", "{}", "${jndi:x}"),
    *("x" * 1_024, "x" * 2_049, "ü" * 600, "%" * 3_000, '"' * 2_000, "x" * 70_000, "漢" * 700),
]
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.text('%"\\ a0é', max_size=12))
value = st.one_of(text, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(text))
quick = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judge(answer: HttpResponse) -> None:
    """Fail on an answer that is not in the status table, and on a header that ends another."""
    assert answer.status in (200, 204, 400, 415), answer
    if answer.status == 200:
        reply = decode(answer.headers, answer.body)
        assert mode_of(answer.headers) in (Mode.BINARY, Mode.STRUCTURED)
        assert reply.get_type().startswith("io.homelab.trm.inference.")
        assert len(answer.message.head) + len(answer.body) <= 65_536
    elif answer.status >= 400:
        assert answer.body.isascii() and answer.body.count(b"\n") == 1 and len(answer.body) < 200
    answer.message.head.encode("latin-1")
    for line in answer.message.head.split("\r\n")[:-1]:
        name = line.partition(": ")[0]
        assert name in ("content-type", "trm-replayed") or name.startswith("ce-"), line
        assert not set(line) & set("\r\n\0"), line


@pytest.fixture
def running(run: Run) -> Running:
    return run(ScriptedModel(["done"]), TRM_PLAYGROUND="true")


def binary(attributes: dict[str, Any]) -> list[tuple[str, str]]:
    required = {"specversion": "1.0", "id": "1", "source": "/s", "type": TYPE}
    return [(f"ce-{name}", text) for name, text in (required | attributes).items()]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: ascii(nasty[:12]))
def test_every_nasty_text_in_every_attribute(running: Running, nasty: str) -> None:
    exchange = running.service.exchange
    json_type = ("content-type", "application/json")
    for name in NAMES:
        judge(exchange.answer([*binary({name: nasty}), json_type], b'{"prompt": "x"}'))
        envelope = {"specversion": "1.0", "id": "1", "source": "/s", "type": TYPE}
        body = json.dumps(envelope | {name: nasty, "data": {"prompt": "x"}}).encode()
        judge(exchange.answer([("content-type", "application/cloudevents+json")], body))
    assert "trm_bug" not in running.stream.getvalue()


@pytest.mark.slow
@quick
@given(attributes=st.dictionaries(st.sampled_from(NAMES), text, max_size=8))
def test_binary_events(running: Running, attributes: dict[str, str]) -> None:
    attributes.pop("datacontenttype", None)
    headers = [*binary(attributes), ("content-type", "application/json")]
    judge(running.service.exchange.answer(headers, b'{"prompt": "x"}'))


@pytest.mark.slow
@quick
@given(
    attributes=st.dictionaries(st.sampled_from(NAMES), value, max_size=8),
    data=st.one_of(st.none(), text, st.just({"prompt": "x"}), st.lists(st.integers())),
)
def test_structured_events(running: Running, attributes: dict[str, Any], data: Any) -> None:
    envelope = {"specversion": "1.0", "id": "1", "source": "/s", "type": TYPE, "data": data}
    body = json.dumps(envelope | attributes).encode()
    headers = [("content-type", "application/cloudevents+json")]
    judge(running.service.exchange.answer(headers, body))


@pytest.mark.slow
@quick
@given(
    headers=st.lists(
        st.tuples(st.one_of(st.sampled_from([f"ce-{name}" for name in NAMES]), text), text),
        max_size=12,
    )
)
def test_headers_of_any_kind_and_number(running: Running, headers: list[tuple[str, str]]) -> None:
    content = [("content-type", "application/json")]
    judge_any = running.service.exchange.answer([*headers, *content], b'{"prompt": "x"}')
    assert judge_any.status in (200, 204, 400, 415)
