"""Replies of several replicas and functions in one Redis, which others may write to as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from function.events.codec import encode
from function.events.message import HttpResponse
from tests.conftest import Running, request_event
from tests.redis_server import RedisServer, redis_server
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
CRAFTED = (
    b"content-type: application/json\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-source: /trm\r\n"
    b"ce-type: io.homelab.trm.inference.completed\r\nce-time: 2026-01-01T00:00:00Z\r\n"
    b"set-cookie: crafted=1\r\n\r\n{}"
)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def post(running: Running, token: str = "", data: object = None) -> HttpResponse:
    message = encode(request_event(data or {"prompt": "x"}))
    headers = message.headers + ([("authorization", f"Bearer {token}")] if token else [])
    return running.service.exchange.answer(headers, message.body)


def is_replay(answer: HttpResponse) -> bool:
    assert answer.status == 200
    return ("trm-replayed", "true") in answer.headers


def test_replicas_of_a_function_share_replies_with_their_mark(
    server: RedisServer, run: Run
) -> None:
    one, other = (run(TRM_DEDUPE_URL=server.url, K_SERVICE="trm") for _ in range(2))
    first, again = post(one), post(other)
    assert (is_replay(first), is_replay(again)) == (False, True)
    assert again.body == first.body
    assert again.headers == [*first.headers, ("trm-replayed", "true")]


def test_replicas_share_an_id_that_is_used_again(server: RedisServer, run: Run) -> None:
    one, other = (run(TRM_DEDUPE_URL=server.url) for _ in range(2))
    first, second = post(one), post(other, data={"prompt": "y"})
    assert dict(first.headers)["ce-id"] != dict(second.headers)["ce-id"]
    again = post(one, data={"prompt": "y"})
    assert is_replay(again) and again.body == second.body


@pytest.mark.parametrize("name", ["K_SERVICE", "POD_NAMESPACE", "TRM_SOURCE"])
def test_functions_do_not_share_replies(server: RedisServer, run: Run, name: str) -> None:
    one, other = (run(**{"TRM_DEDUPE_URL": server.url, name: value}) for value in ("/a", "/b"))
    assert [is_replay(post(running)) for running in (one, other)] == [False, False]


def test_senders_do_not_share_replies(server: RedisServer, run: Run) -> None:
    tokens = ["the-token-of-tenant-a", "the-token-of-tenant-b"]
    settings = {"TRM_DEDUPE_URL": server.url, "TRM_BEARER_TOKENS": ",".join(tokens)}
    one, other = run(**settings), run(**settings)
    assert not is_replay(post(one, tokens[0]))
    assert not is_replay(post(other, tokens[1]))
    assert is_replay(post(other, tokens[0]))


@pytest.mark.parametrize(
    "value",
    [b"\xff\xfe", b"", b"r" + CRAFTED, b"trm3r:" + CRAFTED, b"trm3r:\r\n\r\n", b"trm3c:x", None],
)
def test_foreign_values_are_not_answered(
    server: RedisServer, run: Run, value: bytes | None
) -> None:
    post(run(TRM_DEDUPE_URL=server.url))
    for key in server.client.keys("*"):
        server.client.delete(key)
        if value is None:
            server.client.rpush(key, b"a")
        else:
            server.client.set(key, value)
    model = ScriptedModel(["our own"])
    running = run(model, TRM_DEDUPE_URL=server.url, TRM_PLAYGROUND="true")
    answer = post(running)
    assert not is_replay(answer)
    assert b"our own" in answer.body
    assert "set-cookie" not in dict(answer.headers)
    metrics = running.service.metrics.exposition()
    assert b"trm_dedupe_degraded_total 0.0" in metrics
    assert b"trm_dedupe_foreign_total 1.0" in metrics


def test_what_is_stored_is_trusted_in_its_form_only(server: RedisServer, run: Run) -> None:
    """A reply in our form that another program wrote is answered: no data of it is a bug."""
    first = post(run(TRM_DEDUPE_URL=server.url))
    for key in server.client.keys("*"):
        stored = server.client.get(key)
        if isinstance(stored, bytes) and stored.startswith(b"trm3r:"):
            forged = CRAFTED.replace(b"set-cookie: crafted=1\r\n", b"").replace(
                b"{}", b'{"error": 5}'
            )
            server.client.set(key, b"trm3r:" + forged)
    answer = post(run(TRM_DEDUPE_URL=server.url, TRM_PLAYGROUND="true"))
    assert is_replay(answer)
    assert answer.body != first.body
