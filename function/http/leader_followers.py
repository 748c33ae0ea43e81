"""Threads that take turns at reading connections: the leader/followers pattern.

One thread at a time, the leader, waits for all connections, reads what came and answers it itself
(Schmidt, O'Ryan, Kircher, Pyarali, "Leader/Followers", 2000). As long as answers are quick no
other thread runs: passing each event to another one costs several times the event, because all of
them share one interpreter. When an answer takes longer than a moment, such as every one that a
language model writes, another thread becomes the leader and goes on reading. When all threads are
busy the overseer leads: it reads on, has probes answered and work refused.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from function.http.poller import READ, Poller, new_poller
from function.threads import Threads

MOMENT = 0.01
"""Seconds that a leader may take over one answer before another thread reads on."""
POLL_SECONDS = 1.0

T = TypeVar("T")


class _Leader:
    """A thread that reads; ``begun`` is when it began the answer it is at, 0 while it waits."""

    __slots__ = ("begun",)

    def __init__(self) -> None:
        self.begun = 0.0


class Crew(Generic[T]):
    """Serves connections that send something, see the module.

    :param serve: reads from a connection and answers it; returns the events to wait for next
        (:data:`function.http.poller.READ` or ``WRITE``), 0 when the connection is settled. Its
        second argument is whether all threads are busy: then it must return at once.
    :param fail: settles a connection for which ``serve`` raised an error.
    :param threads: how many answers can be slow at once.
    """

    def __init__(
        self,
        serve: Callable[[T, bool], int],
        fail: Callable[[T, Exception], None],
        threads: int,
        poller: Poller | None = None,
    ) -> None:
        self._serve = serve
        self._fail = fail
        self._threads = Threads(threads, "crew")
        self._poll = poller or new_poller()
        # A thread that takes a connection out of it owns the connection; oldest first.
        self._watched: dict[int, T] = {}
        self._ready: deque[int] = deque()
        self._turn = threading.Lock()
        self._leader: _Leader | None = None
        self._busy = threading.Event()
        self._stopped = False
        self._overseer = threading.Thread(target=self._oversee, name="crew", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._overseer.start()
        self._threads.submit(self._lead)

    @property
    def watched(self) -> list[T]:
        """Connections that wait for their peers."""
        return list(self._watched.values())

    def watch(self, descriptor: int, connection: T, events: int = READ) -> None:
        """Serve this connection when something comes; called from any thread."""
        self._watched[descriptor] = connection
        self._poll.arm(descriptor, events)

    def take(self, descriptor: int) -> T | None:
        """Stop watching and return the connection; None when another thread owns it."""
        return self._watched.pop(descriptor, None)

    def stop(self) -> None:
        """Read no more; answers under way go on."""
        self._stopped = True
        self._poll.wake()
        self._busy.set()
        self._overseer.join()
        self._threads.close()

    def close(self) -> None:
        """Close the poller; after :meth:`stop`, when no answer is under way."""
        self._poll.close()

    def _lead(self) -> None:
        me = _Leader()
        while self._has_turn(me):
            following = self._next_connection(POLL_SECONDS)
            if following is None:
                continue
            descriptor, connection = following
            me.begun = time.monotonic()
            if not self._busy.is_set():
                self._busy.set()
            self._attend(descriptor, connection, False)
            me.begun = 0.0

    def _attend(self, descriptor: int, connection: T, busy: bool) -> None:
        try:
            events = self._serve(connection, busy)
        except Exception as error:  # without a leader nothing would be answered any more
            self._fail(connection, error)
            return
        if events:
            self.watch(descriptor, connection, events)

    def _has_turn(self, me: _Leader) -> bool:
        """Return whether this thread is the one that reads; a free turn is taken."""
        if self._stopped:
            return False
        if self._leader is me:
            return True
        with self._turn:
            if self._leader is None:
                self._leader = me
            return self._leader is me

    def _next_connection(self, seconds: float) -> tuple[int, T] | None:
        """Return the next that sent something; None when nothing came for a while."""
        if not self._ready:
            self._ready.extend(self._poll.poll(seconds))
        try:
            descriptor = self._ready.popleft()
            return descriptor, self._watched.pop(descriptor)
        except (IndexError, KeyError):
            return None

    def _oversee(self) -> None:
        """Let another thread read on when an answer takes longer than a moment."""
        while not self._stopped:
            self._busy.wait()
            time.sleep(MOMENT)
            leader = self._leader
            begun = leader.begun if leader else 0.0
            if not begun:
                self._busy.clear()
                if leader and leader.begun:
                    self._busy.set()  # it began in this instant and saw that the event was set
            elif time.monotonic() - begun >= MOMENT and not self._stopped:
                with self._turn:
                    self._leader = None
                while not self._threads.submit(self._lead) and self._lead_while_busy():
                    pass

    def _lead_while_busy(self) -> bool:
        """Read on without threads; False when a thread has taken the turn."""
        me = _Leader()
        while self._has_turn(me) and not self._threads.free:
            following = self._next_connection(MOMENT)
            if following is not None:
                self._attend(*following, True)
        with self._turn:
            had_turn = self._leader is me
            if had_turn:
                self._leader = None
        return had_turn and not self._stopped
