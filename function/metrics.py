"""What the function counts, in Prometheus format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, generate_latest


class Metrics:
    """Counters of one running function; safe for many threads. No label holds an identifier."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.answers = Counter(
            "trm_answers",
            "HTTP answers by status: 200 replied, 202 sent to the sink, 204 not ours, ...",
            ["status"],
            registry=self._registry,
        )
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

    def exposition(self) -> bytes:
        """Every counter in the text format that Prometheus scrapes."""
        return generate_latest(self._registry)
