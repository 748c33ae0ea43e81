"""Admission control: bounded concurrency, a bounded queue, the rest refused; poison events alone.

A request that cannot be done before its deadline is refused when it comes, because a broker can
deliver it again or elsewhere; in a queue it would only die and hold up those behind it.

A broker also delivers an event again when the function crashes on it, and the function crashes
again. So the beginning of work is noted where a crash does not erase it, and its end erases the
note.
"""

from __future__ import annotations

import math
import struct
import threading
from collections import deque
from mmap import mmap
from typing import Protocol

from function.deadline import Deadline
from function.errors import Overloaded, RequestExpired

WEIGHT = 0.2
"""Share of the newest request in the moving average of the time one takes."""
LONGEST_ADVICE = 60
"""Largest ``Retry-After``, in seconds."""
_ENTRY = struct.Struct("32sB")
ENTRIES = 1_024
MEMORY_BYTES = ENTRIES * _ENTRY.size
_EMPTY = bytes(32)
_MOST = 255


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


class CrashLog(Protocol):
    """Counts, by event, work that began and never ended.

    Keys are those of :func:`function.delivery.dedupe.event_key`.
    """

    def unended(self, key: str) -> int:
        """Return how often work on the event began and did not end."""

    def begin(self, key: str) -> None:
        """Note that work begins."""

    def end(self, key: str) -> None:
        """Work has ended, well or not; forget the event."""


class SharedMemoryLog(CrashLog):
    """Notes in memory that the server's main process shares with the one that works.

    It outlives the worker and not the server: of a container that is killed as a whole only a
    shared store can know. Safe for the threads of one process.

    :param memory: :data:`MEMORY_BYTES` long; what an earlier process noted in it counts.
    """

    def __init__(self, memory: mmap) -> None:
        self._memory = memory
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}
        self._free: list[int] = []
        self._left_behind: list[int] = []
        for place in range(ENTRIES):
            digest, _ = self._read(place)
            if digest == _EMPTY:
                self._free.append(place)
            else:
                self._places[digest.hex()] = place
                self._left_behind.append(place)

    def unended(self, key: str) -> int:
        """See :meth:`CrashLog.unended`."""
        if key not in self._places:  # as nearly all are
            return 0
        with self._lock:
            place = self._places.get(key)
            return 0 if place is None else self._read(place)[1]

    def begin(self, key: str) -> None:
        """See :meth:`CrashLog.begin`."""
        digest = bytes.fromhex(key)
        with self._lock:
            place = self._places.get(key)
            if place is not None:
                self._write(place, digest, min(self._read(place)[1] + 1, _MOST))
                return
            place = self._free.pop() if self._free else self._oldest_left_behind()
            if place is not None:
                self._places[key] = place
                self._write(place, digest, 1)

    def end(self, key: str) -> None:
        """See :meth:`CrashLog.end`."""
        with self._lock:
            place = self._places.pop(key, None)
            if place is not None:
                self._write(place, _EMPTY, 0)
                self._free.append(place)
                if place in self._left_behind:
                    self._left_behind.remove(place)

    def _oldest_left_behind(self) -> int | None:
        if not self._left_behind:
            return None
        # It was not delivered again while all other places were filled.
        place = self._left_behind.pop(0)
        del self._places[self._read(place)[0].hex()]
        return place

    def _read(self, place: int) -> tuple[bytes, int]:
        digest, count = _ENTRY.unpack_from(self._memory, place * _ENTRY.size)
        return digest, count

    def _write(self, place: int, digest: bytes, count: int) -> None:
        _ENTRY.pack_into(self._memory, place * _ENTRY.size, digest, count)


class PoisonGuard:
    """Lets events that may have ended a process be worked on one at a time.

    Everything under way when a process ends is under suspicion. Alone, the guilty event is the
    only suspect that the next crash can blame, and the others clear themselves.
    """

    def __init__(self, log: CrashLog) -> None:
        self._log = log
        self._alone = threading.Lock()

    def watch(self, key: str) -> _Watch:
        """Work on an event; enters with the number of times that this ended a process before."""
        return _Watch(self._log, self._alone, key)


class _Watch:
    __slots__ = ("_alone", "_before", "_key", "_log")

    def __init__(self, log: CrashLog, alone: threading.Lock, key: str) -> None:
        self._log, self._alone, self._key = log, alone, key
        self._before = log.unended(key)

    def __enter__(self) -> int:
        # Noted only when its turn has come, or those that wait would be blamed as well.
        if self._before:
            self._alone.acquire()
        self._log.begin(self._key)
        return self._before

    def __exit__(self, *problem: object) -> None:
        self._log.end(self._key)
        if self._before:
            self._alone.release()
