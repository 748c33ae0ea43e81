"""Train the convolution network: `python -m lab.training.maze --minutes 90`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from function.trm.maze.grid import OPEN, PATH, WALL
from lab.training.command import parser_of, prepare, train
from lab.training.convolution_network import ConvolutionNetwork
from lab.training.recursion import GridOutput
from lab.training.trainer import Trainer
from lab.trm.maze.generator import MazePool


def framed(cells: NDArray[np.int8]) -> Tensor:
    """Return mazes [n, rows, columns] with a frame of walls around them."""
    return torch.from_numpy(np.pad(cells, ((0, 0), (1, 1), (1, 1)), constant_values=WALL))


class Mazes:
    """Mazes in a square of one side, with one shortest path each."""

    def __init__(
        self, side: int, size: int, shares: tuple[float, ...], folder: Path, seed: int = 1
    ) -> None:
        self.side, self.shares = side, shares
        self.pool = MazePool.cached(side, max(4, side - 8), size, seed=seed, folder=folder)

    def share(self, progress: float) -> float:
        return self.shares[min(int(progress * len(self.shares)), len(self.shares) - 1)]

    def sample(
        self, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        mazes, answers = self.pool.sample(count, 0, self.side, generator)
        shape = (count, self.side, self.side)
        return framed(mazes.reshape(shape)), framed(answers.reshape(shape))

    def loss(self, output: GridOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Cross entropy of open cells that lie on the path or not."""
        on_path = (labels == PATH).float()
        open_cells = (labels == PATH) | (labels == OPEN)
        loss = F.binary_cross_entropy_with_logits(output.logits, on_path, reduction="none")
        right = ~(open_cells & ((output.logits > 0) != (labels == PATH))).flatten(1).any(1)
        return (loss * open_cells).sum() / open_cells.sum(), right

    def steps(self, progress: float) -> int:
        return round(self.side * (0.8 if progress < 0.3 else 1.2 if progress < 0.6 else 1.6))


def validate(trainer: Trainer, sets: Sequence[Mazes]) -> str:
    """Judge the averaged weights on fresh mazes of each side after two steps a cell of side."""
    parts = []
    with trainer.averaged() as network, torch.no_grad():
        for mazes in sets:
            generator = np.random.default_rng(0)
            boards, labels = mazes.sample(trainer.recipe.batch, 1.0, generator)
            embedded = network.embed(boards)
            state = network.initial_state(embedded)
            for _ in range(2 * mazes.side):
                state, output = network(state, embedded)
            parts.append(f"{mazes.side} a side {mazes.loss(output, labels)[1].float().mean():.0%}")
    return f"held out: {', '.join(parts)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and write the weights."""
    given = parser_of("maze", updates=10000).parse_args(arguments)
    prepare(given.out)
    sources = [
        Mazes(9, 6000, (0.85, 0.5, 0.3, 0.2, 0.15, 0.1), given.out),
        Mazes(13, 8000, (0.15, 0.5, 0.6, 0.6, 0.55, 0.5), given.out),
        Mazes(19, 4000, (0.0, 0.0, 0.1, 0.2, 0.3, 0.4), given.out),
    ]
    apart = _subfolder(given.out)
    held_out = [Mazes(13, 200, (1.0,), apart, seed=2), Mazes(30, 100, (1.0,), apart, seed=2)]
    train(ConvolutionNetwork(), "convolution", sources, given, lambda run: validate(run, held_out))


def _subfolder(folder: Path) -> Path:
    held_out = folder / "held-out"
    held_out.mkdir(exist_ok=True)
    return held_out


if __name__ == "__main__":
    main()
