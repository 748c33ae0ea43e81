"""How often a network is right: after every step, when it halts, and with verified search."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.calibration import PlattScaling
from function.trm.network import TinyRecursiveModel
from lab.measures import ece
from lab.trm.curriculum import ExampleSet, Search

CHUNK = 50


@dataclass(frozen=True, eq=False)
class StepFigures:
    """Whether each answer was right, and its halting logit, after every step: [steps, n]."""

    right: NDArray[np.bool_]
    halts: NDArray[np.float32]

    def exact_by_step(self) -> list[float]:
        return [float(value) for value in self.right.mean(1)]

    def halting(self, above: float) -> HaltingFigures:
        """Return what comes out when a sample leaves at its first halting logit over `above`."""
        steps = len(self.right)
        over = self.halts > above
        halted = over.any(0)
        last = np.where(halted, over.argmax(0), steps - 1)
        right = self.right[last, np.arange(len(last))]
        precise = float(right[halted].mean()) if halted.any() else 0.0
        return HaltingFigures(
            above, float(right.mean()), float(last.mean()) + 1, float(halted.mean()), precise
        )


@dataclass(frozen=True, slots=True)
class HaltingFigures:
    """Shares of 1, and the mean number of supervision steps."""

    above: float
    exact: float
    mean_steps: float
    halted: float
    halted_right: float


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """Examples one after the other through verified search; times in seconds."""

    solved: float
    without_search: float
    mean_seconds: float
    p95_seconds: float
    limit_seconds: float


def measure_steps(model: TinyRecursiveModel, examples: ExampleSet) -> StepFigures:
    """Return all `halt_max_steps` steps for every example, in chunks that fit the cache."""
    right, halts = [], []
    with torch.inference_mode():
        for start in range(0, len(examples.tokens), CHUNK):
            tokens = examples.tokens[start : start + CHUNK].astype(np.int64)
            labels = examples.labels[start : start + CHUNK]
            embedded = model.embed(torch.from_numpy(tokens))
            state = model.initial_state(len(tokens))
            right_here, halts_here = [], []
            for _ in range(model.config.halt_max_steps):
                state, output = model(state, embedded)
                right_here.append((output.logits.argmax(-1).numpy() == labels).all(-1))
                halts_here.append(output.halt.numpy())
            right.append(np.stack(right_here))
            halts.append(np.stack(halts_here))
    return StepFigures(np.concatenate(right, axis=1), np.concatenate(halts, axis=1))


def measure_search(search: Search, examples: ExampleSet) -> SearchFigures:
    """Solve one example after the other, each with a deadline of its own."""
    seconds, solved, without = [], 0, 0
    for tokens in examples.tokens:
        started = time.perf_counter()
        answer = search.solve(tokens, Deadline.after(search.seconds))
        seconds.append(time.perf_counter() - started)
        solved += answer.solved
        without += answer.solved and answer.attempts == 1
    count = len(seconds)
    return SearchFigures(
        solved / count, without / count, float(np.mean(seconds)),
        float(np.quantile(seconds, 0.95)), search.seconds,
    )  # fmt: skip


def fit_calibration(figures: Sequence[StepFigures]) -> PlattScaling:
    """Map halting logits to the share of right answers, over all steps of validation sets."""
    halts = np.concatenate([each.halts.ravel() for each in figures])
    right = np.concatenate([each.right.ravel() for each in figures])
    return PlattScaling.fit(halts.tolist(), right.tolist())


def calibration_error(calibration: PlattScaling, figures: StepFigures) -> float:
    """Return the expected calibration error (10 bins) of the confidence after each step."""
    confidences = [calibration.probability(halt) for halt in figures.halts.ravel().tolist()]
    return ece(confidences, figures.right.ravel().tolist())


def choose_threshold(figures: StepFigures) -> float:
    """Return the halting logit that keeps most exact answers at a third of the steps.

    Where none brings the mean down to a third, the one with the fewest steps.
    """
    tried = [figures.halting(float(above)) for above in np.arange(-2.0, 8.5, 0.5)]
    cheap = [each for each in tried if each.mean_steps <= len(figures.right) / 3]
    if not cheap:
        return min(tried, key=lambda each: each.mean_steps).above
    return max(cheap, key=lambda each: (each.exact, -each.mean_steps)).above
