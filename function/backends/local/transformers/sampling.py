"""How the next token is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: temperature 0 takes the likeliest, ``top_p`` cuts the unlikely."""

    temperature: float
    top_p: float
    seed: int | None


def draw(logits: Tensor, sampling: Sampling, random: torch.Generator) -> tuple[int, float]:
    """Return a token from logits [vocabulary], and its log-probability before sampling."""
    likely = functional.log_softmax(logits, dim=-1)
    if sampling.temperature == 0:
        token = int(likely.argmax())
        return token, float(likely[token])
    probabilities, order = (likely / sampling.temperature).softmax(-1).sort(descending=True)
    before = probabilities.cumsum(-1) - probabilities
    probabilities[before >= sampling.top_p] = 0  # the first always stays
    token = int(order[torch.multinomial(probabilities, 1, generator=random)])
    return token, float(likely[token])
