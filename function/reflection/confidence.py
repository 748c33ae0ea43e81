"""How sure the function is of an answer, and by which method it knows.

Nothing here looks at the length of an answer: the token probability is a mean, not a sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from function.contract import CheckResult
from function.models.base import Score


@dataclass(frozen=True)
class Confidence:
    """A probability and where it comes from; both None where there is no signal."""

    value: float | None
    method: str | None


UNKNOWN = Confidence(None, None)


def token_probability(log_probabilities: Sequence[float] | None) -> float | None:
    """Geometric mean of the tokens' probabilities, 0 to 1; None without log-probabilities."""
    if not log_probabilities:
        return None
    return math.exp(sum(log_probabilities) / len(log_probabilities))


def of_text(probability: float | None, checks: Sequence[CheckResult]) -> Confidence:
    """An answer that fails a check is known to be wrong; else the model's own probability."""
    if any(not check.passed for check in checks):
        return Confidence(0.0, "failed_checks")
    if probability is None:
        return UNKNOWN
    return Confidence(min(probability, 1.0), "token_probability")


def of_choices(given: Sequence[Score], prior: Sequence[Score]) -> list[float]:
    """Probability of each choice: softmax of length-normalised pointwise mutual information.

    :param given: how likely each choice's text is after the case at hand.
    :param prior: how likely it is without the case, which is what its wording alone is worth.
    :return: probabilities in the same order, summing to 1.

    Source: "Surface Form Competition", arXiv 2104.08315 (domain-conditional PMI).
    """
    gains = [
        with_case.log_probability / with_case.length - without.log_probability / without.length
        for with_case, without in zip(given, prior, strict=True)
    ]
    peak = max(gains)
    weights = [math.exp(gain - peak) for gain in gains]
    total = sum(weights)
    return [weight / total for weight in weights]
