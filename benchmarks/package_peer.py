"""A network of the package ``tiny-recursive-model``, as large as one of ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tiny_recursive_model import MLPMixer1D, TinyRecursiveModel
from torch import Tensor, nn

from function.trm.config import NetworkConfig


class TimetableHead(nn.Module):
    """In the place of the halting head: samples leave after the steps of a timetable.

    The package drops the rows of samples that have left, and keeps the order of the others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.staying: list[int] = []
        self.step = 0

    def begin(self, steps: Sequence[int]) -> None:
        self.staying, self.step = list(steps), 0

    def forward(self, outputs: Tensor) -> Tensor:
        self.step += 1
        leaves = torch.tensor([float(step <= self.step) for step in self.staying])
        self.staying = [step for step in self.staying if step > self.step]
        return leaves - 0.5


class PackagePeer:
    """The package's own prediction, its halting included, with random weights."""

    def __init__(self, config: NetworkConfig) -> None:
        # Three matrices of our inner size are as large as two of one and a half times that.
        token = 1.5 * config.inner_size(config.positions) / config.hidden_size
        channel = 1.5 * config.inner_size(config.hidden_size) / config.hidden_size
        mixer = MLPMixer1D(
            dim=config.hidden_size, depth=config.L_layers, seq_len=config.seq_len,
            expansion_factor=token, expansion_factor_token=channel,
        )  # fmt: skip
        self.model = TinyRecursiveModel(
            dim=config.hidden_size, num_tokens=config.vocab_size, network=mixer,
            num_refinement_blocks=config.H_cycles, num_latent_refinements=config.L_cycles,
        ).eval()  # fmt: skip
        self.head = TimetableHead()
        self.model.to_halt_pred = self.head

    def answer(self, tokens: Tensor, steps: Sequence[int]) -> Tensor:
        """Answers [batch, positions] to tokens; sample i leaves after ``steps[i]`` steps."""
        self.head.begin(steps)
        answers, left = self.model.predict(tokens, max_deep_refinement_steps=max(steps))
        if left.tolist() != list(steps):
            raise RuntimeError("the package halted at other steps than it was given")
        return answers
