"""The metrics that Prometheus can scrape, sent to a collector as well, at a steady interval.

They are counted once, in :mod:`function.observability.metrics`, so both ways show the same
numbers and an event costs no more with a collector than without.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.core import Metric as Family
from prometheus_client.samples import Sample

from function.observability import conventions as names

CONVENTIONAL = {
    "http_server_request_duration_seconds": (names.HTTP_SERVER_REQUEST_DURATION, "s"),
    "messaging_process_duration_seconds": (names.MESSAGING_PROCESS_DURATION, "s"),
    "messaging_client_operation_duration_seconds": (names.MESSAGING_CLIENT_OPERATION_DURATION, "s"),
    "gen_ai_client_operation_duration_seconds": (names.GEN_AI_CLIENT_OPERATION_DURATION, "s"),
    "gen_ai_client_token_usage": (names.GEN_AI_CLIENT_TOKEN_USAGE, "{token}"),
}
"""Names as Prometheus has them, and as the conventions do; every other name is the same."""
ATTRIBUTES = {
    name.replace(".", "_"): name
    for name in (
        names.ERROR_TYPE,
        names.GEN_AI_OPERATION_NAME,
        names.GEN_AI_PROVIDER_NAME,
        names.GEN_AI_REQUEST_MODEL,
        names.GEN_AI_TOKEN_TYPE,
        names.HTTP_REQUEST_METHOD,
        names.HTTP_RESPONSE_STATUS_CODE,
        names.HTTP_ROUTE,
        names.MESSAGING_OPERATION_NAME,
        names.MESSAGING_SYSTEM,
        names.URL_SCHEME,
    )
}


class MetricFeed:
    """Exports what ``collect`` returns every ``seconds``, in a thread of its own.

    :param exporter: where it goes.
    """

    def __init__(
        self,
        collect: Callable[[], Iterable[Family]],
        exporter: MetricExporter,
        resource: Resource,
        scope: InstrumentationScope,
        seconds: float,
    ) -> None:
        self._collect = collect
        self._exporter = exporter
        self._resource = resource
        self._scope = scope
        self._seconds = seconds
        self._began = time.time_ns()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Export once more and stop; waits no longer than ``seconds``."""
        self._closing.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._closing.wait(self._seconds):
            self._exporter.export(self._data())
        self._exporter.export(self._data())
        self._exporter.shutdown()

    def _data(self) -> MetricsData:
        now = time.time_ns()
        metrics = [_metric(family, self._began, now) for family in self._collect()]
        scope = ScopeMetrics(self._scope, metrics, self._scope.schema_url or "")
        return MetricsData([ResourceMetrics(self._resource, [scope], self._resource.schema_url)])


def _metric(family: Family, began: int, now: int) -> Metric:
    name, unit = CONVENTIONAL.get(family.name, (family.name, ""))
    cumulative = AggregationTemporality.CUMULATIVE
    if family.type == "histogram":
        points = list(_histograms(family.samples, began, now))
        return Metric(name, family.documentation, unit, Histogram(points, cumulative))
    numbers = [
        NumberDataPoint(_attributes(sample.labels), began, now, sample.value)
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]
    if family.type == "counter":
        return Metric(name, family.documentation, unit, Sum(numbers, cumulative, True))
    return Metric(name, family.documentation, unit, Gauge(numbers))


def _histograms(samples: Iterable[Sample], began: int, now: int) -> Iterator[HistogramDataPoint]:
    """Yield one point for each combination of labels; Prometheus counts what is up to each
    bound."""
    buckets: list[tuple[float, int]] = []
    for sample in samples:
        if sample.name.endswith("_bucket"):
            buckets.append((float(sample.labels["le"]), int(sample.value)))
        elif sample.name.endswith("_sum"):
            counts = [0, *(count for _, count in buckets)]
            yield HistogramDataPoint(
                attributes=_attributes(sample.labels),
                start_time_unix_nano=began,
                time_unix_nano=now,
                count=counts[-1],
                sum=sample.value,
                bucket_counts=[after - before for before, after in pairwise(counts)],
                explicit_bounds=[bound for bound, _ in buckets[:-1]],
                min=float("nan"),  # not known, as in every histogram of Prometheus
                max=float("nan"),
            )
            buckets = []


def _attributes(labels: dict[str, str]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for label, value in labels.items():
        name = ATTRIBUTES.get(label, label)
        if name == names.ERROR_TYPE and not value:
            continue  # by the convention it is there only after an error
        found[name] = int(value) if name == names.HTTP_RESPONSE_STATUS_CODE else value
    return found
