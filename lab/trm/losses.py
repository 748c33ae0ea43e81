"""What a supervision step is trained to minimise."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from function.trm.network import StepOutput

Loss = Literal["softmax", "stablemax"]


def stablemax_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of s(x) / sum s, s(x) = x + 1 above 0 and 1 / (1 - x) below, in fp64."""
    wide = logits.double()
    weights = torch.where(wide >= 0, wide + 1, 1 / (1 - wide.clamp(max=0)))
    chosen = weights.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    return -(chosen / weights.sum(-1)).log().mean().float()


def cross_entropy(logits: Tensor, labels: Tensor, kind: Loss) -> Tensor:
    """Return the mean over all of `labels` [...]; `logits` [..., vocabulary]."""
    if kind == "stablemax":
        return stablemax_cross_entropy(logits, labels)
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten())


def halting_loss(output: StepOutput, right: Tensor) -> Tensor:
    """Binary cross entropy of the halting logit with whether the whole answer is right."""
    return F.binary_cross_entropy_with_logits(output.halt, right.float())


def deep_supervision_loss(output: StepOutput, labels: Tensor, kind: Loss) -> tuple[Tensor, Tensor]:
    """Return the loss of one step and which answers are right; `labels` [batch, tokens]."""
    right = (output.logits.argmax(-1) == labels).all(-1)
    answer = cross_entropy(output.logits, labels, kind)
    return answer + 0.5 * halting_loss(output, right), right
