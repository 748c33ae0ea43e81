"""One figure: a ratio, the bar it is held against, and what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """A ratio of the function to its peer; ``bar`` is the most or the least it should be."""

    name: str
    ratio: float
    bound: Literal["at most", "at least"]
    bar: float
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the ratio is on the right side of its bar."""
        return self.ratio <= self.bar if self.bound == "at most" else self.ratio >= self.bar

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSED"
        return (
            f"{self.name:<36} {self.ratio:5.2f}   {self.bound} {self.bar:g}   {verdict}\n"
            f"    {self.detail}"
        )


def middle_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Median of the ratios of neighbours in time, which the same noise has met."""
    return median(ours / theirs for ours, theirs in pairs)
