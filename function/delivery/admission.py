"""Admission control: bounded concurrency, a bounded queue, the rest refused.

A request that cannot be done before its deadline is refused when it comes, because a broker can
deliver it again or elsewhere; in a queue it would only die and hold up those behind it.
"""

from __future__ import annotations

import math
import threading
from collections import deque

from function.deadline import Deadline
from function.errors import Overloaded, RequestExpired

WEIGHT = 0.2
"""Share of the newest request in the moving average of the time one takes."""
LONGEST_ADVICE = 60
"""Largest ``Retry-After``, in seconds."""


class WaitQueue:
    """The places for requests that wait, shared by all lanes; each holds a thread of the server.

    :param places: how many may wait; one more is refused.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a place; False when there is none."""
        with self._lock:
            if not self._free:
                return False
            self._free -= 1
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._free += 1


class Limiter:
    """A queue in front of something that works on ``width`` requests side by side.

    First come, first served. Safe for many threads.

    :param width: requests at work at the same time.
    :param room: where those wait that come when all places at work are taken.
    """

    def __init__(self, width: int, room: WaitQueue) -> None:
        self._width = width
        self._room = room
        self._lock = threading.Lock()
        self._busy = 0
        self._waiting: deque[threading.Event] = deque()
        self._seconds = 0.0
        self._turns: set[_Turn] = set()

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    @property
    def busy(self) -> int:
        """Requests at work."""
        return self._busy

    @property
    def seconds(self) -> float:
        """Moving average of the seconds that one request is at work; 0 before the first."""
        return self._seconds

    @property
    def longest(self) -> float:
        """Age of the oldest running request in seconds; 0 without one."""
        return max((turn.seconds for turn in list(self._turns)), default=0.0)

    def turn(self, deadline: Deadline) -> _Turn:
        """Hold a place at work; enters when it is this request's turn.

        Entering raises Overloaded when the queue is full, or what is ahead takes longer than the
        deadline leaves; ``retry_after`` is the measured time until there is room. Also when too
        little time is left after a while, because what was ahead took longer than it used to. It
        raises RequestExpired when the deadline had passed before it came.
        """
        return _Turn(self, deadline)

    def enter(self, deadline: Deadline) -> None:
        """Take a place at work, see :meth:`turn`."""
        with self._lock:
            left = deadline.left
            if left <= 0:
                raise RequestExpired("the deadline passed before any work could start")
            if self._busy < self._width and not self._waiting:
                self._busy += 1
                return
            # A request is done every seconds / width; those in the queue go first.
            wait = self._seconds * (len(self._waiting) + 1) / self._width
            if wait + self._seconds > left:
                excess = wait + self._seconds - left
                raise Overloaded("this cannot be done before its deadline", _advice(excess))
            if not self._room.take():
                raise Overloaded("too many requests are waiting", _advice(wait))
            called = threading.Event()
            self._waiting.append(called)
            # No longer than until it can just be done: then another backend can still try.
            patience = left - self._seconds
        came = called.wait(min(patience, threading.TIMEOUT_MAX))
        self._room.leave()
        if came:
            return
        with self._lock:
            if called.is_set():  # called in the moment that it gave up
                return
            self._waiting.remove(called)
            wait = self._seconds * (len(self._waiting) + 1) / self._width
        raise Overloaded("too little time was left in the queue", _advice(wait))

    def leave(self, seconds: float) -> None:
        """Give the place back after ``seconds`` of work."""
        with self._lock:
            known = self._seconds
            self._seconds = known + WEIGHT * (seconds - known) if known else seconds
            if self._waiting:
                self._waiting.popleft().set()  # its place goes over: busy stays
            else:
                self._busy -= 1


def _advice(seconds: float) -> int:
    return min(max(1, math.ceil(seconds)), LONGEST_ADVICE)


class _Turn:
    __slots__ = ("_deadline", "_lane", "_started")

    def __init__(self, lane: Limiter, deadline: Deadline) -> None:
        self._lane, self._deadline = lane, deadline

    @property
    def seconds(self) -> float:
        """How long this request has been at work."""
        return self._deadline.clock() - self._started

    def __enter__(self) -> None:
        self._lane.enter(self._deadline)
        self._started = self._deadline.clock()
        self._lane._turns.add(self)

    def __exit__(self, *problem: object) -> None:
        self._lane._turns.discard(self)
        self._lane.leave(self.seconds)
