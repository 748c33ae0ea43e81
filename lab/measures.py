"""Figures of merit: of answers that are right or wrong, and of confidences in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

DRAWS = 2_000
BINS = 10


@dataclass(frozen=True)
class Interval:
    """A share with the middle 95 % of what other cases of the kind would have given."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


def share(right: Sequence[bool], seed: int = 1) -> Interval:
    """Return the share of right answers, with a bootstrap interval; 0 for none at all."""
    if not right:
        return Interval(0.0, 0.0, 0.0)
    draw = Random(seed)
    size = len(right)
    means = sorted(sum(draw.choices(right, k=size)) / size for _ in range(DRAWS))
    return Interval(sum(right) / size, means[int(DRAWS * 0.025)], means[int(DRAWS * 0.975)])


def ratio(first: Sequence[bool], second: Sequence[bool], seed: int = 1) -> Interval:
    """Return how many times as many are right in the first as in the second, over the same
    cases."""
    draw = Random(seed)
    places = range(len(first))
    found = []
    for _ in range(DRAWS):
        drawn = draw.choices(places, k=len(places))
        found.append(
            sum(first[place] for place in drawn) / max(sum(second[place] for place in drawn), 1)
        )
    found.sort()
    value = sum(first) / max(sum(second), 1)
    return Interval(value, found[int(DRAWS * 0.025)], found[int(DRAWS * 0.975)])


def auroc(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return probability that a right answer has more confidence than a wrong one; ties count half.

    None where all are right or all are wrong.
    """
    good = [value for value, is_right in zip(confidence, right, strict=True) if is_right]
    bad = [value for value, is_right in zip(confidence, right, strict=True) if not is_right]
    if not good or not bad:
        return None
    wins = sum((mine > other) + (mine == other) / 2 for mine in good for other in bad)
    return wins / (len(good) * len(bad))


def ece(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal width."""
    binned: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for value, is_right in zip(confidence, right, strict=True):
        binned[min(int(value * bins), bins - 1)].append((value, is_right))
    gaps = (
        abs(sum(value for value, _ in each) - sum(is_right for _, is_right in each))
        for each in binned
    )
    return sum(gaps) / max(len(confidence), 1)


def ece_of_truth(confidence: Sequence[float], seed: int = 1) -> float:
    """Return the mean calibration error of this number of answers when every confidence is true.

    Few answers in a bin are seldom right as often as they should be; what :func:`ece` says beyond
    this is the confidence's own fault.
    """
    draw = Random(seed)
    drawn = (ece(confidence, [draw.random() < value for value in confidence]) for _ in range(DRAWS))
    return sum(drawn) / DRAWS


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, risk) pairs: the share of wrong ones among the answers most sure of.

    Answers of equal confidence enter together.
    """
    ranked = sorted(zip(confidence, right, strict=True), key=lambda pair: -pair[0])
    points: list[tuple[float, float]] = []
    wrong = 0
    for place, (value, is_right) in enumerate(ranked, 1):
        wrong += not is_right
        if place == len(ranked) or ranked[place][0] < value:
            points.append((place / len(ranked), wrong / place))
    return points
