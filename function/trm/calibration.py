"""From a halting logit to the probability that the answer is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class PlattScaling(NamedTuple):
    """Platt scaling: the logit is scaled and shifted before the sigmoid."""

    scale: float = 1.0
    shift: float = 0.0

    def probability(self, logit: float) -> float:
        """Return the calibrated probability, in 0..1, that an answer with this halting logit is
        right."""
        value = max(-60.0, min(60.0, self.scale * logit + self.shift))
        return 1 / (1 + math.exp(-value))

    def to_dict(self) -> dict[str, float]:
        return self._asdict()

    @classmethod
    def fit(cls, logits: Sequence[float], right: Sequence[bool]) -> PlattScaling:
        """Maximum likelihood by Newton's method, with Platt's smoothed targets.

        Without both outcomes among the samples there is nothing to fit: the identity is returned.
        """
        positives = sum(right)
        negatives = len(right) - positives
        if not positives or not negatives:
            return cls()
        high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
        scale, shift = 1.0, 0.0
        for _ in range(100):
            slope, level, ss, sl, ll = 0.0, 0.0, 1e-6, 0.0, 1e-6
            for logit, is_right in zip(logits, right, strict=True):
                probability = cls(scale, shift).probability(logit)
                error = probability - (high if is_right else low)
                weight = max(probability * (1 - probability), 1e-9)
                slope += error * logit
                level += error
                ss += weight * logit * logit
                sl += weight * logit
                ll += weight
            determinant = ss * ll - sl * sl
            change_scale = (ll * slope - sl * level) / determinant
            change_shift = (ss * level - sl * slope) / determinant
            # A full Newton step can overshoot far from the optimum.
            damping = min(1.0, 1 / max(abs(change_scale), abs(change_shift), 1e-12))
            scale -= damping * change_scale
            shift -= damping * change_shift
            if max(abs(change_scale), abs(change_shift)) < 1e-6:
                break
        return cls(scale, shift)
