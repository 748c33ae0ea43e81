"""An event that ends the process that works on it, and those that were under way beside it."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.adapters import PATIENCE, Adapter, Reply, Server, scripted, serve
from tests.test_adapters import binary, body, wait_for

GUNICORN: Adapter = "gunicorn"


def deliver(server: Server, event_id: str, prompt: str) -> tuple[Reply, int]:
    """Deliver as a broker does, until there is a reply; and how often that took."""
    until = time.monotonic() + PATIENCE
    for attempt in range(1, 1_000):
        assert time.monotonic() < until, server.log
        with suppress(OSError, http.client.HTTPException), server.client() as client:
            response = client.post(binary(id=event_id), body(prompt=prompt))
            if response.status == 200:
                return response.reply, attempt
        time.sleep(0.05)
    raise AssertionError


def wait_until_logged(server: Server, word: str) -> None:
    until = time.monotonic() + PATIENCE
    while word not in server.log:
        assert time.monotonic() < until, server.log
        time.sleep(0.01)


def test_it_is_answered_in_the_end_and_its_neighbours_are_answered_well(tmp_path: Path) -> None:
    held = tmp_path / "held"
    with (
        serve(GUNICORN, scripted(GUNICORN), {"TRM_SLOTS": "4"}) as server,
        ThreadPoolExecutor(2) as senders,
    ):
        server.wait_for("/health/readiness", 200)
        neighbour = senders.submit(deliver, server, "neighbour", f"hold {held}")
        wait_for(held.with_suffix(".begun"))
        poisoning = senders.submit(deliver, server, "poison", "kill")
        # Suspects are worked on one at a time: the neighbour must end, or the poison waits for it.
        wait_until_logged(server, "SIGKILL")
        held.with_suffix(".open").touch()
        poison, _ = poisoning.result(PATIENCE)
        assert poison.outcome == "failed"
        assert poison.data["error"]["code"] == "crashed"
        assert poison.data["error"]["retryable"] is False
        assert server.log.count("SIGKILL") == 3
        reply, _ = neighbour.result(PATIENCE)
        assert reply.data["answer"] == f"echo: hold {held}"
        # The process lives, and the answer to the poison is remembered.
        assert deliver(server, "another", "sing")[0].data["answer"] == "echo: sing"
        again, attempts = deliver(server, "poison", "kill")
        assert again.attributes["id"] == poison.attributes["id"] and attempts == 1
