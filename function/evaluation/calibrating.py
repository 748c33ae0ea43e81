"""Fits confidence to what turned out to be right. Needs scikit-learn, which the function does not.

Only the development half may be given to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from function.evaluation.measures import auroc, ece
from function.evaluation.trials import Trial
from function.reflection.calibrated import Calibration, Fit

FEATURES = {
    "choose": ("likelihood", "margin"),
    "json": ("likelihood", "refined"),
    "text": ("likelihood", "refined", "agreement"),
}
STRENGTH = 0.3
"""Inverse of the regularisation: a few dozen cases must not make steep curves."""
FOLDS = 5
FEWEST = 4
"""Right and wrong answers under which there is nothing to fit."""


def fit(trials: Sequence[Trial], model: str, suite: str) -> Calibration:
    """A logistic regression for each kind of answer that has right and wrong ones.

    Answers that fail a check are left out: they are known to be wrong. What an injected text adds
    to a case is left out as well, or the case would count twice.
    """
    kinds: dict[str, Fit] = {}
    for kind in sorted({trial.kind for trial in trials}):
        own = [trial for trial in trials if trial.kind == kind and trial.twin is None]
        found = _fit_kind(own, FEATURES[kind])
        if found is not None:
            kinds[kind] = found
    return Calibration(model=model, suite=suite, kinds=kinds)


def _fit_kind(trials: Sequence[Trial], names: Sequence[str]) -> Fit | None:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    passed = [trial for trial in trials if trial.evidence.passed == 1]
    right = [trial.loop.right[-1] for trial in passed]
    fewest = min(sum(right), len(right) - sum(right))
    if fewest < FEWEST:
        return None
    rows = np.array([[trial.evidence.features[name] for name in names] for trial in passed])
    regression = LogisticRegression(C=STRENGTH)
    folds = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=1)
    held_out = cross_val_predict(regression, rows, right, cv=folds, method="predict_proba")[:, 1]
    failed = [trial.loop.right[-1] for trial in trials if trial.evidence.passed < 1]
    said = [*(float(value) for value in held_out), *(0.0 for _ in failed)]
    truth = [*right, *failed]
    regression.fit(rows, right)
    return Fit(
        weights={
            name: round(float(weight), 4)
            for name, weight in zip(names, regression.coef_[0], strict=True)
        },
        intercept=round(float(regression.intercept_[0]), 4),
        cases=len(trials),
        auroc=round(auroc(said, truth) or 0.0, 3),
        ece=round(ece(said, truth), 3),
    )
