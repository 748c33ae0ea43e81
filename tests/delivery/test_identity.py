"""Once per event, and only for its sender: what a stored reply belongs to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from function.delivery.dedupe import event_key, read_data
from function.events.codec import Mode, decode, decode_batch, encode
from function.events.message import HttpResponse
from tests.conftest import Running, request_event
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
TOKENS = ("the-token-of-tenant-a", "the-token-of-tenant-b")
CANONICAL = "io.homelab.trm.inference.requested"
REPLAYED = ("trm-replayed", "true")


def echo(call: Call) -> str:
    return f"echo: {call.turns[-1].content}"


def post(running: Running, body: object, token: str = "", **attributes: str) -> HttpResponse:
    given = {"specversion": "1.0", "id": "order-17", "source": "/shop", "type": CANONICAL}
    headers = [(f"ce-{name}", value) for name, value in (given | attributes).items()]
    headers.append(("content-type", "application/json"))
    if token:
        headers.append(("authorization", f"Bearer {token}"))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return running.service.exchange.answer(headers, content)


def answer_of(answer: HttpResponse) -> str:
    assert answer.status == 200, answer.body
    data = json.loads(answer.body)
    return str(data["answer"] if "answer" in data else data["error"]["code"])


def id_of(answer: HttpResponse) -> str:
    return decode(answer.headers, answer.body).get_id()


def replayed(answer: HttpResponse) -> bool:
    return REPLAYED in answer.headers


def test_a_used_id_with_other_data_is_answered_anew(run: Run) -> None:
    running = run(ScriptedModel(say=echo))
    first = post(running, {"prompt": "my secret"})
    other = post(running, {"prompt": "anything"})
    assert (answer_of(first), answer_of(other)) == ("echo: my secret", "echo: anything")
    assert not replayed(other)
    assert id_of(first) != id_of(other)
    assert b"trm_ids_reused_total 1.0" in running.service.metrics.exposition()
    # Both are stored: a broker's redelivery of either gets its own reply, byte for byte.
    for sent, answer in (("my secret", first), ("anything", other)):
        again = post(running, {"prompt": sent})
        assert again.body == answer.body
        assert again.headers == [*answer.headers, REPLAYED]


def test_a_corrected_request_is_not_answered_with_the_failure_of_the_first(run: Run) -> None:
    running = run(ScriptedModel(say=echo))
    for typo in (b'{"promt": "x"}', b"{", b"[]", b"", b"\xff"):
        assert answer_of(post(running, typo)) == "invalid_request"
    assert answer_of(post(running, {"prompt": "x"})) == "echo: x"


def test_one_cannot_answer_an_event_in_advance(run: Run) -> None:
    running = run(ScriptedModel(say=echo))
    assert answer_of(post(running, {"nonsense": 1})) == "invalid_request"
    assert answer_of(post(running, {"prompt": "the real order"})) == "echo: the real order"


def test_a_reply_belongs_to_the_token_of_its_sender(run: Run) -> None:
    model = ScriptedModel(say=echo)
    running = run(model, TRM_BEARER_TOKENS=",".join(TOKENS))
    a, b = TOKENS
    data = {"prompt": "my secret"}
    assert not replayed(post(running, data, a))
    assert not replayed(post(running, data, b))
    assert len(model.calls) == 2
    assert replayed(post(running, data, a)) and replayed(post(running, data, b))
    assert len(model.calls) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "io.homelab.reasoning.requested"},
        {"type": "boson.fn"},
        {"correlationid": "run-2"},
        {"conversationid": "c-2"},
        {"subject": "other"},
        {"agent": "agent-sre"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_shapes_a_reply_makes_another_event(run: Run, changed: dict[str, str]) -> None:
    running = run(ScriptedModel(say=echo))
    first = post(running, {"prompt": "x"})
    other = post(running, {"prompt": "x"}, **changed)
    assert not replayed(other)
    assert id_of(first) != id_of(other)
    attributes = decode(other.headers, other.body).get_attributes()
    if "type" in changed:
        family = "reasoning" if "reasoning" in changed["type"] else "trm.inference"
        assert attributes["type"] == f"io.homelab.{family}.completed"
    else:
        assert changed.items() <= attributes.items()


@pytest.mark.parametrize(
    "changed",
    [
        {"time": "2026-01-01T00:00:00Z"},
        {"expirytime": "2999-01-01T00:00:00Z"},
        {"knativearrivaltime": "2026-01-01T00:00:00.123Z"},
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_a_broker_changes_does_not(run: Run, changed: dict[str, str]) -> None:
    running = run(ScriptedModel(say=echo))
    post(running, {"prompt": "x"})
    assert replayed(post(running, {"prompt": "x"}, **changed))


def test_data_is_compared_by_value(run: Run) -> None:
    running = run(ScriptedModel(say=echo))
    post(running, b'{"prompt": "\\u00fc", "max_tokens": 8}')
    assert replayed(post(running, '{ "prompt":"ü",\n"max_tokens":8 }'.encode()))
    assert not replayed(post(running, b'{"prompt": "\\u00fc", "max_tokens": 9}'))


@pytest.mark.parametrize("mode", [Mode.BINARY, Mode.STRUCTURED])
def test_a_replay_is_marked_in_both_modes(run: Run, mode: Mode) -> None:
    running = run()
    message = encode(request_event({"prompt": "x"}), mode)
    other = encode(request_event({"prompt": "y"}), mode)
    exchange = running.service.exchange
    first = exchange.answer(message.headers, message.body)
    again = exchange.answer(message.headers, message.body)
    assert (replayed(first), replayed(again)) == (False, True)
    assert again.body == first.body
    assert not replayed(exchange.answer(other.headers, other.body))


def test_a_batch_says_which_replies_are_replays(run: Run) -> None:
    running = run(ScriptedModel(say=echo), TRM_BATCHES="true")

    def send(*events: tuple[str, str]) -> HttpResponse:
        batch = [
            {"specversion": "1.0", "id": name, "source": "/b", "type": CANONICAL}
            | {"data": {"prompt": text}}
            for name, text in events
        ]
        headers = [("content-type", "application/cloudevents-batch+json")]
        return running.service.exchange.answer(headers, json.dumps(batch).encode())

    first = send(("1", "a"), ("2", "b"))
    assert "trm-replayed" not in dict(first.headers)
    second = send(("3", "c"), ("1", "a"), ("2", "other"), ("3", "d"), ("2", "b"))
    assert dict(second.headers)["trm-replayed"] == "1,4"
    data: list[Any] = [event.get_data() for event in decode_batch(second.body)]
    assert [item["answer"] for item in data] == [
        f"echo: {text}" for text in ["c", "a", "other", "d", "b"]
    ]
    assert len({event.get_id() for event in decode_batch(second.body)}) == 5


def test_plain_json_has_no_identity(run: Run) -> None:
    model = ScriptedModel(say=echo)
    running = run(model)
    for _ in range(2):
        answer = running.service.exchange.answer(
            [("content-type", "application/json")], b'{"prompt": "x"}'
        )
        assert answer.status == 200 and "trm-replayed" not in dict(answer.headers)
    assert len(model.calls) == 2


def test_only_the_same_data_joins_work_under_way(run: Run) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def say(call: Call) -> str:
        if call.turns[-1].content == "slow":
            begun.set()
            assert go_on.wait(20)
        return echo(call)

    running = run(ScriptedModel(say=say))
    slow: list[HttpResponse] = []
    at_work = threading.Thread(target=lambda: slow.append(post(running, {"prompt": "slow"})))
    at_work.start()
    assert begun.wait(20)
    other = post(running, {"prompt": "quick"})
    go_on.set()
    at_work.join(20)
    assert (answer_of(other), answer_of(slow[0])) == ("echo: quick", "echo: slow")
    assert id_of(other) != id_of(slow[0])


def test_a_poisonous_event_does_not_condemn_another_with_its_id(run: Run) -> None:
    keys = set()
    for data in ({"prompt": "x"}, {"prompt": "y"}):
        event = request_event(data)
        keys.add(event_key(event, "", read_data(event).canonical).event)
    assert len(keys) == 2


def test_keys_of_different_events_differ() -> None:
    parts = ["a", "'", "',", "1", "a', '1", "ü", "x" * 1_000]
    keys = set()
    for source, name, sender in product(parts, repeat=3):
        event = request_event({"prompt": "x"}, source=source, id=name)
        keys.add(event_key(event, sender, b""))
    assert len({key.use for key in keys}) == len({key.event for key in keys}) == len(parts) ** 3
    assert {len(digest) for key in keys for digest in key} == {64}


def test_the_key_of_an_event_is_the_same_in_every_process() -> None:
    # Replicas share one Redis.
    event = request_event({"prompt": "x"}, subject="ü")
    assert event_key(event, "", b'{"prompt":"x"}').event == (
        "14239ae8dd5d4f56bb08d15e12eee167f75bf04ce9c295c8b8372d1029194f99"
    )
