"""Hostile inputs against a served function: what an ordinary sender can write must not stop it.

``python -m benchmarks attack``, or ``make attack``. Each wave of inputs meets the real server with
the embedded model, while a prober asks liveness, readiness and metrics four times a second.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.attack.growth import growth
from benchmarks.attack.prober import Prober
from benchmarks.attack.senders import Answer, outside_the_table
from benchmarks.attack.waves import RECEIVE_SECONDS, WAVES, Wave
from benchmarks.figure import Figure
from benchmarks.processes import free_port, resident_mib, running, wait_for_port

DEADLINE_SECONDS = 3.0
"""``deadline_ms`` of every request of a wave."""
GRACE_SECONDS = 2.0
"""What an answer may take beyond its deadline on a busy machine: two cores, and eight slots that
share them."""


@dataclass(frozen=True)
class Size:
    """How much is sent: twice ``share`` of each wave's inputs, and doublings of each text."""

    share: float
    doublings: int


FULL = Size(share=0.4, doublings=2)
SMOKE = Size(share=0.02, doublings=1)


@dataclass
class _Result:
    """What the waves met."""

    inputs: int = 0
    outside: Counter[str] = field(default_factory=Counter)
    late: float = 0.0
    latest: str = "none"

    def add(self, wave: Wave, name: str, answer: Answer) -> None:
        self.inputs += 1
        if problem := outside_the_table(answer):
            self.outside[f"{wave.name}/{name}: {problem}"] += 1
        beyond = answer.seconds - wave.seconds - GRACE_SECONDS
        if beyond > self.late:
            self.late, self.latest = beyond, f"{wave.name}/{name}"


def measure(size: Size) -> Iterator[Figure]:
    """Send every wave, then ask what is left of the server."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "ERROR",
            "TRM_RECEIVE_SECONDS": str(RECEIVE_SECONDS),
            # Replies that are kept for duplicates would look like memory that is never given back.
            "TRM_DEDUPE_SECONDS": "30",
        }
        with running(["-m", "function", "serve"], output, **settings) as process:
            wait_for_port(port, process, output)
            with Prober(port) as prober:
                prober.wait_until_ready()
                found = _Result()
                # The first pass fills caches and meets every size of input; the second sends the
                # same, and so shows what is never given back.
                _send(port, size.share, found)
                before = resident_mib(process.pid)
                _send(port, size.share, found)
                after = resident_mib(process.pid)
                steepest, text = growth(port, process.pid, size.doublings, size.share)
            yield Figure(
                "attack: answers outside the status table", sum(found.outside.values()),
                "at most", 0, f"{found.inputs} inputs; " + _most(found.outside),
            )  # fmt: skip
            yield Figure(
                "attack: an answer beyond its deadline", found.late, "at most", 0,
                f"the latest: {found.latest}; deadline {DEADLINE_SECONDS:.0f} s and "
                f"{GRACE_SECONDS:.0f} s for a busy machine", "s",
            )  # fmt: skip
            yield Figure(
                "attack: probes that were missed", sum(prober.missed.values()), "at most", 0,
                f"of {prober.asked}, 1 s each; slowest {prober.slowest:.2f} s; "
                + _most(prober.missed),
            )  # fmt: skip
            yield Figure(
                "attack: growth of time when a text is doubled", steepest, "at most", 2.6,
                f"processor time of the server; the steepest: {text}; 2 is linear",
            )  # fmt: skip
            yield Figure(
                "attack: memory after all waves to after the first", after / before,
                "at most", 1.1, f"{after:.0f} MiB, {before:.0f} MiB before the second pass",
            )  # fmt: skip


def _send(port: int, share: float, found: _Result) -> None:
    for wave in WAVES:
        for name, answer in wave.send(port, share):
            found.add(wave, name, answer)


def _most(outside: Counter[str]) -> str:
    if not outside:
        return "none"
    return "; ".join(f"{count} x {problem}" for problem, count in outside.most_common(8))
