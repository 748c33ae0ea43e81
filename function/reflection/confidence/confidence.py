"""How sure the function is of an answer, and by which method it knows.

Nothing here looks at the length of an answer: the token probability is a mean, not a sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from function.backends.base import Score
from function.reflection.confidence.calibration import Fit
from function.reflection.confidence.features import Signals


@dataclass(slots=True)
class Confidence:
    """A probability and where it comes from; both None where there is no signal.

    ``calibrated`` says that such values were held against what turned out to be right.
    """

    value: float | None
    method: str | None
    calibrated: bool = False


UNKNOWN = Confidence(None, None)


def token_probability(log_probabilities: Sequence[float] | None) -> float | None:
    """Return the geometric mean of the tokens' probabilities, 0 to 1; None without
    log-probabilities."""
    if not log_probabilities:
        return None
    return math.exp(sum(log_probabilities) / len(log_probabilities))


def of_answer(signals: Signals, method: str, fit: Fit | None) -> Confidence:
    """Return how sure the function is of an answer.

    An answer that fails a check is known to be wrong; that is calibrated where the fit, which was
    held against such answers too, can tell right from wrong. Else it is what the fit makes of the
    signals, nothing where it cannot tell, and without a fit the likelihood.

    :param method: what the likelihood is, where there is no fit.
    """
    if signals.passed < 1:
        return Confidence(0.0, "failed_checks", fit is not None and fit.informative)
    if fit is not None and signals.likelihood is not None:
        if not fit.informative:
            return UNKNOWN
        return Confidence(fit.probability(signals), "logistic_regression", True)
    if signals.likelihood is None:
        return UNKNOWN
    return Confidence(min(signals.likelihood, 1.0), method)


def of_choices(given: Sequence[Score], prior: Sequence[Score]) -> list[float]:
    """Return the probability of each choice: softmax of length-normalised PMI.

    Divided by the square root of the length: on the development half 19 of 21 alerts were right,
    17 with the mean over the tokens (which favours short texts) and 16 with the sum (long ones).

    :param given: how likely each choice's text is after the case at hand.
    :param prior: how likely it is without the case, which is what its wording alone is worth.
    :return: probabilities in the same order, summing to 1.

    Source: "Surface Form Competition", arXiv 2104.08315 (domain-conditional PMI).
    """
    gains = [
        with_case.log_probability / math.sqrt(with_case.length)
        - without.log_probability / math.sqrt(without.length)
        for with_case, without in zip(given, prior, strict=True)
    ]
    peak = max(gains)
    weights = [math.exp(gain - peak) for gain in gains]
    total = sum(weights)
    return [weight / total for weight in weights]
