"""A maze by network, search and, where both fail, breadth-first search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from function.deadline import Deadline
from function.trm.errors import DeadlineError
from function.trm.finding import SearchResult, SearchStep
from function.trm.maze.answer import MazeAnswer, MazeStep, answer_of
from function.trm.maze.grid import OPEN, Maze, walked
from function.trm.maze.opening import Solver

SEARCH_SECONDS = 10.0


def solve(maze: Maze, solver: Solver, deadline: Deadline) -> MazeAnswer:
    """Return the network's answer, or a path of breadth-first search where it is not right."""
    ends = min(deadline.at, deadline.clock() + SEARCH_SECONDS)
    try:
        answer = solver.solve(maze, deadline._replace(at=ends))
    except DeadlineError:
        return _by_solver(maze, (), 0)
    return answer if answer.solved else _by_solver(maze, answer.steps, answer.attempts)


def _by_solver(maze: Maze, steps: tuple[MazeStep, ...], attempts: int) -> MazeAnswer:
    cells = walked(maze, maze.cells == OPEN)
    last = SearchStep(attempts, cells.ravel().astype(np.int64), 1.0)
    written = answer_of(maze, SearchResult((last,), True, attempts, "checks_passed"))
    final = replace(written.steps[0], step=len(steps) + 1)
    return replace(written, steps=(*steps, final), found_by="solver")
