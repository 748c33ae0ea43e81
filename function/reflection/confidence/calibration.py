"""Confidence that was fitted to what turned out to be right: one small file for each model."""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from function.reflection.confidence.features import Signals

LEAST_AUROC = 0.75
MOST_ECE = 0.1
"""A confidence that does worse on families left out of the fit is not given."""


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
