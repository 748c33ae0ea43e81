"""Step events: what a reflection came to so far, for those who watch, on its way to the sink.

They leave behind the inference and never hold it up. They are news and not replies: what the sink
does not take is dropped, and the reply holds all of it in its trace.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from cloudevents.core.v1.event import CloudEvent

from function.deadline import Deadline
from function.errors import TryAgain
from function.telemetry import Log

LONGEST = 1_000
"""Steps that may wait for the sink."""
SECONDS = 15.0
"""How long one step is offered to the sink."""
CLOSING_SECONDS = 5.0


class StepFeed:
    """Sends step events in their order, one after the other, in a thread of its own.

    :param send: posts an event to the sink and raises TryAgain when the sink does not take it.
    :param on_dropped: called for each step that never arrives.
    """

    def __init__(
        self,
        send: Callable[[CloudEvent, Deadline], None],
        log: Log,
        on_dropped: Callable[[], None],
    ) -> None:
        self._send = send
        self._log = log
        self._on_dropped = on_dropped
        self._waiting: queue.Queue[CloudEvent | None] = queue.Queue(LONGEST)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def offer(self, event: CloudEvent) -> None:
        """Take a step event along; returns at once."""
        self._start()
        try:
            self._waiting.put_nowait(event)
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
        while (event := self._waiting.get()) is not None:
            try:
                self._send(event, Deadline.after(SECONDS))
            except TryAgain as error:
                self._log.warning("trm_step_dropped", problem=str(error))
                self._on_dropped()
