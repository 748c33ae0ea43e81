"""Asks the probes all the while, as a kubelet does."""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from benchmarks.attack.senders import exchange

PATHS = ("/health/liveness", "/health/readiness", "/metrics")
PROBE_SECONDS = 1.0
"""The default of a kubelet's ``timeoutSeconds``."""
PAUSE_SECONDS = 0.25
READY_SECONDS = 120.0


class Prober:
    """A thread that asks every probe in turn; ``missed`` counts late and wrong answers."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.asked = 0
        self.missed: Counter[str] = Counter()
        self.slowest = 0.0

    def wait_until_ready(self) -> None:
        """Wait for the model, then begin to count.

        :raises RuntimeError: the function does not become ready.
        """
        give_up = time.monotonic() + READY_SECONDS
        while self._probe("/health/readiness", 5.0)[0] != 200:
            if time.monotonic() > give_up:
                raise RuntimeError("the function does not become ready")
            time.sleep(0.2)
        self._thread.start()

    def _probe(self, path: str, seconds: float) -> tuple[int, float]:
        request = f"GET {path} HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n".encode()
        answer = exchange(self._port, request, seconds)
        return answer.status, answer.seconds

    def _ask(self) -> None:
        while not self._ended.is_set():
            for path in PATHS:
                status, seconds = self._probe(path, PROBE_SECONDS)
                self.asked += 1
                if status != 200:
                    self.missed[f"{path} {status or 'no answer'}"] += 1
                self.slowest = max(self.slowest, seconds)
                self._ended.wait(PAUSE_SECONDS / len(PATHS))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
