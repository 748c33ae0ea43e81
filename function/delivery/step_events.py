"""Step events: the progress of a reflection, for its watchers, on its way to the sink.

Steps leave beside the inference and never hold it up. They are news: one that the sink does not
take at once, or that has waited too long to be news, is dropped and counted. The reply's trace
holds all of them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from cloudevents.core.v1.event import CloudEvent

from function.deadline import Clock, Deadline
from function.errors import TryAgain
from function.telemetry import Log

LONGEST = 1_000
"""Steps that may wait for the sink."""
SECONDS = 2.0
"""How long the next step waits for the sink to answer this one. A synchronous broker with one
broken subscriber answers none, but delivers each to the others."""
FRESH_SECONDS = 10.0
"""How long after it was made a step is still news."""
CLOSING_SECONDS = 5.0


class StepFeed:
    """Sends step events in their order, one after the other, in a thread of its own.

    :param send: posts an event to the sink and raises TryAgain when the sink does not take it.
    :param on_dropped: called for each step that the sink did not take, or not in time.
    :param clock: monotonic seconds.
    """

    def __init__(
        self,
        send: Callable[[CloudEvent, Deadline], None],
        log: Log,
        on_dropped: Callable[[], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._send = send
        self._log = log
        self._on_dropped = on_dropped
        self._clock = clock
        self._waiting: queue.Queue[tuple[CloudEvent, Deadline] | None] = queue.Queue(LONGEST)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def offer(self, event: CloudEvent) -> None:
        """Take a step event along; returns at once."""
        self._start()
        try:
            self._waiting.put_nowait((event, Deadline.after(FRESH_SECONDS, self._clock)))
        except queue.Full:
            self._on_dropped()

    def close(self) -> None:
        """Send what still waits, if the sink takes it soon."""
        if self._thread is None:
            return
        try:
            self._waiting.put(None, timeout=CLOSING_SECONDS)
        except queue.Full:
            return
        self._thread.join(CLOSING_SECONDS)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="steps", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        stale = 0
        while True:
            step = self._waiting.get()
            if step is not None and step[1].passed:
                stale += 1
                self._on_dropped()
                continue
            if stale:  # one line for all, however many a stuck one left behind
                self._log.warning("trm_step_dropped", problem="too old", count=stale)
                stale = 0
            if step is None:
                return
            try:
                self._send(step[0], Deadline.after(SECONDS, self._clock))
            except TryAgain as error:
                self._log.warning("trm_step_dropped", problem=str(error), count=1)
                self._on_dropped()
