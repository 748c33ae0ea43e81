"""Places for conversations in an engine that works on several of them together."""

from __future__ import annotations

import threading

from function.deadline import Deadline


class Slots:
    """Which of them are free, by their number alone. Safe for many threads."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    def take(self, most: int, deadline: Deadline) -> int:
        """Wait for one, and take up to ``most`` if more are free; 0 when the deadline passes."""
        if not self._free.acquire(timeout=max(deadline.left, 0)):
            return 0
        taken = 1
        while taken < most and self._free.acquire(blocking=False):
            taken += 1
        return taken

    def leave(self, count: int) -> None:
        """Give places back."""
        self._free.release(count)
