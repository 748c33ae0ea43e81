"""Events per second of everything but the model, beside the func-python template."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, middle_ratio
from benchmarks.load import Load, drive, request_bytes
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
CONNECTIONS = (16, 64)


@dataclass(frozen=True)
class Size:
    """How much is measured: ``rounds`` alternations of ``events`` each, a warm-up before."""

    events: int
    rounds: int


FULL = Size(events=4_000, rounds=5)
SMOKE = Size(events=200, rounds=1)


def measure(size: Size) -> Iterator[Figure]:
    """One figure for each number of connections; both servers run all the time."""
    with _function() as ours, _template() as theirs:
        for connections in CONNECTIONS:
            for port, right in ((ours, _completed), (theirs, _echoed)):
                _load(port, right, size.events // 4, connections)  # warm up
            pairs = [
                (
                    _load(ours, _completed, size.events, connections),
                    _load(theirs, _echoed, size.events, connections),
                )
                for _ in range(size.rounds)
            ]
            yield Figure(
                f"events/s, {connections} connections",
                middle_ratio([(a.events_per_second, b.events_per_second) for a, b in pairs]),
                "at least",
                1.0,
                f"function {_described([a for a, _ in pairs])}\n"
                f"    template {_described([b for _, b in pairs])}",
            )


def _load(
    port: int, right: Callable[[bytes, bytes, str], bool], events: int, connections: int
) -> Load:
    ids = [str(uuid.uuid4()) for _ in range(events)]
    return drive(
        port, [(name, request_bytes(name, TYPE, DATA)) for name in ids], connections, right
    )


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
