"""Fits confidence to what turned out to be right. Needs scikit-learn, which the function does not.

Only the development half may be given to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from function.reflection.confidence.calibration import Calibration, Fit
from lab.evaluation.measures import auroc, ece
from lab.evaluation.trials import Trial

FEATURES = {
    "choose": ("likelihood",),
    "json": ("likelihood", "openness", "agreement"),
    "text": ("news", "support", "refined", "agreement"),
}
"""Chosen on the development half by cross-validation: log loss and calibration error.

Of texts the likelihood tells nothing: a model that repeats itself is sure of every word.
"""
STRENGTH = {"choose": 1.0, "json": 1.0, "text": 3.0}
"""Inverse of the regularisation: a few dozen cases must not make steep curves. Shares and yes or
no, which texts are told by, are small numbers and want larger weights."""
FOLDS = 5
REPEATS = 20
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
        found = _fit_kind(own, FEATURES[kind], STRENGTH[kind])
        if found is not None:
            kinds[kind] = found
    return Calibration(model=model, suite=suite, kinds=kinds)


def _fit_kind(trials: Sequence[Trial], names: Sequence[str], strength: float) -> Fit | None:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold

    passed = np.array([trial.evidence.passed == 1 for trial in trials])
    right = np.array([trial.loop.right[-1] for trial in trials])
    fewest = min(sum(passed & right), sum(passed & ~right))
    if fewest < FEWEST:
        return None
    rows = np.array([[trial.evidence.features[name] for name in names] for trial in trials])
    regression = LogisticRegression(C=strength)
    aurocs: list[float] = []
    all_said: list[float] = []
    all_truth: list[bool] = []
    # Folds of their own for every draw: pooled over folds, AUROC would compare different fits.
    folds = RepeatedStratifiedKFold(n_splits=min(FOLDS, fewest), n_repeats=REPEATS, random_state=1)
    for seen, held_out in folds.split(rows, right * 2 + passed):
        seen = seen[passed[seen]]
        regression.fit(rows[seen], right[seen])
        said = np.where(passed[held_out], regression.predict_proba(rows[held_out])[:, 1], 0.0)
        truth = [bool(value) for value in right[held_out]]
        if (area := auroc(said.tolist(), truth)) is not None:
            aurocs.append(area)
        all_said += said.tolist()
        all_truth += truth
    regression.fit(rows[passed], right[passed])
    return Fit(
        weights={
            name: round(float(weight), 4)
            for name, weight in zip(names, regression.coef_[0], strict=True)
        },
        intercept=round(float(regression.intercept_[0]), 4),
        cases=len(trials),
        auroc=round(float(np.mean(aurocs)), 3),
        ece=round(ece(all_said, all_truth), 3),
    )
