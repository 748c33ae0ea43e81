"""Threads that take turns at reading connections: the leader/followers pattern.

One thread at a time, the leader, waits for all connections, reads what came and answers it itself
(Schmidt, O'Ryan, Kircher, Pyarali, "Leader/Followers", 2000). As long as answers are quick no
other thread runs: passing each event to another one costs several times the event, because all of
them share one interpreter. When an answer takes longer than a moment, such as every one that a
language model writes, another thread becomes the leader and goes on reading.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

MOMENT = 0.01
"""Seconds that a leader may take over one answer before somebody else reads on."""
IDLE_SECONDS = 1.0
"""A connection that is silent for so long is given back."""
_ONCE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT


T = TypeVar("T")


class _Leader:
    """A thread that reads; ``begun`` is when it began the answer it is at, 0 while it waits."""

    __slots__ = ("begun",)

    def __init__(self) -> None:
        self.begun = 0.0


class Crew(Generic[T]):
    """Answers connections that send something, see the module.

    :param serve: reads one request and answers it; True to watch the connection on, False when it
        has been passed on or closed.
    :param release: takes back a connection that was silent for :data:`IDLE_SECONDS`, or that was
        watched when the crew stopped.
    :param submit: runs a function in a thread of a pool. The size of the pool is how many answers
        can be slow at once; when all threads are busy, nobody reads.
    """

    def __init__(
        self,
        serve: Callable[[T], bool],
        release: Callable[[T], None],
        submit: Callable[[Callable[[], None]], object],
    ) -> None:
        self._serve = serve
        self._release = release
        self._submit = submit
        self._poll = select.epoll()
        self._waker = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll.register(self._waker, select.EPOLLIN)
        # Whoever takes a connection out of it has it to himself; oldest first.
        self._watched: dict[int, tuple[T, float]] = {}
        self._ready: deque[int] = deque()
        self._swept = 0.0
        self._turn = threading.Lock()
        self._leader: _Leader | None = None
        self._busy = threading.Event()
        self._stopped = False
        self._foreman = threading.Thread(target=self._oversee, name="crew", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._foreman.start()
        self._submit(self._lead)

    def watch(self, descriptor: int, connection: T) -> None:
        """Serve this connection when something comes; called from any thread.

        :param descriptor: of the connection's socket.
        """
        self._watched[descriptor] = (connection, time.monotonic())
        try:
            self._poll.modify(descriptor, _ONCE)
        except FileNotFoundError:
            self._poll.register(descriptor, _ONCE)
        if self._stopped:
            self._give_back(descriptor)

    def stop(self) -> None:
        """Give back what is watched and read no more; answers under way go on."""
        self._stopped = True
        os.eventfd_write(self._waker, 1)
        self._busy.set()
        self._foreman.join()
        for descriptor in list(self._watched):
            self._give_back(descriptor)

    def close(self) -> None:
        """Free what the system lent; after :meth:`stop`, when no answer is under way."""
        self._poll.close()
        os.close(self._waker)

    def _lead(self) -> None:
        me = _Leader()
        try:
            while self._has_turn(me):
                following = self._next_connection()
                if following is None:
                    continue
                descriptor, connection = following
                me.begun = time.monotonic()
                if not self._busy.is_set():
                    self._busy.set()
                stays = self._serve(connection)
                me.begun = 0.0
                if stays:
                    self.watch(descriptor, connection)
        finally:
            if self._leader is me and not self._stopped:
                # Only an error comes here; without a leader nobody would be answered any more.
                self._leader = None
                self._submit(self._lead)

    def _has_turn(self, me: _Leader) -> bool:
        """Whether this thread is the one that reads; a turn that nobody has is taken."""
        if self._stopped:
            return False
        if self._leader is me:
            return True
        with self._turn:
            if self._leader is None:
                self._leader = me
            return self._leader is me

    def _next_connection(self) -> tuple[int, T] | None:
        """The next that sent something; None when nothing came for a while."""
        if not self._ready:
            for descriptor, _ in self._poll.poll(IDLE_SECONDS):
                self._ready.append(descriptor)
            now = time.monotonic()
            if now - self._swept > IDLE_SECONDS / 4:
                self._swept = now
                self._release_silent(now - IDLE_SECONDS)
        try:
            descriptor = self._ready.popleft()
            connection, _ = self._watched.pop(descriptor)
        except (IndexError, KeyError):
            return None
        return descriptor, connection

    def _release_silent(self, since: float) -> None:
        for descriptor, (_, watched_at) in list(self._watched.items()):
            if watched_at > since:
                return
            if descriptor not in self._ready:
                self._give_back(descriptor)

    def _give_back(self, descriptor: int) -> None:
        try:
            connection, _ = self._watched.pop(descriptor)
        except KeyError:
            return  # somebody else has it
        self._poll.unregister(descriptor)
        self._release(connection)

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
                self._submit(self._lead)
