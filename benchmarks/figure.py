"""One figure: what was measured, the bar it is held against, and what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

SMALL = 0.1
"""Keeps a figure without any error from being better than its bar without end."""


@dataclass(frozen=True)
class Figure:
    """A figure, most often a ratio of the function to its peer.

    ``bar`` is the most or the least it should be; ``unit`` belongs to both and is empty for a
    ratio. What ``detail`` says is not held against anything.
    """

    name: str
    measured: float
    bound: Literal["at most", "at least"]
    bar: float
    detail: str
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of its bar."""
        if self.bound == "at most":
            return self.measured <= self.bar
        return self.measured >= self.bar

    @property
    def margin(self) -> float:
        """How many times better than its bar the figure is, from 0.05 to 20.

        Of a share in percent that should be high it is the rest that counts: 99.9 % has a tenth of
        the errors of 99 %.
        """
        measured, bar = self.measured, self.bar
        if bar == 0:  # nothing of the kind may be
            return 20.0 if measured <= 0 else 0.05
        if self.bound == "at least" and self.unit == "%":
            margin = (100 - bar + SMALL) / (100 - measured + SMALL)
        elif self.bound == "at least":
            margin = measured / bar
        else:
            margin = bar / max(measured, bar / 20)
        return min(max(margin, 0.05), 20.0)

    @property
    def told(self) -> str:
        """The measured value with its unit."""
        digits = 3 if self.measured < 1 and not self.unit else 2
        return f"{self.measured:.{digits}f} {self.unit}".strip()

    @property
    def demand(self) -> str:
        """The bar in words, such as ``at least 99 %``."""
        return f"{self.bound} {self.bar:g} {self.unit}".strip()

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSED"
        return f"{self.name:<48} {self.told:>10}   {self.demand}   {verdict}\n    {self.detail}"


def middle_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the median of the ratios of neighbours in time, which the same noise has met."""
    return median(ours / theirs for ours, theirs in pairs)
