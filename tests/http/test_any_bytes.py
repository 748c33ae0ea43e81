"""Whatever comes is answered with a status of the table, and never with a 500."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from function.backends.registry import Member
from function.contract import InferenceRequest
from function.events.codec import BATCH_TYPE, STRUCTURED_TYPE, decode, decode_batch
from function.events.message import HttpResponse
from function.pipeline.endpoint import Exchange
from function.service import Service
from function.settings import CANONICAL_REQUEST, load_settings
from function.telemetry import Log
from tests.scripted import ScriptedModel

REFUSED = (400, 413, 415)
EVENT = {
    "ce-id": "1",
    "ce-source": "/s",
    "ce-type": CANONICAL_REQUEST,
    "ce-specversion": "1.0",
    "content-type": "application/json",
}
thorough = settings(max_examples=150, deadline=None, derandomize=True)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
header_values = st.text(max_size=12) | st.sampled_from(
    [STRUCTURED_TYPE, BATCH_TYPE, "application/json", "text/plain", "1.0", "%FF", '"a', "é", ""]
)
headers = st.dictionaries(
    st.sampled_from([*EVENT, "ce-time", "ce-expirytime", "ce-trmhops", "traceparent", "prefer"]),
    header_values,
)
# Tasks that a network answers would load it: they have tests of their own.
asked = st.dictionaries(
    st.sampled_from([name for name in InferenceRequest.model_fields if name != "alert"]),
    values | st.sampled_from(["choose", "text", "a"]),
).map(lambda fields: {"prompt": "x", **fields})
bodies = (
    st.binary(max_size=30)
    | values.map(lambda value: json.dumps(value).encode())
    | asked.map(lambda fields: json.dumps(fields).encode())
)


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    service = Service(
        load_settings({"TRM_BATCHES": "true", "TRM_MAX_BODY_BYTES": "4096"}),
        [Member("test", ScriptedModel)],
        Log("ERROR", io.StringIO()),
    )
    service.start()
    assert service.chain.wait(10)
    yield service.exchange
    service.close()


def is_of_the_table(answer: HttpResponse, given: dict[str, str]) -> None:
    """Hold an answer against the table; a success with a body has to be an event."""
    if answer.status in REFUSED:
        assert answer.body.endswith(b"\n") and answer.body.count(b"\n") == 1
    elif answer.status == 204:
        assert answer.body == b""
    else:
        assert answer.status == 200
        kind = dict(answer.headers)["content-type"]
        if kind == BATCH_TYPE:
            decode_batch(answer.body)
        elif any(name.startswith("ce-") for name in given) or kind == STRUCTURED_TYPE:
            decode(answer.headers, answer.body)


@thorough
@given(given_headers=headers, body=bodies)
def test_any_message(exchange: Exchange, given_headers: dict[str, str], body: bytes) -> None:
    answer = exchange.answer(list(given_headers.items()), body)
    if answer.status == 400 and "content-type" in dict(answer.headers):
        kind = dict(answer.headers)["content-type"]
        if kind == "application/json":  # a plain request that names its fields
            assert "error" in json.loads(answer.body)
            return
    is_of_the_table(answer, given_headers)


@thorough
@given(data=asked | values, number=st.uuids())
def test_any_data_of_an_event(exchange: Exchange, data: Any, number: object) -> None:
    body = json.dumps(data).encode()
    answer = exchange.answer(list({**EVENT, "ce-id": str(number)}.items()), body)
    assert answer.status == (413 if len(body) > 4_096 else 200)
    is_of_the_table(answer, EVENT)


@thorough
@given(batch=st.lists(st.dictionaries(st.sampled_from(["id", "source", "data"]), values)))
def test_any_batch(exchange: Exchange, batch: list[dict[str, Any]]) -> None:
    events = [{"specversion": "1.0", "type": CANONICAL_REQUEST, **event} for event in batch]
    given_headers = {"content-type": BATCH_TYPE}
    answer = exchange.answer(list(given_headers.items()), json.dumps(events).encode())
    is_of_the_table(answer, given_headers)
