"""A moment in time after which work on an event is of no use."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

T = TypeVar("T")

Clock = Callable[[], float]
"""Monotonic time in seconds."""


def milliseconds(seconds: float) -> float:
    """Return the same in milliseconds, cut to whole microseconds."""
    return int(seconds * 1e6) / 1e3


ENDED_SECONDS = 1e6
"""Added to a clock whose work is cancelled: more than any deadline."""


class Cancellation:
    """A clock that can end the work of deadlines over it early.

    Work looks at its deadline between tokens and steps, so it ends there and nowhere else.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._cancelled = False

    def __call__(self) -> float:
        return self._clock() + (ENDED_SECONDS if self._cancelled else 0.0)

    @property
    def cancelled(self) -> bool:
        """Whether the work is to end."""
        return self._cancelled

    def cancel(self) -> None:
        """End the work."""
        self._cancelled = True


class Deadline(NamedTuple):
    """A point on a monotonic clock, in seconds; injected clocks make tests exact.

    ``silence`` is how long a server may write nothing before it is given up.
    """

    at: float
    clock: Clock = time.monotonic
    silence: float = math.inf

    @classmethod
    def after(cls, seconds: float, clock: Clock = time.monotonic) -> Deadline:
        """Return the moment ``seconds`` from now."""
        return cls(clock() + seconds, clock)

    @property
    def left(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - self.clock()

    @property
    def passed(self) -> bool:
        """Whether nothing more should be started."""
        return self.at <= self.clock()

    def share(self, part: int) -> Deadline:
        """Return the moment at which one of ``part`` equal parts of the time left is over."""
        return Deadline(self.clock() + self.left / part, self.clock)

    def until(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items while there is time.

        :raises TimeoutError: the deadline passed before the last of them.
        """
        for item in items:
            if self.passed:
                raise TimeoutError("the deadline passed")
            yield item


NO_DEADLINE = Deadline(math.inf)
"""For work outside of any event."""
