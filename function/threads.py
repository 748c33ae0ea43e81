"""Threads: a pool that says when all of its threads are busy, and how those of OpenMP wait."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], object]


class Threads:
    """Runs functions in at most ``size`` threads, started when they are needed.

    The threads of ``concurrent.futures`` are joined when the interpreter ends: one that is stuck
    would keep the process until it is killed.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._lock = threading.Lock()
        self._started = 0
        self._idle = 0
        self._work: SimpleQueue[Work | None] = SimpleQueue()

    @property
    def free(self) -> bool:
        """Whether :meth:`submit` would find a thread."""
        return self._idle > 0 or self._started < self._size

    def submit(self, work: Work) -> bool:
        """Run ``work`` in an idle thread or a new one; False when all are busy."""
        with self._lock:
            if self._idle:
                self._idle -= 1
                self._work.put(work)
                return True
            if self._started == self._size:
                return False
            self._started += 1
            name = f"{self._name}-{self._started}"
        try:
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()
        except RuntimeError:  # the system has no thread left
            with self._lock:
                self._started -= 1
            return False
        return True

    def close(self) -> None:
        """End the threads as they become idle; no work may follow."""
        for _ in range(self._started):
            self._work.put(None)

    def _run(self, work: Work | None) -> None:
        while work is not None:
            work()
            with self._lock:
                self._idle += 1
            work = self._work.get()


def wait_briefly() -> None:
    """Let OpenMP's threads spin for a moment before they sleep, unless the environment says else.

    By default they spin for long: where something else needs a core, as on a shared node or in a
    container with a limit, each waits for one that is not running. Beside busy processes on two
    cores 20 tokens took 25 s so instead of 1, and the triage of an alert 346 ms instead of 7.
    Threads that never spin make llama.cpp a fifth slower on an idle machine. Read by the library
    when it is loaded.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
