"""Train the candidate network: `python -m lab.training.sudoku --data FOLDER --minutes 90`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from function.trm.sudoku.board import Board, board_of
from lab.training.candidate_network import CandidateNetwork
from lab.training.command import parser_of, prepare, train
from lab.training.recursion import GridOutput, RecursiveNetwork
from lab.training.sudoku.boards import as_boards, as_labels
from lab.training.sudoku.rating import NESTED
from lab.training.trainer import Source, Trainer
from lab.trm.sudoku.generator import PuzzlePool

BOUNDS = [1, 30, 60, 100, 150, NESTED]
"""Ratings between the difficulty classes; the first class falls by singles."""


def answer_loss(output: GridOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Cross entropy over the digits of each cell; `labels` [batch, bands, rows, ...]."""
    right = (output.logits.argmax(-1) == labels).flatten(1).all(1)
    return F.cross_entropy(output.logits.flatten(0, -2), labels.flatten()), right


class RatedPuzzles:
    """Puzzles of the generator's shards by difficulty class, harder as training goes on."""

    def __init__(self, folder: Path, held_out: int) -> None:
        self.folder, self.held_out = folder, held_out
        self.seen = -1
        self.refresh()

    def refresh(self) -> None:
        """Read the shards; those whose chains have seeds under `held_out` are for validation."""
        paths = sorted(self.folder.glob("sudoku-*.npz"))
        paths = [path for path in paths if ".partial" not in path.name]
        if len(paths) == self.seen:
            return
        self.seen = len(paths)
        shards = [dict(np.load(path)) for path in paths]
        join = {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}
        training = join["chains"] >= self.held_out
        self.puzzles, self.solutions = join["puzzles"][training], join["solutions"][training]
        classes = np.searchsorted(BOUNDS, join["ratings"][training], side="right")
        self.classes = [np.flatnonzero(classes == each) for each in range(len(BOUNDS) + 1)]
        self.validation = join["puzzles"][~training], join["solutions"][~training]
        self.validation_ratings = join["ratings"][~training]

    def sample(
        self, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        easy = np.array([4, 3, 2, 2, 1, 0.5, 0])
        hard = np.array([0.3, 0.5, 1, 2, 3, 3, 5])
        mixed = min(1.0, 2.5 * progress)
        weights = (1 - mixed) * easy / easy.sum() + mixed * hard / hard.sum()
        weights *= [len(members) > 0 for members in self.classes]
        chosen = generator.choice(len(weights), p=weights / weights.sum(), size=count)
        index = np.array([generator.choice(self.classes[each]) for each in chosen])
        puzzles, solutions = self.puzzles[index].copy(), self.solutions[index]
        # A quarter shows some more digits of the answer, as a search does after a guess.
        shown = generator.random(count) < 0.25
        extra = generator.random(puzzles.shape) < 0.1 * generator.random((count, 1))
        puzzles = np.where(shown[:, None] & extra, solutions, puzzles)
        board = board_of(9)
        return as_boards(board, puzzles), as_labels(board, solutions)

    def loss(self, output: GridOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
        return answer_loss(output, labels)

    def share(self, progress: float) -> float:
        return 0.93

    def steps(self, progress: float) -> int:
        return 12 if progress < 0.3 else 20 if progress < 0.6 else 40


class SmallPuzzles:
    """Dug 4x4 or 6x6 puzzles of any number of clues, for the network to keep other shapes."""

    def __init__(self, board: Board, share: float, size: int) -> None:
        self.board, self.fraction = board, share
        self.pool = PuzzlePool.dug(board, size, seed=1)

    def share(self, progress: float) -> float:
        return self.fraction

    def sample(
        self, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        cells = self.board.cells
        index = generator.integers(len(self.pool.solutions), size=count)
        clues = generator.integers(cells // 9, cells // 2, size=count)
        puzzles, solutions = self.pool.cut(index, clues)
        return as_boards(self.board, puzzles), as_labels(self.board, solutions)

    def loss(self, output: GridOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
        return answer_loss(output, labels)

    def steps(self, progress: float) -> int:
        return 8


def exact(
    network: RecursiveNetwork, puzzles: NDArray[np.int8], solutions: NDArray[np.int8], steps: int
) -> float:
    """Return the share of 9x9 puzzles solved in one run of `steps` steps."""
    board = board_of(9)
    solved = torch.zeros(len(puzzles), dtype=torch.bool)
    with torch.no_grad():
        embedded = network.embed(as_boards(board, puzzles))
        labels = as_labels(board, solutions)
        state = network.initial_state(embedded)
        for _ in range(steps):
            state, output = network(state, embedded)
            solved |= (output.logits.argmax(-1) == labels).flatten(1).all(1)
    return float(solved.float().mean())


def validate(trainer: Trainer, puzzles: RatedPuzzles) -> str:
    """Judge the averaged weights on a batch of held-out puzzles of each of three difficulties."""
    puzzles.refresh()
    parts = []
    with trainer.averaged() as network:
        for least, most in ((30, 60), (100, 150), (150, NESTED)):
            ratings = puzzles.validation_ratings
            chosen = np.flatnonzero((ratings >= least) & (ratings < most))
            chosen = np.random.default_rng(0).permutation(chosen)[: trainer.recipe.batch]
            clues, solutions = (each[chosen] for each in puzzles.validation)
            share = exact(network, clues, solutions, steps=64)
            parts.append(f"{least}+ {share:.0%}")
    return f"held out: {', '.join(parts)}; {len(puzzles.puzzles)} puzzles"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and write the weights."""
    parser = parser_of("sudoku", updates=8000)
    parser.add_argument("--data", type=Path, required=True, help="the generator's folder")
    parser.add_argument("--held-out", type=int, default=40, help="chain seeds for validation")
    given = parser.parse_args(arguments)
    prepare(given.out)
    puzzles = RatedPuzzles(given.data, given.held_out)
    sources: list[Source] = [
        puzzles, SmallPuzzles(board_of(6), 0.05, 1500), SmallPuzzles(board_of(4), 0.02, 300),
    ]  # fmt: skip
    train(CandidateNetwork(), "candidates", sources, given, lambda run: validate(run, puzzles))


if __name__ == "__main__":
    main()
