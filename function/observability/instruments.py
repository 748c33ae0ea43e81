"""Counters and histograms with labels, for paths on which a microsecond counts.

A histogram of ``prometheus_client`` takes several locks for a value and walks along its buckets;
these take one lock for many, and are collected by the same registry.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

MOST_ASIDE = 256
"""Values of a histogram that wait to be counted."""


class Tally(Collector):
    """A counter for each combination of labels.

    :param labels: their names.
    :param known: values of the labels that are reported from the start, as 0.
    """

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str], known: Sequence[str] = ()
    ) -> None:
        self._about = (name, meaning, labels)
        self._counts: dict[tuple[str | int, ...], float] = {(value,): 0.0 for value in known}
        self._lock = threading.Lock()

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
        self, name: str, meaning: str, bounds: Sequence[float], labels: Sequence[str] = ()
    ) -> None:
        self._about = (name, meaning, labels)
        self._bounds = tuple(bounds)
        self._series: dict[tuple[str, ...], Series] = {}
        self._making = threading.Lock()

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
