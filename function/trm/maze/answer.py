"""The answer to a maze, written from what a search found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from function.trm.attempt import Tokens
from function.trm.finding import FoundBy, SearchResult, StopReason
from function.trm.maze.codec import row_texts, write_cells
from function.trm.maze.grid import Cell, Cells, Maze


@dataclass(frozen=True, slots=True)
class MazeStep:
    """The maze after one supervision step, one text a row.

    `attempt` is 0 for the maze as given and counts symmetric or noisy copies from 1; `changed`
    holds (row, column) from 0 of the cells that differ from the step before; `confidence` is the
    calibrated halting probability, or 1.0 when the path was checked and is right.
    """

    step: int
    attempt: int
    grid: tuple[str, ...]
    changed: tuple[Cell, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class MazeAnswer:
    """The best answer found: as text for people, as rows and a path for programs.

    `path` holds (row, column) from 0 from start to goal, both included, of a checked shortest path;
    it is None where there is none: `problem` then says what is wrong with the answer, and
    `confidence` is 0.0. `steps` holds the steps of the maze as given, then those of the copy that
    the answer comes from.
    """

    answer: str
    grid: tuple[str, ...]
    path: tuple[Cell, ...] | None
    problem: str
    confidence: float
    steps: tuple[MazeStep, ...]
    attempts: int
    stop_reason: StopReason
    found_by: FoundBy

    @property
    def solved(self) -> bool:
        return self.path is not None


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
