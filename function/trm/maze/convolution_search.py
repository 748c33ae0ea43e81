"""Verified search for a shortest path with the convolution network.

The maze is run as given, for more steps the larger it is; then its symmetric copies are run one
after the other, with noise in their first state once all eight were tried. An answer is read by
walking from the start over marked cells: marked cells beside the walk are dropped, and the walk is
right when breadth-first search over the whole maze finds no shorter way. The walk may also use what
the runs before marked in the end.
"""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.errors import DeadlineError
from function.trm.finding import SearchResult, SearchStep, StopReason
from function.trm.grid_networks import ConvolutionNetwork, Floats
from function.trm.maze.answer import MazeAnswer, answer_of
from function.trm.maze.grid import OPEN, WALL, Maze, walked

VIEWS = 8
"""Turns and reflections of a maze."""
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
        steps = steps or max(LEAST_STEPS, maze.rows + maze.columns)
        generator = np.random.default_rng(0)
        marked = np.zeros(maze.cells.shape, dtype=np.bool_)
        first: list[SearchStep] = []
        for attempt in count():
            noise = generator if attempt >= VIEWS else None
            looks, marked, solved = self._try(maze, attempt, noise, steps, marked, deadline)
            first = first or looks
            if not first:
                raise DeadlineError("the deadline passed before the first step")
            if solved:
                earlier = first if attempt else []
                found = SearchResult((*earlier, *looks), True, attempt + 1, "checks_passed")
                return answer_of(maze, found)
            if deadline.passed or not search:
                break
        ending: StopReason = "deadline" if deadline.passed else "max_steps"
        return answer_of(maze, SearchResult(tuple(first), False, attempt + 1, ending))

    def _try(
        self,
        maze: Maze,
        attempt: int,
        noise: np.random.Generator | None,
        steps: int,
        marked: NDArray[np.bool_],
        deadline: Deadline,
    ) -> tuple[list[SearchStep], NDArray[np.bool_], bool]:
        """Run one view; return the looks at it, all that is marked by now, and if it is solved."""
        view = attempt % VIEWS
        board = _view(np.pad(maze.cells, 1, constant_values=WALL), view)[..., None]
        added: Floats | None = None
        if noise is not None:
            channels = self.network.tensors["embedding"].shape[1]
            added = NOISE * noise.standard_normal((*board.shape, channels), dtype=np.float32)
        looks: list[SearchStep] = []
        here = marked
        for number, step in enumerate(self.network.run(board, added)):
            if number == steps or deadline.passed:
                break
            logits = _undo(step.logits[..., 0], view)[1:-1, 1:-1]
            here = (logits > 0) & (maze.cells == OPEN)
            for readable in (here, here | marked) if attempt else (here,):
                cells = walked(maze, readable)
                flat = cells.ravel().astype(np.int64)
                if looks and np.array_equal(looks[-1].answer, flat):
                    continue
                right = maze.path_of(cells) is not None
                confidence = 1.0 if right else float(1 / (1 + np.exp(-step.halt[0])))
                look = SearchStep(attempt, flat, confidence)
                if right:
                    return [*looks, look], here, True
                if readable is here:
                    looks.append(look)
        return looks, here | marked, False


def _view(grid: NDArray[np.int8], number: int) -> NDArray[np.int8]:
    turned = np.rot90(grid, number % 4)
    return turned.T if number >= 4 else turned


def _undo(grid: Floats, number: int) -> Floats:
    upright = grid.T if number >= 4 else grid
    return np.rot90(upright, -(number % 4))
