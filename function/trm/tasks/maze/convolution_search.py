"""Verified search for a shortest path with the convolution network.

The maze is run as given, for more steps the larger it is; then its symmetric copies are run side
by side, with noise in their first state from the third round on. An answer is read by walking from
the start over the cells that the network marks: marked cells beside the walk are dropped, and the
walk is right when breadth-first search over the whole maze finds no shorter way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.errors import DeadlineError
from function.trm.finding import Finding, Look, StopReason
from function.trm.grid_networks import ConvolutionNetwork, Floats, GridStep
from function.trm.tasks.maze.answer import MazeAnswer
from function.trm.tasks.maze.field import OPEN, WALL, Cells, Maze
from function.trm.tasks.maze.walking import walked
from function.trm.tasks.maze.writing import answer_of

SIDE_BY_SIDE = 4
NOISE = 0.5
LEAST_STEPS = 24


class ConvolutionSearch:
    """Solves mazes of any size with one network, for any number of threads."""

    def __init__(self, network: ConvolutionNetwork) -> None:
        self.network = network

    def solve(
        self, maze: Maze, deadline: Deadline, search: bool = True, steps: int | None = None
    ) -> MazeAnswer:
        """Return the checked answer, or the network's last one when the deadline comes.

        `steps` is the length of a run, by default it grows with the maze. Without `search` the maze
        is only run as given. Raises DeadlineError when the deadline passes before the first step.
        """
        steps = steps or max(LEAST_STEPS, 2 * (maze.rows + maze.columns))
        looks, solved = self._try(maze, [0], None, steps, deadline)
        if not looks:
            raise DeadlineError("the deadline passed before the first step")
        attempts = 1
        generator = np.random.default_rng(0)
        for number in count():
            if solved or not search or deadline.passed:
                break
            first = SIDE_BY_SIDE * (number % 2)
            views = range(first, first + SIDE_BY_SIDE)
            noise = generator if number > 1 else None
            others, solved = self._try(maze, views, noise, steps, deadline, attempts)
            attempts += SIDE_BY_SIDE
            if solved:
                looks += others
        ending: StopReason = "deadline" if deadline.passed else "max_steps"
        reason: StopReason = "checks_passed" if solved else ending
        return answer_of(maze, Finding(tuple(looks), solved, attempts, reason))

    def _try(
        self,
        maze: Maze,
        views: Sequence[int],
        noise: np.random.Generator | None,
        steps: int,
        deadline: Deadline,
        attempts: int = 0,
    ) -> tuple[list[Look], bool]:
        """Run views of the maze side by side; return the looks at one of them.

        That one is the first to be right, else the first of all. `attempts` counts earlier ones.
        """
        framed = np.pad(maze.cells, 1, constant_values=WALL)
        # One run a view: several in one batch leave the processor's cache.
        runs = [self._run(_view(framed, number), noise) for number in views]
        looks: list[list[Look]] = [[] for _ in runs]
        for number, results in enumerate(zip(*runs, strict=True)):
            if number == steps or deadline.passed:
                break
            for place, step in enumerate(results):
                logits = _undo(step.logits[..., 0], views[place])[1:-1, 1:-1]
                cells = walked(maze, (logits > 0) & (maze.cells == OPEN))
                known, flat = looks[place], cells.ravel().astype(np.int64)
                if known and np.array_equal(known[-1].answer, flat):
                    continue
                right = maze.path_of(cells) is not None
                confidence = 1.0 if right else float(1 / (1 + np.exp(-step.halt[0])))
                known.append(Look(attempts + place, flat, confidence))
                if right:
                    return known, True
        return looks[0], False

    def _run(self, board: Cells, noise: np.random.Generator | None) -> Iterator[GridStep]:
        added: Floats | None = None
        if noise is not None:
            channels = self.network.tensors["embedding"].shape[1]
            added = NOISE * noise.standard_normal((*board.shape, 1, channels), dtype=np.float32)
        return self.network.run(board[..., None], added)


def _view(grid: NDArray[np.int8], number: int) -> NDArray[np.int8]:
    turned = np.rot90(grid, number % 4)
    return turned.T if number >= 4 else turned


def _undo(grid: Floats, number: int) -> Floats:
    upright = grid.T if number >= 4 else grid
    return np.rot90(upright, -(number % 4))
