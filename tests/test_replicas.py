"""Two functions behind one Redis: an event that both are sent is worked on by one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.adapters import PATIENCE, Adapter, Response, Server, scripted, serve
from tests.redis_server import redis_server
from tests.test_adapters import binary, body, wait_for
from tests.timing import wait_until

GUNICORN: Adapter = "gunicorn"


def deliver(server: Server, event_id: str, prompt: str) -> Response:
    with server.client() as client:
        return client.post(binary(id=event_id), body(prompt=prompt))


def inferences(*servers: Server) -> int:
    return sum(server.log.count("trm_generation_completed") for server in servers)


def test_the_same_event_sent_to_both_at_once(tmp_path: Path) -> None:
    held = tmp_path / "held"
    with redis_server() as store, ThreadPoolExecutor(2) as senders:
        shared = {"TRM_DEDUPE_URL": store.url}
        with (
            serve(GUNICORN, scripted(GUNICORN), shared) as one,
            serve(GUNICORN, scripted(GUNICORN), shared) as other,
        ):
            for server in (one, other):
                server.wait_for("/health/readiness", 200)
            sent = [
                senders.submit(deliver, server, "twice", f"hold {held}") for server in (one, other)
            ]
            wait_for(held.with_suffix(".begun"))
            held.with_suffix(".open").touch()
            first, second = (reply.result(PATIENCE) for reply in sent)
            assert first.status == second.status == 200
            assert first.body == second.body
            assert first.reply.attributes == second.reply.attributes
            # Whichever is asked later gives the stored reply.
            assert deliver(one, "twice", f"hold {held}").body == first.body
            assert deliver(other, "twice", f"hold {held}").body == first.body
            wait_until(lambda: inferences(one, other) > 0)
            assert inferences(one, other) == 1


@pytest.mark.parametrize("which", ["begun", "new"])
def test_without_redis_both_go_on_and_say_so(tmp_path: Path, which: str) -> None:
    with (
        redis_server() as store,
        serve(GUNICORN, scripted(GUNICORN), {"TRM_DEDUPE_URL": store.url}) as server,
        ThreadPoolExecutor(1) as senders,
    ):
        server.wait_for("/health/readiness", 200)
        held = tmp_path / "held"
        begun = senders.submit(deliver, server, "begun", f"hold {held}")
        wait_for(held.with_suffix(".begun"))
        store.kill()
        held.with_suffix(".open").touch()
        assert begun.result(PATIENCE).reply.data["answer"] == f"echo: hold {held}"
        answer = deliver(server, which, "hi")
        assert answer.status == 200
        wait_until(lambda: "trm_dedupe_degraded" in server.log)
        with server.client() as client:
            metrics = client.send("GET", "/metrics").text
        (line,) = [x for x in metrics.splitlines() if x.startswith("trm_dedupe_degraded_total ")]
        assert float(line.split()[1]) >= 1
