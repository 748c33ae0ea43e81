"""Time as tests need it: a clock that they move, deadlines that are far enough, waiting, limits."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from function.deadline import Deadline

PATIENCE = 30.0
"""Seconds after which a test gives up; a busy machine needs more than the work does."""


timed = pytest.mark.flaky(reruns=2)
"""Marks a test that holds work to seconds: a machine that others use can disturb a measurement, so
one that fails is made again, and the test fails where all three do."""


class Clock:
    """Seconds that pass when a test moves ``now``."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def soon() -> Deadline:
    """Return a deadline that no test reaches."""
    return Deadline.after(PATIENCE)


def wait_until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until a condition is true that another thread or process brings about."""
    give_up = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.002)
