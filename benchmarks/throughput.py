"""Events per second of everything but the model, beside the func-python template.

The load test sends what a bad day sends: duplicates, also of events under way, and events that are
malformed. Any lost event, any second answer that differs from the first, and any 5xx ends it.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.figure import Figure, middle_ratio
from benchmarks.load import Load, Verdict, drive, request_bytes
from benchmarks.processes import free_port, running, wait_for_port

TYPE = "io.homelab.trm.inference.requested"
DATA = json.dumps(
    {
        "prompt": "What is wrong with the logs of the cluster?",
        "agent": "loki",
        "context": {"service": "loki", "error_rate": 0.03, "since": "03:04"},
        "conversation_id": "c-1834",
        "max_tokens": 128,
        "reflection_mode": "auto",
    }
).encode()
Event = tuple[str, bytes]
"""An id and the request with it."""
ORDINARY_CONNECTIONS = 16
LOAD_CONNECTIONS = 64
BAR = 1.2
"""Of events per second beside the template, with either number of connections."""
DUPLICATES = 0.10
MALFORMED = 0.02
MISTAKES = ("no-json", "no-type")
SLICE = 1_000
"""Events that one server answers before the other one takes its turn: a noise of the machine that
lasts for seconds then meets both. With turns of 10,000 the same figure varied twice as much."""


@dataclass(frozen=True)
class Size:
    """How much is measured: ``rounds`` times ``events``, a warm-up before."""

    events: int
    rounds: int


FULL = Size(events=10_000, rounds=15)
SMOKE = Size(events=200, rounds=1)


def measure(size: Size) -> Iterator[Figure]:
    """Ordinary events, then the load test; both servers run all the time."""
    with _function() as ours, _template() as theirs:
        for port, right in ((ours, _completed), (theirs, _echoed)):
            drive(port, _ordinary(size.events // 4), LOAD_CONNECTIONS, right)  # warm up
        yield _figure(
            f"events/s, {ORDINARY_CONNECTIONS} connections",
            BAR,
            [
                pair
                for _ in range(size.rounds)
                for pair in _turns(
                    ours, theirs, _ordinary(size.events), ORDINARY_CONNECTIONS, _completed
                )
            ],
        )
        yield _figure(
            f"load test, {LOAD_CONNECTIONS} connections",
            BAR,
            [pair for _ in range(size.rounds) for pair in _load_test(ours, theirs, size.events)],
        )


def _figure(name: str, bar: float, pairs: list[tuple[Load, Load]]) -> Figure:
    return Figure(
        name,
        middle_ratio([(a.events_per_second, b.events_per_second) for a, b in pairs]),
        "at least",
        bar,
        f"function {_described([a for a, _ in pairs])}\n"
        f"    template {_described([b for _, b in pairs])}",
    )


def _ordinary(events: int) -> list[Event]:
    ids = [str(uuid.uuid4()) for _ in range(events)]
    return [(name, request_bytes(name, TYPE, DATA)) for name in ids]


def _turns(
    ours: int, theirs: int, events: list[Event], connections: int, right: Verdict
) -> list[tuple[Load, Load]]:
    """Send the events to the function, and after each slice of them as many to the template."""
    slices = [events[start : start + SLICE] for start in range(0, len(events), SLICE)]
    return [
        (
            drive(ours, some, connections, right),
            drive(theirs, _ordinary(len(some)), connections, _echoed),
        )
        for some in slices
    ]


def _load_test(ours: int, theirs: int, count: int) -> list[tuple[Load, Load]]:
    """Send ``count`` events in all, and hold the function to its promise.

    :raises RuntimeError: it was broken.
    """
    duplicates, malformed = round(count * DUPLICATES), round(count * MALFORMED)
    chance = Random(count)
    events = _ordinary(count - duplicates - malformed)
    # A duplicate comes a little after the first delivery: half of them while that is under way.
    for number, event in enumerate(chance.sample(events, duplicates)):
        place = events.index(event) + (1 if number % 2 else chance.randrange(1, count // 10))
        events.insert(place, event)
    for number in range(malformed):
        mistake = MISTAKES[number % 2]
        name = f"{mistake}-{uuid.uuid4()}"
        request = request_bytes(name, TYPE, DATA[: len(DATA) // 2])
        if mistake == "no-type":
            request = request.replace(b"Ce-Type: ", b"X-Type: ")
        events.insert(chance.randrange(len(events)), (name, request))
    audit = _Audit()
    pairs = _turns(ours, theirs, events, LOAD_CONNECTIONS, audit)
    if audit.answered != {name for name, _ in events}:
        raise RuntimeError("an event was lost")
    return pairs


class _Audit:
    """Judges the answers of a load test: each event has one reply, however often it is sent."""

    def __init__(self) -> None:
        self._replies: dict[str, tuple[bytes, bytes]] = {}

    @property
    def answered(self) -> set[str]:
        """The ids of events that have an answer."""
        return set(self._replies)

    def __call__(self, head: bytes, body: bytes, event_id: str) -> bool:
        start = head.find(b"\r\nce-id: ")
        reply = (head[start : head.find(b"\r\n", start + 2)] if start >= 0 else b"", body)
        if self._replies.setdefault(event_id, reply) != reply:
            return False
        if event_id.startswith("no-json"):
            return b"\r\nce-type: io.homelab.trm.inference.failed" in head
        if event_id.startswith("no-type"):
            return head.startswith(b"http/1.1 400 ")
        return _completed(head, body, event_id)


def _completed(head: bytes, body: bytes, event_id: str) -> bool:
    return (
        head.startswith(b"http/1.1 200 ")
        and b"\r\nce-type: io.homelab.trm.inference.completed" in head
        and b"\r\nce-causationid: " + event_id.encode() in head
        and body.startswith(b'{"answer":"Loki fails 3 %')
        and body.endswith(b"}")
    )


def _echoed(head: bytes, body: bytes, event_id: str) -> bool:
    return (
        head.startswith(b"http/1.1 200 ")
        and b"application/cloudevents+json" in head
        and event_id.encode() in body
        and b"What is wrong with the logs" in body
    )


def _described(loads: list[Load]) -> str:
    rate, p50, p99, share = (
        median(getattr(load, name) for load in loads)
        for name in ("events_per_second", "p50", "p99", "client_share")
    )
    return (
        f"{rate:6,.0f}/s   p50 {p50 * 1000:5.1f} ms   p99 {p99 * 1000:5.1f} ms   "
        f"(client: {share:.0%} of a core)"
    )


@contextmanager
def _function() -> Iterator[int]:
    port = free_port()
    with _served(["-m", "benchmarks.scripted_server"], port, HOST="127.0.0.1", PORT=str(port)):
        yield port


@contextmanager
def _template() -> Iterator[int]:
    port = free_port()
    address = f"127.0.0.1:{port}"
    with _served(["-m", "benchmarks.template_server"], port, LISTEN_ADDRESS=address):
        yield port


@contextmanager
def _served(arguments: list[str], port: int, **environment: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        with running(arguments, output, **environment) as process:
            wait_for_port(port, process, output)
            yield
