"""A circuit breaker for each member of the chain.

The pattern is Michael Nygard's ("Release It!", 2007): closed, all calls pass; open, none does;
half-open, one does, and its outcome decides for all."""

from __future__ import annotations

import threading
import time
from typing import Literal

from function.deadline import Clock

BreakerState = Literal["closed", "open", "half-open"]

FAILURES = 3
"""In a row; a single one may be the fault of the network or of the request."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses double up to here. Advice of a server may be longer."""


class Breaker:
    """Safe to share between threads; costs two comparisons while all goes well.

    A caller takes a ticket with :meth:`admit` and returns it with :meth:`succeed`, :meth:`fail` or
    :meth:`release`. A ticket from before the last change of state is ignored.

    :param clock: monotonic seconds.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state: BreakerState = "closed"
        self._ticket = 0
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0

    @property
    def state(self) -> BreakerState:
        """``half-open`` only while one is asking; an open one may have its pause behind it."""
        return self._state

    @property
    def wait(self) -> float:
        """Seconds until a call is admitted; 0 for now."""
        return max(self._until - self._clock(), 0.0) if self._state == "open" else 0.0

    @property
    def may_admit(self) -> bool:
        """Whether :meth:`admit` would give a ticket."""
        if self._state == "closed":
            return True
        return self._state == "open" and self._clock() >= self._until

    def admit(self) -> int | None:
        """Return a ticket to ask with, or None; while half-open there is only one."""
        return self._ticket if self._state == "closed" else self._admit_one()

    def succeed(self, ticket: int) -> None:
        """Record an answer to the request with this ticket."""
        if ticket == self._ticket and self._state == "closed" and not self._failures:
            return
        with self._lock:
            if ticket != self._ticket:
                return
            self._failures = 0
            self._pause = 0.0
            if self._state != "closed":
                self._turn("closed")

    def fail(self, ticket: int, advised: float = 0.0) -> None:
        """Record a failure of the request with this ticket.

        :param advised: seconds of pause that the server asks for; the breaker opens at once.
        """
        with self._lock:
            if ticket != self._ticket:
                return
            self._failures += 1
            if self._state == "closed" and self._failures < FAILURES and not advised:
                return
            self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            self._until = self._clock() + max(self._pause, advised)
            self._turn("open")

    def release(self, ticket: int) -> None:
        """Give the ticket back without a result, so that the next request may probe."""
        if self._state != "half-open":
            return
        with self._lock:
            if ticket == self._ticket and self._state == "half-open":
                self._turn("open")

    def _admit_one(self) -> int | None:
        with self._lock:
            if not self.may_admit:
                return None
            if self._state == "open":
                self._turn("half-open")
            return self._ticket

    def _turn(self, state: BreakerState) -> None:
        self._state = state
        self._ticket += 1
