"""Solve a maze with verified search over its symmetric copies."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.attempt import Tokens
from function.trm.calibration import PlattScaling
from function.trm.engine import Engine
from function.trm.errors import PuzzleError
from function.trm.maze.answer import MazeAnswer, answer_of, cells_of
from function.trm.maze.codec import VOCABULARY, read_maze
from function.trm.maze.grid import WALL, Maze
from function.trm.maze.symmetry import COUNT, targets
from function.trm.search import VerifiedSearch


class MazeSolver:
    """Solves mazes with one network, for any number of threads.

    A maze that is smaller than the network's square grid is filled up with walls.
    """

    def __init__(
        self, engine: Engine, calibration: PlattScaling | None = None, halt_above: float = 0.0
    ) -> None:
        config = engine.config
        self.side = isqrt(config.seq_len)
        if self.side**2 != config.seq_len or config.vocab_size != VOCABULARY:
            raise PuzzleError(
                f"a network of {config.seq_len} tokens and {config.vocab_size} symbols "
                "does not solve mazes"
            )
        self.search = VerifiedSearch(engine, calibration or PlattScaling(), halt_above)

    @property
    def engine(self) -> Engine:
        return self.search.engine

    def solve(self, maze: object, deadline: Deadline, search: bool = True) -> MazeAnswer:
        """Return the checked answer, or the most confident one when the deadline comes.

        `maze` is a Maze, or anything `read_maze` takes. Without `search` only the maze as given is
        tried. Raises PuzzleError for what is not a maze or too large a one, DeadlineError when the
        deadline passes before the first supervision step.
        """
        read = maze if isinstance(maze, Maze) else read_maze(maze)
        if max(read.rows, read.columns) > self.side:
            raise PuzzleError(
                f"this network solves mazes up to {self.side}x{self.side}, "
                f"the maze is {read.rows}x{read.columns}"
            )
        finding = self.search.run(MazeProblem(read, self.side), deadline, search)
        return answer_of(read, finding)


@dataclass(frozen=True, eq=False)
class MazeView:
    """A maze in a square filled up with walls, shifted and under one of the eight symmetries.

    `place` holds, for every cell of the maze [rows, columns], where it lies among the tokens.
    """

    maze: Maze
    side: int
    place: NDArray[np.int64]

    @property
    def tokens(self) -> Tokens:
        shown = np.full(self.side**2, WALL, dtype=np.int64)
        shown[self.place] = self.maze.cells
        return shown

    def read(self, answer: Tokens) -> Tokens:
        found: Tokens = answer[self.place].ravel()
        return found


@dataclass(frozen=True, eq=False)
class MazeProblem:
    """A maze in front of a network of `side` x `side` cells."""

    maze: Maze
    side: int

    @cached_property
    def seed(self) -> int:
        return zlib.crc32(self.maze.cells.tobytes())

    def given(self) -> MazeView:
        return self._view(0, 0, 0)

    def copy(self, generator: np.random.Generator) -> MazeView:
        down = int(generator.integers(self.side - self.maze.rows + 1))
        right = int(generator.integers(self.side - self.maze.columns + 1))
        return self._view(int(generator.integers(COUNT)), down, right)

    def solved_by(self, answer: Tokens) -> bool:
        return self.maze.path_of(cells_of(self.maze, answer)) is not None

    def _view(self, symmetry: int, down: int, right: int) -> MazeView:
        rows = np.arange(down, down + self.maze.rows)[:, None]
        columns = np.arange(right, right + self.maze.columns)
        return MazeView(
            self.maze, self.side, targets(self.side)[symmetry][rows * self.side + columns]
        )
