"""Endless sudoku puzzles with exactly one solution, the same ones for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from function.trm.sudoku.board import Board, Cells
from function.trm.sudoku.symmetry import random_symmetries
from lab.trm.sudoku.backtracking import Solver, is_forced


@dataclass(frozen=True)
class Dig:
    """A full grid and the order in which its cells can be blanked with one solution left.

    `order` lists every cell; blanking its first `depth` cells, or fewer, keeps the solution unique.
    """

    solution: tuple[int, ...]
    order: tuple[int, ...]
    depth: int


def dig(board: Board, random: Random) -> Dig:
    """Fill a grid at random, then blank cells in random order while one solution remains."""
    solution = Solver(board, [0] * board.cells).solve(random)
    assert solution is not None, "an empty board always has a solution"
    cells = list(range(board.cells))
    random.shuffle(cells)
    clues, blanked, kept = solution[:], [], []
    for cell in cells:
        clues[cell] = 0
        if is_forced(board, clues, cell, solution[cell]):
            blanked.append(cell)
        else:
            clues[cell] = solution[cell]
            kept.append(cell)
    return Dig(tuple(solution), tuple(blanked + kept), len(blanked))


class PuzzlePool:
    """Dug grids as arrays, from which puzzles of any number of clues are cut.

    `solutions` and `order` are [n, cells] (see Dig), `depth` is [n].
    """

    def __init__(
        self, board: Board, solutions: Cells, order: NDArray[np.int8], depth: NDArray[np.int64]
    ) -> None:
        self.board = board
        self.solutions = solutions
        self.order = order
        self.depth = depth
        self.rank = np.argsort(order, axis=1)

    @classmethod
    def dug(cls, board: Board, size: int, seed: int) -> PuzzlePool:
        """Dig `size` grids; some 40 ms each for 9x9 on one core."""
        random = Random(seed)
        digs = [dig(board, random) for _ in range(size)]
        return cls(
            board,
            np.array([each.solution for each in digs], dtype=np.int8),
            np.array([each.order for each in digs], dtype=np.int8),
            np.array([each.depth for each in digs]),
        )

    @classmethod
    def cached(cls, board: Board, size: int, seed: int, folder: Path) -> PuzzlePool:
        """Return the pool that `dug` makes, read from `folder` when it was made there before."""
        path = folder / f"pool-{board.side}x{board.side}-{size}-seed{seed}.npz"
        if not path.exists():
            pool = cls.dug(board, size, seed)
            np.savez_compressed(path, solutions=pool.solutions, order=pool.order, depth=pool.depth)
        with np.load(path) as arrays:
            return cls(board, arrays["solutions"], arrays["order"], arrays["depth"])

    def cut(self, index: NDArray[np.int64], clues: NDArray[np.int64]) -> tuple[Cells, Cells]:
        """Return puzzles and solutions [n, cells]; a grid that cannot go as low keeps more
        clues."""
        blanks = np.minimum(self.board.cells - clues, self.depth[index])
        solutions = self.solutions[index]
        return np.where(self.rank[index] < blanks[:, None], 0, solutions), solutions

    def sample(
        self, count: int, fewest: int, most: int, generator: np.random.Generator
    ) -> tuple[Cells, Cells]:
        """`count` puzzles with `fewest`..`most` clues, each under a random symmetry."""
        index = generator.integers(len(self.solutions), size=count)
        clues = generator.integers(fewest, most + 1, size=count)
        symmetries = random_symmetries(self.board, count, generator)
        puzzles, solutions = self.cut(index, clues)
        return symmetries.apply(puzzles), symmetries.apply(solutions)
