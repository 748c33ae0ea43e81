"""How sure the function is of an answer, from which signals, and by which method it knows.

Nothing here looks at the length of an answer: the token probability is a mean, not a sum. A fit
turns signals into a probability that was held against what turned out to be right; one small file
for each model is shipped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from function.backends.base import Score

LEAST_AUROC = 0.75
MOST_ECE = 0.1
"""A confidence that does worse on families left out of the fit is not given."""
SMALLEST = 1e-6


@dataclass(slots=True)
class Signals:
    """The features that confidence is made of; None where there is no such signal.

    ``likelihood`` is the mean token probability, or the share of the best choice; ``margin`` how
    far that is above the second choice's; ``passed`` the share of checks that pass; ``agreement``
    the mean likeness to the other drafts; ``refined`` whether a reflection step wrote the answer;
    ``support`` the share of its words that the request has as well; ``news`` whether it tells
    something of the facts that the question lacks; ``openness`` how many bits of a JSON answer the
    schema left to the model.
    """

    likelihood: float | None
    passed: float = 1.0
    agreement: float | None = None
    refined: bool = False
    margin: float | None = None
    support: float | None = None
    news: bool = False
    openness: float | None = None

    @property
    def features(self) -> dict[str, float]:
        """The signals as numbers of about the same size; unknown ones are 0."""
        return {
            "likelihood": _logit(self.likelihood),
            "agreement": 0.0 if self.agreement is None else self.agreement,
            "refined": float(self.refined),
            "margin": 0.0 if self.margin is None else self.margin,
            "support": 0.0 if self.support is None else self.support,
            "news": float(self.news),
            "openness": 0.0 if self.openness is None else self.openness / 10,
        }


class Fit(BaseModel):
    """A logistic regression over the signals of one kind of answer.

    ``auroc`` and ``ece`` are of families of cases that the regression had not seen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: dict[str, float]
    intercept: float
    cases: int = Field(ge=1)
    auroc: float = Field(ge=0, le=1)
    ece: float = Field(ge=0, le=1)

    @property
    def informative(self) -> bool:
        """Whether this confidence holds for requests that it was not fitted to."""
        return self.auroc >= LEAST_AUROC and self.ece <= MOST_ECE

    def probability(self, signals: Signals) -> float:
        """Return the probability that an answer with these signals is right."""
        features = signals.features
        total = self.intercept + sum(
            weight * features[name] for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


class Calibration(BaseModel):
    """What is known about one model's confidence: a fit for each kind of answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    suite: str
    kinds: dict[str, Fit]


def file_name(model: str) -> str:
    """Return the name of a model's file in ``function/reflection/calibration``."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", model).strip("-.") + ".json"


@cache
def calibration_of(model: str) -> Calibration | None:
    """Return the calibration that is shipped for a model, or None."""
    file = files("function.reflection") / "calibration" / file_name(model)
    if not file.is_file():
        return None
    return Calibration.model_validate_json(file.read_text("utf-8"))


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


def _logit(probability: float | None) -> float:
    if probability is None:
        return 0.0
    inside = min(max(probability, SMALLEST), 1 - SMALLEST)
    return math.log(inside / (1 - inside))
