"""SIGKILL while events are under way, and a sender that delivers again as a broker does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figure import Figure
from tests.adapters import scripted, serve
from tests.http.test_killed import GUNICORN, deliver, kill_under

FULL, SMOKE = 50, 5
"""Events under way when the worker dies."""


def measure(events: int) -> Iterator[Figure]:
    """Count the events that end with exactly one reply id, the same when sent again."""
    room = {"TRM_SLOTS": str(events), "TRM_QUEUE": "0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(events) as senders,
        serve(GUNICORN, scripted(GUNICORN), room) as server,
    ):
        held = [Path(folder) / f"event-{number}" for number in range(events)]
        replies = [received.reply for received in kill_under(server, held, senders)]
        first = [reply.attributes["id"] for reply in replies]
        again = senders.map(lambda path: deliver(server, path.name, f"hold {path}").reply, held)
        same = [one == other.attributes["id"] for one, other in zip(first, again, strict=True)]
    once = sum(same) if len(set(first)) == events else len(set(first))
    yield Figure(
        "SIGKILL: events with exactly one reply", 100 * once / events, "at least", 100,
        f"{once} of {events} under way when the worker was killed", "%",
    )  # fmt: skip
