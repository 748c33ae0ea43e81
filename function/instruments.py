"""Counters and histograms with labels, for paths on which a microsecond counts.

Those of ``prometheus_client`` take a lock a bucket and look their labels up in a dictionary of
strings; these take one lock, and are collected by the same registry.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector


class Tally(Collector):
    """A counter for each combination of labels.

    :param labels: their names.
    :param known: values of the labels that are reported from the start, as 0.
    """

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str], known: Sequence[str] = ()
    ) -> None:
        self._about = (name, meaning, labels)
        self._counts: dict[tuple[str, ...], float] = {(value,): 0.0 for value in known}
        self._lock = threading.Lock()

    def add(self, *labels: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0.0) + 1.0

    def collect(self) -> Iterator[Metric]:
        """Called by the registry."""
        name, meaning, labels = self._about
        family = CounterMetricFamily(name, meaning, labels=labels)
        with self._lock:
            counts = list(self._counts.items())
        for values, count in counts:
            family.add_metric(values, count)
        yield family


class Distribution(Collector):
    """A histogram for each combination of labels.

    :param bounds: the largest value of each bucket, ascending; one more takes all above.
    :param labels: their names.
    """

    def __init__(
        self, name: str, meaning: str, bounds: Sequence[float], labels: Sequence[str] = ()
    ) -> None:
        self._about = (name, meaning, labels)
        self._bounds = tuple(bounds)
        self._series: dict[tuple[str, ...], list[float]] = {}
        self._lock = threading.Lock()

    def observe(self, value: float, *labels: str) -> None:
        """Put one value into its bucket."""
        place = bisect_left(self._bounds, value)
        with self._lock:
            series = self._series.get(labels)
            if series is None:
                series = self._series[labels] = [0.0] * (len(self._bounds) + 2)
            series[place] += 1.0
            series[-1] += value

    def collect(self) -> Iterator[Metric]:
        """Called by the registry."""
        name, meaning, labels = self._about
        family = HistogramMetricFamily(name, meaning, labels=labels)
        with self._lock:
            found = [(values, list(series)) for values, series in self._series.items()]
        for values, (*counts, total) in found:
            buckets: list[tuple[str, float]] = []
            so_far = 0.0
            for bound, count in zip((*self._bounds, float("inf")), counts, strict=True):
                so_far += count
                buckets.append(("+Inf" if bound == float("inf") else str(float(bound)), so_far))
            family.add_metric(values, buckets, total)
        yield family
