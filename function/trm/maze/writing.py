"""From what a search found to the answer that is handed back."""

from __future__ import annotations

import numpy as np

from function.trm.attempt import Tokens
from function.trm.finding import SearchResult
from function.trm.maze.answer import MazeAnswer, MazeStep
from function.trm.maze.codec import row_texts, write_cells
from function.trm.maze.grid import Cells, Maze


def cells_of(maze: Maze, answer: Tokens) -> Cells:
    """Return an answer [cells] as [rows, columns]."""
    return answer.astype(np.int8).reshape(maze.cells.shape)


def answer_of(maze: Maze, finding: SearchResult) -> MazeAnswer:
    """Return what a search found as an answer: the looks become its steps."""
    steps: list[MazeStep] = []
    before, attempt = maze.cells, 0
    for look in finding.looks:
        if look.attempt != attempt:
            before, attempt = maze.cells, look.attempt
        cells = cells_of(maze, look.answer)
        changed = tuple((int(row), int(column)) for row, column in np.argwhere(cells != before))
        grid = tuple(row_texts(cells))
        steps.append(MazeStep(len(steps) + 1, look.attempt, grid, changed, look.confidence))
        before = cells
    path = maze.path_of(before)
    return MazeAnswer(
        answer=write_cells(before),
        grid=steps[-1].grid,
        path=None if path is None else tuple(path),
        problem=maze.flaw_of(before),
        confidence=finding.confidence,
        steps=tuple(steps),
        attempts=finding.attempts,
        stop_reason=finding.stop_reason,
        found_by=finding.found_by,
    )
