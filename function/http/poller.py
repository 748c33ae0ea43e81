"""Wait for connections that can be read or written, each announced once to one thread."""

from __future__ import annotations

import os
import select
import threading
from contextlib import suppress
from typing import Protocol

READ = select.POLLIN
WRITE = select.POLLOUT


class Poller(Protocol):
    """Announces each armed descriptor once. Safe to call from many threads, one of which polls."""

    def arm(self, descriptor: int, events: int) -> None:
        """Announce this descriptor when it can be read or written, or its peer is gone."""

    def poll(self, seconds: float) -> list[int]:
        """Return descriptors that are ready, none of them twice without :meth:`arm`."""

    def wake(self) -> None:
        """Have :meth:`poll` return, now and from now on."""

    def close(self) -> None:
        """Give the descriptors back."""


class EpollPoller(Poller):
    """Linux: the kernel keeps what is armed."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._waker = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll.register(self._waker, select.EPOLLIN)

    def arm(self, descriptor: int, events: int) -> None:
        """See :meth:`Poller.arm`."""
        # A peer that has sent all may still take its answer slowly: no sign of it while writing.
        hung_up = select.EPOLLRDHUP if events & READ else 0
        mask = events | hung_up | select.EPOLLONESHOT
        try:
            self._poll.modify(descriptor, mask)
        except FileNotFoundError:
            self._poll.register(descriptor, mask)

    def poll(self, seconds: float) -> list[int]:
        """See :meth:`Poller.poll`."""
        return [descriptor for descriptor, _ in self._poll.poll(seconds)]

    def wake(self) -> None:
        """See :meth:`Poller.wake`."""
        os.eventfd_write(self._waker, 1)

    def close(self) -> None:
        """See :meth:`Poller.close`."""
        self._poll.close()
        os.close(self._waker)


class PortablePoller(Poller):
    """Systems without epoll: every poll hands the kernel all that is armed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[int, int] = {}
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._woken = False

    def arm(self, descriptor: int, events: int) -> None:
        """See :meth:`Poller.arm`."""
        with self._lock:
            self._armed[descriptor] = events
        self._ring()

    def poll(self, seconds: float) -> list[int]:
        """See :meth:`Poller.poll`."""
        poll = select.poll()
        with self._lock:
            for descriptor, events in self._armed.items():
                poll.register(descriptor, events)
        poll.register(self._reader, READ)
        ready = [descriptor for descriptor, _ in poll.poll(seconds * 1_000)]
        if self._reader in ready:
            ready.remove(self._reader)
            if not self._woken:
                os.read(self._reader, 4_096)
        with self._lock:
            return [descriptor for descriptor in ready if self._armed.pop(descriptor, None)]

    def wake(self) -> None:
        """See :meth:`Poller.wake`."""
        self._woken = True
        self._ring()

    def close(self) -> None:
        """See :meth:`Poller.close`."""
        os.close(self._reader)
        os.close(self._writer)

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # full: the poll returns anyway
            os.write(self._writer, b"\0")


def new_poller() -> Poller:
    """Return the best poller of this system."""
    return EpollPoller() if hasattr(select, "epoll") else PortablePoller()
