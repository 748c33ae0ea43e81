"""What can be measured about an answer without knowing the right one."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


def _logit(probability: float | None) -> float:
    if probability is None:
        return 0.0
    inside = min(max(probability, SMALLEST), 1 - SMALLEST)
    return math.log(inside / (1 - inside))
