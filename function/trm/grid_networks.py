"""The recursive grid networks, in numpy: two states, one small network f, boards of any size.

A supervision step is `cycles` times: `updates` times latent <- f(latent + answer + x), then
answer <- f(answer + latent) (arXiv 2510.04871). States have the board's axes first, then batch and
channels, so that reductions over a board run over long stretches of memory. Training is in torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]
SEGMENT_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class GridStep:
    """Logits [..., batch] over the board's axes, and the halting logits [batch], of one step."""

    logits: Floats
    halt: Floats


class GridNetwork(ABC):
    """The recursion; a subclass embeds boards, applies its layers and reads answers."""

    def __init__(self, tensors: Tensors, depth: int, cycles: int, updates: int) -> None:
        self.tensors = {name: np.asarray(each, np.float32) for name, each in tensors.items()}
        self.layers = [
            {
                name.removeprefix(f"layers.{index}."): tensor
                for name, tensor in self.tensors.items()
                if name.startswith(f"layers.{index}.")
            }
            for index in range(depth)
        ]
        self.cycles, self.updates = cycles, updates

    @abstractmethod
    def layer(self, tensors: Tensors, hidden: Floats) -> Floats:
        """Apply one layer to states [..., batch, channels]; may overwrite `hidden`."""

    @abstractmethod
    def read(self, answer: Floats) -> GridStep:
        """Decode the answer state [..., batch, channels]."""

    def run(self, boards: NDArray[Any], noise: Floats | None = None) -> Iterator[GridStep]:
        """Yield one step after the other for boards [..., batch] of class numbers, for ever.

        `noise` [..., batch, channels] is added to the initial latent state.
        """
        embedded = self.tensors["embedding"][boards.astype(np.int64)]
        answer = np.broadcast_to(self.tensors["answer_init"], embedded.shape).copy()
        latent = np.broadcast_to(self.tensors["latent_init"], embedded.shape).copy()
        if noise is not None:
            latent += noise
        while True:
            for _ in range(self.cycles):
                given = answer + embedded
                for _ in range(self.updates):
                    latent = self.apply(latent + given)
                answer = self.apply(answer + latent)
            yield self.read(answer)

    def apply(self, hidden: Floats) -> Floats:
        for tensors in self.layers:
            hidden = self.layer(tensors, hidden)
        return hidden


class CandidateNetwork(GridNetwork):
    """Sudoku candidates, equivariant to the symmetries of sudoku.

    Boards are candidate masks [bands, rows, stacks, columns, digits, batch], 1 for open; the layers
    are built of means and maxima over cells, lines and boxes.
    """

    def layer(self, tensors: Tensors, hidden: Floats) -> Floats:
        part = hidden[..., :SEGMENT_CHANNELS]
        inner = linear(hidden, tensors["own"])
        inner += tensors["bias"]
        inner += linear(pooled(hidden, (4,)), tensors["cell"])
        by_line = linear(pooled(hidden, (2, 3)), tensors["line"])
        by_line = by_line + linear(part.mean(3, keepdims=True), tensors["segment"])
        inner += by_line
        across = linear(pooled(hidden, (0, 1)), tensors["line"])
        across = across + linear(part.mean(1, keepdims=True), tensors["segment"])
        across = across + linear(pooled(hidden, (1, 3)), tensors["box"])
        inner += across
        hidden += linear(silu(inner), tensors["out"])
        return norm(hidden)

    def read(self, answer: Floats) -> GridStep:
        flat = answer.reshape(-1, *answer.shape[-2:])
        summary = np.concatenate((flat.mean(0), flat.max(0), flat.min(0)), axis=-1)
        halt = summary @ self.tensors["halt"][0] + self.tensors["halt_bias"]
        return GridStep(answer @ self.tensors["head"][0], halt)


class ConvolutionNetwork(GridNetwork):
    """Mazes of any size by 3x3 convolutions; boards are tokens [rows, columns, batch]."""

    def layer(self, tensors: Tensors, hidden: Floats) -> Floats:
        rows, columns = hidden.shape[:2]
        wide = np.pad(hidden, ((1, 1), (1, 1), (0, 0), (0, 0)))
        # The kernel is stored [outputs, channels * 3 * 3], as the convolution of torch reads it.
        kernel = tensors["mix"].reshape(len(tensors["mix"]), -1, 9)
        around = np.concatenate(
            [wide[r : r + rows, c : c + columns] for r in range(3) for c in range(3)], axis=-1
        )
        mixed = linear(around, kernel.transpose(0, 2, 1).reshape(len(kernel), -1))
        half = mixed.shape[-1] // 2
        hidden += linear(silu(mixed[..., :half]) * mixed[..., half:], tensors["out"])
        return norm(hidden)

    def read(self, answer: Floats) -> GridStep:
        summary = np.concatenate((answer.min((0, 1)), answer.max((0, 1))), axis=-1)
        halt = summary @ self.tensors["halt"][0] + self.tensors["halt_bias"]
        return GridStep(answer @ self.tensors["head"][0], halt)


def linear(hidden: Floats, matrix: Floats) -> Floats:
    """Apply a matrix [outputs, inputs] to the last axis, as one product."""
    product: Floats = hidden.reshape(-1, hidden.shape[-1]) @ matrix.T
    return product.reshape(*hidden.shape[:-1], len(matrix))


def pooled(hidden: Floats, axes: tuple[int, ...]) -> Floats:
    """Return mean and maximum over `axes` side by side in the last axis."""
    mean, most = hidden.mean(axes, keepdims=True), hidden.max(axes, keepdims=True)
    return np.concatenate((mean, most), axis=-1)


def silu(hidden: Floats) -> Floats:
    """Return x / (1 + exp(-x)); exp saturates to infinity, which gives the right 0."""
    with np.errstate(over="ignore"):
        gated: Floats = hidden / (1 + np.exp(-hidden))
    return gated


def norm(hidden: Floats) -> Floats:
    """Divide the channels by their root mean square, in place."""
    squares = np.einsum("...c,...c->...", hidden, hidden)[..., None] / hidden.shape[-1]
    hidden /= np.sqrt(squares + np.float32(1e-5))
    return hidden
