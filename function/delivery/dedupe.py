"""Once per event: a broker delivers an event at least once, the model runs for one delivery.

A duplicate that arrives during the work waits for it, a later one gets the stored bytes.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from function.deadline import Clock, Deadline
from function.delivery.admission import WaitingRoom
from function.errors import Overloaded, TryAgain

JOIN_SECONDS = 2
"""``Retry-After`` of a duplicate that may not wait."""
Work = Callable[[], bytes]
"""Makes the reply to one event."""


class ReplyStore(Protocol):
    """Remembers replies by key, and which keys are being worked on."""

    def once(self, key: str, work: Work, deadline: Deadline) -> bytes:
        """Return the reply of ``key``: stored, or from work under way, or else from ``work``.

        When work raises, nothing is stored: those who joined it get the same exception, and the
        next delivery runs it again.

        :param key: see :attr:`function.delivery.identity.EventKey.event`.
        :param work: runs in the calling thread, at most once.
        :param deadline: how long to wait for somebody else's work; own work is not cut short.
        :raises TryAgain: the deadline passed while somebody else was at work, who goes on.
        :raises Overloaded: too many wait for the work of others already.
        """

    def first_use(self, use: str, key: str) -> bool:
        """Return False where ``use`` already stands for another event than ``key``.

        :param use: see :attr:`function.delivery.identity.EventKey.use`.
        :param key: as for :meth:`once`.
        """

    def close(self) -> None:
        """Forget everything and give every connection back; no event may follow."""


class _Run:
    """Work under way. Only the first who joins it creates the signal: most work has nobody."""

    __slots__ = ("done", "error", "reply", "traceback")

    def __init__(self) -> None:
        self.done: threading.Event | None = None
        self.reply: bytes | None = None
        self.error: Exception | None = None
        self.traceback: TracebackType | None = None

    def fail(self, error: BaseException) -> None:
        """Keep what those who joined will raise."""
        if not isinstance(error, Exception):
            # What ends one thread must not end the others.
            error = TryAgain("the work on this event was cut off")
        self.error, self.traceback = error, error.__traceback__

    def result(self) -> bytes:
        """Return what the work returned; raises what it raised."""
        if self.error is not None:
            # Without this every thread that raises it would lengthen the same traceback.
            raise self.error.with_traceback(self.traceback)
        assert self.reply is not None
        return self.reply


class MemoryStore(ReplyStore):
    """Replies of this process, least recently used first to leave. Safe for many threads.

    Nothing is swept in the background: a reply past its time is never returned, and leaves when
    it is asked for or when it is the least recently used, so at the latest with the first reply
    that is stored after twice its time to live.

    :param max_replies: how many replies are kept.
    :param max_bytes: how long they may be together; a longer one is returned but not kept.
    :param ttl_seconds: how long after its work a reply is returned again.
    :param joiners: how many threads may wait for the work of others; one more is refused.
    """

    def __init__(
        self,
        max_replies: int = 10_000,
        max_bytes: int = 64 * 1_048_576,
        ttl_seconds: float = 600.0,
        clock: Clock = time.monotonic,
        joiners: int = 32,
    ) -> None:
        self._joiners = WaitingRoom(joiners)
        self._max_replies = max_replies
        self._max_bytes = max_bytes
        self._ttl = ttl_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._replies: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._running: dict[str, _Run] = {}
        self._uses: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._stored_bytes = 0

    @property
    def stored_replies(self) -> int:
        """How many replies are kept."""
        return len(self._replies)

    @property
    def stored_bytes(self) -> int:
        """How long they are together."""
        return self._stored_bytes

    def once(self, key: str, work: Work, deadline: Deadline) -> bytes:
        """See :meth:`ReplyStore.once`."""
        with self._lock:
            stored = self._find(key)
            if stored is not None:
                return stored
            joined = self._running.get(key)
            if joined is None:
                run = self._running[key] = _Run()
            else:
                done = joined.done = joined.done or threading.Event()
        if joined is not None:
            return self._join(joined, done, deadline)
        try:
            reply = run.reply = work()
        except BaseException as error:
            with self._lock:
                del self._running[key]
            # Nobody can join any more; without joiners nobody has to remember the error.
            if run.done is not None:
                run.fail(error)
                run.done.set()
            raise
        with self._lock:
            del self._running[key]
            self._store(key, reply)
        if run.done is not None:
            run.done.set()
        return reply

    def _join(self, run: _Run, done: threading.Event, deadline: Deadline) -> bytes:
        if not self._joiners.take():
            raise Overloaded("too many duplicates of events under way are waiting", JOIN_SECONDS)
        try:
            if not done.wait(min(max(deadline.left, 0.0), threading.TIMEOUT_MAX)):
                raise TryAgain("the same event is still being worked on")
        finally:
            self._joiners.leave()
        return run.result()

    def first_use(self, use: str, key: str) -> bool:
        """See :meth:`ReplyStore.first_use`."""
        now = self._clock()
        with self._lock:
            known, expires = self._uses.get(use, (key, math.inf))
            if known != key and expires > now:
                return False
            self._uses[use] = (key, now + self._ttl)
            self._uses.move_to_end(use)
            if len(self._uses) > self._max_replies:
                self._uses.popitem(last=False)
        return True

    def close(self) -> None:
        """Forget every reply; work under way goes on."""
        with self._lock:
            self._uses.clear()
            self._replies.clear()
            self._stored_bytes = 0

    def _find(self, key: str) -> bytes | None:
        entry = self._replies.get(key)
        if entry is None:
            return None
        reply, expires = entry
        if expires <= self._clock():
            del self._replies[key]
            self._stored_bytes -= len(reply)
            return None
        self._replies.move_to_end(key)
        return reply

    def _store(self, key: str, reply: bytes) -> None:
        if len(reply) > self._max_bytes:
            return  # it would push out all others and still not fit
        now = self._clock()
        self._replies[key] = (reply, now + self._ttl)
        self._stored_bytes += len(reply)
        while self._replies:
            oldest, expires = next(iter(self._replies.values()))
            fits = len(self._replies) <= self._max_replies and self._stored_bytes <= self._max_bytes
            if fits and expires > now:
                return
            self._replies.popitem(last=False)
            self._stored_bytes -= len(oldest)
