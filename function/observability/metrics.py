"""What the function counts, once: Prometheus scrapes it, and OTLP carries the same.

Names that OpenTelemetry's conventions have are written here as Prometheus writes them, with
underscores and the unit (``http.server.request.duration`` is
``http_server_request_duration_seconds``). No label holds an identifier or anything that a sender
wrote.

Counters and histograms are our own, for paths on which a microsecond counts: a histogram of
``prometheus_client`` takes several locks for a value and walks along its buckets; these take one
lock for many values, and are collected by the same registry.
"""

from __future__ import annotations

import os
import platform
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from function import __version__
from function.contract import Attempt, StopReason
from function.errors import RequestFailed

if TYPE_CHECKING:
    from function.backends.base import Tokens
    from function.reflection.answer import Outcome

# The conventions' own advice ends at 10 s; a request may take TRM_MAX_DEADLINE_MS, 120 s.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120)
TOKENS = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536)
STEPS = (*range(11), 15, 20, 30)
SHARES = tuple(tenth / 10 for tenth in range(1, 10)) + (0.95, 0.99, 1.0)
BREAKER_STATES = ("closed", "half-open", "open", "loading", "failed")
MOST_ASIDE = 256
"""Values of a histogram that wait to be counted."""
_PROCESS = ("cloudevents", "process")


class Tally(Collector):
    """A counter for each combination of labels.

    :param labels: their names.
    :param known: values of the labels that are reported from the start, as 0.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        name: str,
        meaning: str,
        labels: Sequence[str],
        known: Sequence[str] = (),
    ) -> None:
        self._about = (name, meaning, labels)
        self._counts: dict[tuple[str | int, ...], float] = {(value,): 0.0 for value in known}
        self._lock = threading.Lock()
        registry.register(self)

    def add(self, *labels: str | int) -> None:
        """Count one more."""
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0.0) + 1.0

    def collect(self) -> Iterator[Metric]:
        """Yield the samples to the registry."""
        name, meaning, labels = self._about
        family = CounterMetricFamily(name, meaning, labels=labels)
        with self._lock:
            counts = list(self._counts.items())
        for values, count in counts:
            family.add_metric([str(value) for value in values], count)
        yield family


class Series:
    """One histogram: the values of one combination of labels.

    Values are put aside and counted many at a time, or when they are read: so most of them take
    no lock.
    """

    __slots__ = ("_aside", "_bounds", "_counts", "_lock", "_total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._aside: deque[float] = deque()
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Put one value into its bucket."""
        self._aside.append(value)
        if len(self._aside) >= MOST_ASIDE:
            self.read()

    def read(self) -> tuple[list[int], float]:
        """Return how many values each bucket holds, and the sum of all."""
        with self._lock:
            for _ in range(len(self._aside)):
                value = self._aside.popleft()
                self._counts[bisect_left(self._bounds, value)] += 1
                self._total += value
            return list(self._counts), self._total


