"""SIGKILL in the middle of fifty events: a sender that delivers again gets each answered once."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.adapters import PATIENCE, Adapter, Response, Server, scripted, serve
from tests.test_adapters import binary, body, wait_for

GUNICORN: Adapter = "gunicorn"
EVENTS = 50
ROOM = {"TRM_SLOTS": str(EVENTS), "TRM_QUEUE": "0"}


def deliver(server: Server, event_id: str, prompt: str) -> Response:
    """Deliver as a broker does: again, the same event, until it is answered."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError, http.client.HTTPException), server.client() as client:
            response = client.post(binary(id=event_id), body(prompt=prompt))
            if response.status == 200:
                return response
            assert response.status in (429, 503)
        assert time.monotonic() < until, server.log
        time.sleep(0.05)


def worker_of(server: Server) -> int:
    (worker,) = children_of(server.pid)
    return worker


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_under(server: Server, held: list[Path], senders: ThreadPoolExecutor) -> list[Response]:
    """Return the replies to as many events, one a path, during all of which the worker is
    killed."""
    server.wait_for("/health/readiness", 200)
    sent = [senders.submit(deliver, server, path.name, f"hold {path}") for path in held]
    for path in held:
        wait_for(path.with_suffix(".begun"))
    os.kill(worker_of(server), signal.SIGKILL)
    for path in held:
        path.with_suffix(".open").touch()
    return [reply.result(PATIENCE * 2) for reply in sent]


@pytest.fixture
def senders() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(EVENTS) as pool:
        yield pool


def test_every_event_ends_with_one_reply(senders: ThreadPoolExecutor, tmp_path: Path) -> None:
    held = [tmp_path / f"event-{number}" for number in range(EVENTS)]
    with serve(GUNICORN, scripted(GUNICORN), ROOM) as server:
        replies = [received.reply for received in kill_under(server, held, senders)]
        assert [reply.outcome for reply in replies] == ["completed"] * EVENTS
        assert [reply.attributes["causationid"] for reply in replies] == [p.name for p in held]
        assert len({reply.attributes["id"] for reply in replies}) == EVENTS
        again = senders.map(lambda path: deliver(server, path.name, f"hold {path}").reply, held)
        assert [late.attributes["id"] for late in again] == [r.attributes["id"] for r in replies]
        assert server.log.count("SIGKILL") == 1
