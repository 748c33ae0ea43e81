"""A recursive network over the cells of a maze of any size: its mixing is a 3x3 convolution.

The maze is shown again in every update of the latent state (recall), so that a network trained on
small mazes solves larger ones with more steps (arXiv 2202.05826).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.training.recursion import GridOutput, RecursiveNetwork, norm

TOKENS = 6
"""Padding, wall, open, start, goal, path: the tokens of the official maze data."""


class ConvolutionLayer(nn.Module):
    """hidden <- norm(hidden + out(silu(gate) * up)), gate and up by one 3x3 convolution."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.randn(2 * inner, 9 * channels) * (9 * channels) ** -0.5)
        self.out = nn.Parameter(torch.randn(channels, inner) * inner**-0.5)

    def forward(self, hidden: Tensor) -> Tensor:
        """`hidden`: [batch, rows, columns, channels]."""
        kernel = self.mix.view(len(self.mix), -1, 3, 3)
        mixed = F.conv2d(hidden.permute(0, 3, 1, 2), kernel, padding=1).permute(0, 2, 3, 1)
        gate, up = mixed.chunk(2, dim=-1)
        return norm(hidden + F.linear(F.silu(gate) * up, self.out))


class ConvolutionNetwork(RecursiveNetwork):
    """Boards are tokens [batch, rows, columns], framed by walls."""

    def __init__(
        self, channels: int = 32, inner: int = 64, depth: int = 2, cycles: int = 2, updates: int = 2
    ) -> None:
        layers: list[nn.Module] = [ConvolutionLayer(channels, inner) for _ in range(depth)]
        super().__init__(channels, layers, cycles, updates)
        self.embedding = nn.Parameter(torch.randn(TOKENS, channels))
        self.head = nn.Parameter(torch.randn(1, channels) * channels**-0.5)
        self.halt = nn.Parameter(torch.zeros(1, 2 * channels))
        self.halt_bias = nn.Parameter(torch.full((1,), -3.0))

    def embed(self, board: Tensor) -> Tensor:
        return F.embedding(board.long(), self.embedding)

    def read(self, answer: Tensor) -> GridOutput:
        """Return logits [batch, rows, columns] that a cell lies on the shortest path."""
        summary = torch.cat((answer.amin((1, 2)), answer.amax((1, 2))), -1)
        halting = F.linear(summary, self.halt, self.halt_bias)[:, 0]
        return GridOutput(F.linear(answer, self.head)[..., 0], halting)
