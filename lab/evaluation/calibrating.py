"""Fit confidence to what turned out to be right, and try it on families that the fit has not seen.

Only the development half may be given to it. Needs scikit-learn, which the function does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from function.reflection.answer import Calibration, Fit
from lab.evaluation.trials import NATIVE, Trial
from lab.measures import auroc, ece

FEATURES: dict[str, tuple[tuple[str, ...], ...]] = {
    "choose": (("likelihood",), ("likelihood", "margin")),
    "json": (("likelihood",), ("likelihood", "openness"), ("likelihood", "openness", "support")),
    "text": (("likelihood",), ("news", "support"), ("likelihood", "news", "support")),
}
"""Sets that are tried for each kind of answer; the one that foretells left-out families best
stays."""
STRENGTH = 1.0
"""Inverse of the regularisation: a few dozen cases must not make steep curves."""
FEWEST = 4
"""Right and wrong answers under which there is nothing to fit."""
CASES_A_BIN = 10
"""Of the calibration error: with fewer it measures chance."""


def fit(trials: Sequence[Trial], model: str, suite: str) -> Calibration:
    """Return a logistic regression for each kind of answer.

    A kind without them gets a fit that is never used: nothing is known of its confidence. Answers
    that fail a check are not fitted: their confidence is 0 whatever the fit says. They
    count where the fit is tried. A twin would count its case twice. Networks have a calibration of
    their own.
    """
    kinds: dict[str, Fit] = {}
    for kind in sorted({trial.kind for trial in trials} - {NATIVE}):
        own = [trial for trial in trials if trial.kind == kind and trial.twin is None]
        tried = [_fit_kind(own, names) for names in FEATURES[kind]]
        found = [each for each in tried if each is not None]
        best = max(found, key=lambda each: each.auroc - each.ece, default=None)
        kinds[kind] = best or Fit(weights={}, intercept=0, cases=len(own), auroc=0, ece=1)
    return Calibration(model=model, suite=suite, kinds=kinds)


def summary(calibration: Calibration) -> str:
    """Return a line for each kind: how the fit does on families left out of it."""
    lines = [
        f"{kind}: ECE {each.ece:.3f}, AUROC {each.auroc:.3f} on families left out, "
        f"{each.cases} cases, by {', '.join(each.weights)}"
        + ("" if each.informative else ": no confidence will be given")
        for kind, each in calibration.kinds.items()
    ]
    return "\n".join(lines)


def left_out(trials: Sequence[Trial], names: Sequence[str]) -> list[float] | None:
    """Return the confidence of each answer by a fit without its family; None without two sorts."""
    import numpy as np

    rows, right, passed = _arrays(trials, names)
    families = np.array([trial.family for trial in trials])
    said = np.zeros(len(trials))
    for family in sorted(set(families.tolist())):
        seen = (families != family) & passed
        if len(set(right[seen].tolist())) < 2:
            return None
        regression = _regression().fit(rows[seen], right[seen])
        held = (families == family) & passed
        if held.any():
            said[held] = regression.predict_proba(rows[held])[:, 1]
    return [float(value) for value in said]


def _fit_kind(trials: Sequence[Trial], names: Sequence[str]) -> Fit | None:
    rows, right, passed = _arrays(trials, names)
    if min(sum(passed & right), sum(passed & ~right)) < FEWEST:
        return None
    said = left_out(trials, names)
    truth = [bool(value) for value in right]
    area = None if said is None else auroc(said, truth)
    if said is None or area is None:
        return None
    regression = _regression().fit(rows[passed], right[passed])
    weights = zip(names, regression.coef_[0], strict=True)
    return Fit(
        weights={name: round(float(weight), 4) for name, weight in weights},
        intercept=round(float(regression.intercept_[0]), 4),
        cases=len(trials),
        auroc=round(area, 3),
        ece=round(ece(said, truth, bins=max(2, min(10, len(truth) // CASES_A_BIN))), 3),
    )


def _arrays(trials: Sequence[Trial], names: Sequence[str]) -> tuple[Any, Any, Any]:
    """Return the features, whether each answer is right, and whether it passes its checks."""
    import numpy as np

    rows = np.array([[trial.evidence.features[name] for name in names] for trial in trials])
    right = np.array([trial.loop.right[-1] for trial in trials])
    return rows, right, np.array([trial.evidence.passed == 1 for trial in trials])


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=STRENGTH)
