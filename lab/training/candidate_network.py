"""A recursive network over sudoku candidates [row, column, digit], equivariant to the symmetries.

Every layer is built of means and maxima over the digits of a cell and over the row, column and box
of a digit. Relabelled digits, swapped rows inside a band, swapped bands, the same for columns and a
transposed board therefore give the same answer, transformed: no augmentation is needed, and the
weights fit every box shape.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.training.recursion import GridOutput, RecursiveNetwork, norm

SEGMENT_CHANNELS = 16
"""Channels whose mean over a box's part of a line is seen beside that over the line."""


class MaximumOver(torch.autograd.Function):
    """Maximum over axes, kept as axes of length 1; the gradient goes to every maximum.

    torch's own `amax` divides it between equals, which costs three more passes over the tensor.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, axes: tuple[int, ...]) -> Tensor:
        most = hidden.amax(axes, keepdim=True)
        ctx.save_for_backward(hidden, most)
        return most

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        hidden, most = ctx.saved_tensors
        return torch.where(hidden == most, gradient, 0.0), None


def pooled(hidden: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Return mean and maximum over `axes` side by side in the last axis."""
    most: Tensor = MaximumOver.apply(hidden, axes)  # type: ignore[no-untyped-call]
    return torch.cat((hidden.mean(axes, keepdim=True), most), -1)


def matrix(outputs: int, inputs: int, std: float) -> nn.Parameter:
    """Return a matrix drawn from a normal distribution."""
    return nn.Parameter(torch.randn(outputs, inputs) * std)


class CandidateLayer(nn.Module):
    """hidden <- norm(hidden + out(silu(own + cell + line + box + segment)))."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.own = matrix(inner, channels, channels**-0.5)
        self.cell = matrix(inner, 2 * channels, 0.5 * (2 * channels) ** -0.5)
        self.line = matrix(inner, 2 * channels, 0.5 * (2 * channels) ** -0.5)
        self.box = matrix(inner, 2 * channels, 0.5 * (2 * channels) ** -0.5)
        self.segment = matrix(inner, SEGMENT_CHANNELS, 0.5 * (2 * SEGMENT_CHANNELS) ** -0.5)
        self.out = matrix(channels, inner, inner**-0.5)
        self.bias = nn.Parameter(torch.zeros(inner))

    def forward(self, hidden: Tensor) -> Tensor:
        """`hidden`: [batch, bands, rows, stacks, columns, digits, channels]."""
        part = hidden[..., :SEGMENT_CHANNELS]
        inner = (
            F.linear(hidden, self.own, self.bias)
            + F.linear(pooled(hidden, (5,)), self.cell)
            + F.linear(pooled(hidden, (3, 4)), self.line)
            + F.linear(pooled(hidden, (1, 2)), self.line)
            + F.linear(pooled(hidden, (2, 4)), self.box)
            + F.linear(part.mean(4, keepdim=True), self.segment)
            + F.linear(part.mean(2, keepdim=True), self.segment)
        )
        return norm(hidden + F.linear(F.silu(inner), self.out))


class CandidateNetwork(RecursiveNetwork):
    """Boards are candidate masks [batch, bands, rows, stacks, columns, digits], 1 for open."""

    def __init__(
        self, channels: int = 32, inner: int = 64, depth: int = 2, cycles: int = 2, updates: int = 2
    ) -> None:
        layers: list[nn.Module] = [CandidateLayer(channels, inner) for _ in range(depth)]
        super().__init__(channels, layers, cycles, updates)
        self.embedding = nn.Parameter(torch.randn(2, channels))
        self.head = matrix(1, channels, channels**-0.5)
        self.halt = nn.Parameter(torch.zeros(1, 3 * channels))
        self.halt_bias = nn.Parameter(torch.full((1,), -3.0))

    def embed(self, board: Tensor) -> Tensor:
        return F.embedding(board.long(), self.embedding)

    def read(self, answer: Tensor) -> GridOutput:
        """Return logits [batch, bands, rows, stacks, columns, digits]: softmax over the last
        axis."""
        flat = answer.flatten(1, -2)
        summary = torch.cat((flat.mean(1), flat.amax(1), flat.amin(1)), -1)
        halting = F.linear(summary, self.halt, self.halt_bias)[:, 0]
        return GridOutput(F.linear(answer, self.head)[..., 0], halting)