class Distribution(Collector):
    """A histogram for each combination of labels.

    :param bounds: the largest value of each bucket, ascending; one more takes all above.
    :param labels: their names.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        name: str,
        meaning: str,
        bounds: Sequence[float],
        labels: Sequence[str],
    ) -> None:
        self._about = (name, meaning, labels)
        self._bounds = tuple(bounds)
        self._series: dict[tuple[str, ...], Series] = {}
        self._making = threading.Lock()
        registry.register(self)

    def at(self, *labels: str) -> Series:
        """Return the histogram of these labels; a caller that needs it often keeps it."""
        series = self._series.get(labels)
        if series is None:
            with self._making:
                series = self._series.setdefault(labels, Series(self._bounds))
        return series

    def collect(self) -> Iterator[Metric]:
        """Yield the samples to the registry."""
        name, meaning, labels = self._about
        family = HistogramMetricFamily(name, meaning, labels=labels)
        with self._making:
            found = list(self._series.items())
        for values, series in found:
            counts, total = series.read()
            bounds = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
            family.add_metric(values, list(zip(bounds, accumulate(counts), strict=True)), total)
        yield family


class Metrics:
    """Counters of one running function; safe for many threads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        tally, distribution = partial(Tally, registry), partial(Distribution, registry)
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        self._answers = tally(
            "trm_answers",
            "HTTP answers by status: 200 replied, 202 sent to the sink, 204 not ours, ...",
            ["status"],
        )
        self._requests = distribution(
            "http_server_request_duration_seconds",
            "Time from a whole HTTP request with an event to its answer.",
            SECONDS,
            ["http_request_method", "url_scheme", "http_route", "http_response_status_code"],
        )
        self._processed = distribution(
            "messaging_process_duration_seconds",
            "Time that one event takes, duplicates included; error_type is empty when its "
            "reply is there.",
            SECONDS,
            ["messaging_system", "messaging_operation_name", "error_type"],
        )
        self._sent = distribution(
            "messaging_client_operation_duration_seconds",
            "Time until the sink took one event, or did not.",
            SECONDS,
            ["messaging_system", "messaging_operation_name", "error_type"],
        )
        called = ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model"]
        self._calls = distribution(
            "gen_ai_client_operation_duration_seconds",
            "Time of one call of a model; error_type is empty when it answered.",
            SECONDS,
            [*called, "error_type"],
        )
        self._tokens = distribution(
            "gen_ai_client_token_usage",
            "Tokens of one call of a model.",
            TOKENS,
            [*called, "gen_ai_token_type"],
        )
        self._failures = tally(
            "trm_failures",
            "Requests answered for good without an answer, by the code of their reply.",
            ["code"],
            sorted(error.code for error in RequestFailed.__subclasses__()),
        )
        self._refusals = tally(
            "trm_refusals", "Requests that their sender has to send again, by reason.", ["reason"]
        )
        self._steps = distribution(
            "trm_reflection_steps", "Reflection steps of one request.", STEPS, ["task"]
        )
        self._stops = tally("trm_stops", "Why reflection ended.", ["reason"], get_args(StopReason))
        self._refinements = tally(
            "trm_refinements",
            "Refinements that became the best answer, and those that did not.",
            ["accepted"],
            ["true", "false"],
        )
        self._checks = tally("trm_checks", "Checks of the answers that left.", ["check", "passed"])
        self._confidence = distribution(
            "trm_confidence", "Confidence of the answers that have one.", SHARES, ["method"]
        )
        self._attempts = tally(
            "trm_backend_attempts",
            "What backends did for requests: answered, outdone, failed, skipped.",
            ["backend", "outcome"],
        )
        self._asked = distribution(
            "trm_request_duration_seconds",
            "Time at work and in the queue of one answered request, by the profile of its "
            "agent; none for an agent without one.",
            SECONDS,
            ["agent", "task"],
        )
        gauge(
            "trm_build_info",
            "Always 1; the labels say what runs.",
            ["version", "revision", "python"],
        ).labels(__version__, os.environ.get("K_REVISION", ""), platform.python_version()).set(1)
        self._by_status: dict[tuple[str, str, int], Series] = {}
        self._by_model: dict[tuple[str, str], tuple[Series, Series, Series]] = {}
        self._processed_well = self._processed.at(*_PROCESS, "")
        self.replayed = counter(
            "trm_duplicates", "Events that joined work under way or got a stored reply."
        )
        self.reused_ids = counter(
            "trm_ids_reused",
            "Events whose source and id their sender had used for other data; answered anew.",
        )
        self.degraded = counter(
            "trm_dedupe_degraded",
            "Times the shared store was found to be gone; events are then answered alone.",
        )
        self.foreign = counter(
            "trm_dedupe_foreign",
            "Values in the shared store that another program wrote; they count as absent.",
        )
        self.dropped_steps = counter(
            "trm_steps_dropped",
            "Step events that the sink did not take; their replies hold the whole trace.",
        )
        self._queue = gauge(
            "trm_queue_depth",
            "Requests that wait for a place at a text model or in the native TRM's engine.",
            ["lane"],
        )
        self._working = gauge(
            "trm_working",
            "Requests that a text model or the native TRM's engine works on.",
            ["lane"],
        )
        self._ready = gauge("trm_ready", "1 while events are taken, else 0.")

    def watch_lane(self, lane: str, waiting: Callable[[], int], busy: Callable[[], int]) -> None:
        """Ask for the length of a queue, and how many are at work, when the metrics are read."""
        self._queue.labels(lane).set_function(waiting)
        self._working.labels(lane).set_function(busy)

    def watch_ready(self, ready: Callable[[], bool]) -> None:
        """Ask whether events are taken whenever the metrics are read."""
        self._ready.set_function(lambda: float(ready()))

    def watch_breakers(self, states: Callable[[], Iterable[tuple[str, str]]]) -> None:
        """Ask for the label and the state of each backend whenever the metrics are read."""
        self._registry.register(_Breakers(states))

    def count_answer(
        self, status: int, seconds: float, method: str = "POST", route: str = "/"
    ) -> None:
        """Count one HTTP answer, and the time from the whole request to it."""
        self._answers.add(status)
        labels = (method, route, status)
        series = self._by_status.get(labels)
        if series is None:  # finding it by its labels takes longer than counting
            series = self._requests.at(method, "http", route, str(status))
            self._by_status[labels] = series
        series.observe(seconds)

    def count_processed(self, seconds: float, error: str = "") -> None:
        """Count one event that came, and the class of the error where there is no reply."""
        series = self._processed.at(*_PROCESS, error) if error else self._processed_well
        series.observe(seconds)

    def count_sent(self, seconds: float, error: str = "") -> None:
        """Count one event for the sink, and the class of the error where it was not taken."""
        self._sent.at("cloudevents", "send", error).observe(seconds)

    def count_call(
        self, provider: str, model: str, seconds: float, tokens: Tokens | None, error: str = ""
    ) -> None:
        """Count one call of a model; ``tokens`` is None where it gave no answer."""
        if tokens is None:
            self._calls.at("chat", provider, model, error).observe(seconds)
            return
        found = self._by_model.get((provider, model))
        if found is None:
            called = ("chat", provider, model)
            found = self._by_model[provider, model] = (
                self._calls.at(*called, ""),
                self._tokens.at(*called, "input"),
                self._tokens.at(*called, "output"),
            )
        duration, given, written = found
        duration.observe(seconds)
        given.observe(tokens.prompt)
        written.observe(tokens.completion)

    def count_outcome(self, task: str, outcome: Outcome) -> None:
        """Count what came of one request."""
        self._steps.at(task).observe(len(outcome.trace))
        self._stops.add(outcome.stop_reason)
        for step in outcome.trace:
            self._refinements.add("true" if step.accepted else "false")
        for check in outcome.checks:
            self._checks.add(check.name.partition(":")[0], "true" if check.passed else "false")
        confidence = outcome.confidence
        if confidence.value is not None and confidence.method is not None:
            self._confidence.at(confidence.method).observe(confidence.value)

    def count_request(self, profile: str | None, task: str, seconds: float) -> None:
        """Count one answered request for the profile that was used, whose names are bounded."""
        self._asked.at(profile or "none", task).observe(seconds)

    def count_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Count what each backend did for one request."""
        for attempt in attempts:
            self._attempts.add(attempt.label, attempt.outcome)

    def count_failure(self, code: str) -> None:
        """Count a request that is answered for good without an answer."""
        self._failures.add(code)

    def count_refusal(self, reason: str) -> None:
        """Count a request that has to be sent again, by the class of the error."""
        self._refusals.add(reason)

    def collect(self) -> list[Metric]:
        """Return every metric with its samples."""
        return list(self._registry.collect())

    def exposition(self) -> bytes:
        """Return every metric in the text format that Prometheus scrapes."""
        return generate_latest(self._registry)


class _Breakers(Collector):
    def __init__(self, states: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        """Yield the samples to the registry."""
        family = GaugeMetricFamily(
            "trm_breaker_state",
            "1 for the state that a backend is in, 0 for the others.",
            labels=["backend", "state"],
        )
        for label, now in self._states():
            for state in BREAKER_STATES:
                family.add_metric([label, state], float(state == now))
        yield family
