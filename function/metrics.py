"""What the function counts, in Prometheus format."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """Counters of one running function; safe for many threads. No label holds an identifier."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "trm_answers",
            "HTTP answers by status: 200 replied, 202 sent to the sink, 204 not ours, ...",
            ["status"],
            registry=self._registry,
        )
        self._by_status: dict[int, Counter] = {}
        self.replayed = Counter(
            "trm_duplicates",
            "Events that joined work under way or got a stored reply.",
            registry=self._registry,
        )
        self.degraded = Counter(
            "trm_dedupe_degraded",
            "Times the shared store was found to be gone; events are then answered alone.",
            registry=self._registry,
        )

        self.dropped_steps = Counter(
            "trm_steps_dropped",
            "Step events that the sink did not take; their replies hold the whole trace.",
            registry=self._registry,
        )
        self._queue = Gauge(
            "trm_queue_depth",
            "Requests that wait for a place at a text model or in the native TRM's engine.",
            ["lane"],
            registry=self._registry,
        )

    def watch_queue(self, lane: str, depth: Callable[[], int]) -> None:
        """Ask ``depth`` for the length of a queue whenever the metrics are read."""
        self._queue.labels(lane).set_function(depth)

    def count_answer(self, status: int) -> None:
        """Count one HTTP answer."""
        counter = self._by_status.get(status)
        if counter is None:  # looking a label up takes longer than counting
            counter = self._by_status[status] = self._answers.labels(status)
        counter.inc()

    def exposition(self) -> bytes:
        """Every counter in the text format that Prometheus scrapes."""
        return generate_latest(self._registry)
