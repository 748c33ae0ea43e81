"""How the server's processor time grows when one text of a request is doubled."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from benchmarks.attack.inputs import SORTS, filled
from benchmarks.attack.senders import event, exchange
from benchmarks.processes import cpu_seconds

START = 30_000
"""Characters of the first text: shorter ones take less than the clock's step."""
LEAST_SECONDS = 0.25
"""Processor time under which a growth is noise: the tick is 10 ms and probes run beside it."""
REPEATS = 2

_FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "context": lambda text: {"prompt": "Which?", "context": {"note": text}},
    "label": lambda text: {"agent": "agent-sre", "labels": {"alertname": "PodDown", "x": text}},
    "system": lambda text: {"prompt": "Which?", "system": text},
    "must_contain": lambda text: {"prompt": "Which?", "checks": {"must_contain": [text]}},
}


def growth(port: int, pid: int, doublings: int, share: float) -> tuple[float, str]:
    """Return the steepest growth of time at a doubling, and which text it was.

    :param share: of the sorts of text that are tried.
    """
    steepest, worst = 0.0, "none takes long enough to tell"
    every = max(round(1 / share), 1)
    for number, (name, request) in enumerate(_FIELDS.items()):
        for sort, unit in list(SORTS.items())[number % every :: every]:
            times = [
                _seconds(port, pid, request(filled(unit, START * 2**power)))
                for power in range(doublings + 1)
            ]
            for shorter, longer in pairwise(times):
                if longer >= LEAST_SECONDS and (ratio := longer / max(shorter, 0.01)) > steepest:
                    steepest, worst = ratio, f"{name} of {sort} ({longer:.2f} s)"
    return steepest, worst


def _seconds(port: int, pid: int, request: dict[str, Any]) -> float:
    # One choice of two keeps the model's own share small and the same.
    asked = {"choices": ["yes", "no"], "deadline_ms": 3_000, "max_reflection_steps": 0} | request
    found = []
    for _ in range(REPEATS):
        before = cpu_seconds(pid)
        exchange(port, event(asked))
        found.append(cpu_seconds(pid) - before)
    return min(found)
