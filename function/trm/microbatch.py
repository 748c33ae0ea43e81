"""How many samples go through the network together, learned from how long cycles take."""

from __future__ import annotations

WORTHWHILE = 0.95
"""A larger batch must need at most this share of the time per sample to be kept."""
OBSERVATIONS = 8
LARGEST = 64


class MicroBatch:
    """Doubles the size while that pays, and stays at the size that is best for the cache.

    The best of several observations counts: whatever else runs on the machine only adds time.

    :param smallest: samples that are always worth while together: one for each core.
    """

    def __init__(self, smallest: int = 1) -> None:
        self.size = smallest
        self._settled = False
        self._best: dict[int, float] = {}
        self._seen: dict[int, int] = {}

    def record(self, samples: int, seconds: float) -> None:
        """Note that one cycle of `samples` samples took `seconds`."""
        if self._settled or samples != self.size:
            return
        each = seconds / samples
        self._best[samples] = min(each, self._best.get(samples, each))
        self._seen[samples] = self._seen.get(samples, 0) + 1
        if self._seen[samples] < OBSERVATIONS:
            return
        smaller = self._best.get(samples // 2)
        if smaller is not None and self._best[samples] > WORTHWHILE * smaller:
            self.size = samples // 2
            self._settled = True
        elif samples >= LARGEST:
            self._settled = True
        else:
            self.size = 2 * samples
