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
            self.arranged(
                {
                    name.removeprefix(f"layers.{index}."): tensor
                    for name, tensor in self.tensors.items()
                    if name.startswith(f"layers.{index}.")
                }
            )
            for index in range(depth)
        ]
        self.cycles, self.updates = cycles, updates

    @abstractmethod
    def arranged(self, tensors: dict[str, Floats]) -> dict[str, Floats]:
        """Return the tensors of one layer as its products read them.

        What :func:`halved_silu` is applied to is computed in halves.
        """

    @abstractmethod
    def layer(self, tensors: Tensors, hidden: Floats, room: Room) -> None:
        """Apply one layer to states [..., batch, channels], in place."""

    @abstractmethod
    def read(self, answer: Floats) -> GridStep:
        """Decode the answer state [..., batch, channels]."""

    def run(self, boards: NDArray[Any], noise: Floats | None = None) -> Iterator[GridStep]:
        """Yield one step after the other for boards [..., batch] of class numbers, without end.

        `noise` [..., batch, channels] is added to the initial latent state.
        """
        embedded = self.tensors["embedding"][boards.astype(np.int64)]
        answer = np.broadcast_to(self.tensors["answer_init"], embedded.shape).copy()
        latent = np.broadcast_to(self.tensors["latent_init"], embedded.shape).copy()
        if noise is not None:
            latent += noise
        given, room = np.empty_like(answer), Room()
        while True:
            for _ in range(self.cycles):
                np.add(answer, embedded, out=given)
                for _ in range(self.updates):
                    latent += given
                    self.apply(latent, room)
                answer += latent
                self.apply(answer, room)
            yield self.read(answer)

    def apply(self, hidden: Floats, room: Room) -> None:
        for tensors in self.layers:
            self.layer(tensors, hidden, room)


class Room:
    """Memory that the layers of a run write again and again: fresh pages cost as much as sums."""

    def __init__(self) -> None:
        self._arrays: dict[str, Floats] = {}

    def take(self, name: str, *shape: int) -> Floats:
        """Return the array of this name; what it holds is undefined at first."""
        if name not in self._arrays:
            self._arrays[name] = np.empty(shape, np.float32)
        return self._arrays[name]


class CandidateNetwork(GridNetwork):
    """Sudoku candidates, equivariant to the symmetries of sudoku.

    Boards are candidate masks [bands, rows, stacks, columns, digits, batch], 1 for open; the layers
    are built of means and maxima over cells, lines and boxes.
    """

    def arranged(self, tensors: dict[str, Floats]) -> dict[str, Floats]:
        half = np.float32(0.5)
        return {name: each if name == "out" else half * each for name, each in tensors.items()}

    def layer(self, tensors: Tensors, hidden: Floats, room: Room) -> None:
        line, segment = tensors["line"], tensors["segment"]
        across = pooled(hidden, hidden, 3)  # a box's part of each row
        down = pooled(hidden, hidden, 1)  # a box's part of each column
        inner = linear(hidden, tensors["own"], room, "inner")
        inner += linear(beside(*pooled(hidden, hidden, 4)), tensors["cell"]) + tensors["bias"]
        by_row = linear(beside(*pooled(*across, 2)), line)
        inner += by_row + linear(across[0][..., :SEGMENT_CHANNELS], segment)
        by_column = linear(beside(*pooled(*down, 0)), line)
        by_column = by_column + linear(down[0][..., :SEGMENT_CHANNELS], segment)
        inner += by_column + linear(beside(*pooled(*across, 1)), tensors["box"])
        hidden += linear(halved_silu(inner, room), tensors["out"], room, "update")
        norm(hidden)

    def read(self, answer: Floats) -> GridStep:
        flat = answer.reshape(-1, *answer.shape[-2:])
        summary = np.concatenate((flat.mean(0), flat.max(0), flat.min(0)), axis=-1)
        halt = summary @ self.tensors["halt"][0] + self.tensors["halt_bias"]
        return GridStep(answer @ self.tensors["head"][0], halt)


class ConvolutionNetwork(GridNetwork):
    """Mazes of any size by 3x3 convolutions; boards are tokens [rows, columns, batch]."""

    def arranged(self, tensors: dict[str, Floats]) -> dict[str, Floats]:
        # The kernel is stored [outputs, channels * 3 * 3], as the convolution of torch reads it.
        mix = tensors["mix"]
        kernel = mix.reshape(len(mix), -1, 9).transpose(0, 2, 1).reshape(mix.shape)
        gate, up = np.split(kernel, 2)
        return {"gate": np.float32(0.5) * gate, "up": up, "out": tensors["out"]}

    def layer(self, tensors: Tensors, hidden: Floats, room: Room) -> None:
        rows, columns, batch, channels = hidden.shape
        wide = room.take("wide", rows + 2, columns + 2, batch, channels)
        wide[0] = wide[-1] = wide[:, 0] = wide[:, -1] = 0
        wide[1:-1, 1:-1] = hidden
        around = room.take("around", rows, columns, batch, 9, channels)
        for place in range(9):
            row, column = divmod(place, 3)
            around[..., place, :] = wide[row : row + rows, column : column + columns]
        flat = around.reshape(rows, columns, batch, -1)
        gate = linear(flat, tensors["gate"], room, "inner")
        up = linear(flat, tensors["up"], room, "up")
        up *= halved_silu(gate, room)
        hidden += linear(up, tensors["out"], room, "update")
        norm(hidden)

    def read(self, answer: Floats) -> GridStep:
        summary = np.concatenate((answer.min((0, 1)), answer.max((0, 1))), axis=-1)
        halt = summary @ self.tensors["halt"][0] + self.tensors["halt_bias"]
        return GridStep(answer @ self.tensors["head"][0], halt)


def linear(hidden: Floats, matrix: Floats, room: Room | None = None, name: str = "") -> Floats:
    """Apply a matrix [outputs, inputs] to the last axis, as one product, into `room` if given."""
    flat = hidden.reshape(-1, hidden.shape[-1])
    place = None if room is None else room.take(name, len(flat), len(matrix))
    product: Floats = np.matmul(flat, matrix.T, out=place)
    return product.reshape(*hidden.shape[:-1], len(matrix))


def pooled(mean: Floats, most: Floats, axis: int) -> tuple[Floats, Floats]:
    """Return the mean and the maximum over one more axis, which is kept with length 1."""
    # A sum and a product take a third of the time of `mean`.
    total = mean.sum(axis, keepdims=True)
    total *= np.float32(1 / mean.shape[axis])
    return total, most.max(axis, keepdims=True)


def beside(mean: Floats, most: Floats) -> Floats:
    """Return both in the last axis, as the matrices read them."""
    return np.concatenate((mean, most), axis=-1)


def halved_silu(hidden: Floats, room: Room) -> Floats:
    """Return silu(2 * hidden) in `room`: x + x * tanh(x), without a division."""
    gate = room.take("gate", *hidden.shape)
    np.tanh(hidden, out=gate)
    gate += 1
    gate *= hidden
    return gate


def norm(hidden: Floats) -> None:
    """Divide the channels by their root mean square, in place."""
    squares = np.einsum("...c,...c->...", hidden, hidden)[..., None] / hidden.shape[-1]
    hidden /= np.sqrt(squares + np.float32(1e-5))
