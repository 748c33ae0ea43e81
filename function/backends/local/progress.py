"""When the calls of an engine last made progress: distinguishes a slow engine from a stuck one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from function.deadline import Clock


class Progress:
    """The calls under way in one engine. Safe for many threads.

    :param clock: monotonic seconds.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._moved: dict[object, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def call(self) -> Iterator[Callable[[], None]]:
        """Watch a call; what it yields is called at each token and each chunk of the prompt."""
        call = object()

        def moved() -> None:
            with self._lock:
                self._moved[call] = self._clock()

        moved()
        try:
            yield moved
        finally:
            with self._lock:
                del self._moved[call]

    @property
    def silence(self) -> float:
        """Seconds for which the most silent call has made no progress; 0 without any."""
        with self._lock:
            oldest = min(self._moved.values(), default=None)
        return 0.0 if oldest is None else max(self._clock() - oldest, 0.0)
