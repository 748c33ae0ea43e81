"""What the solver hands back: the marked maze, its path, and how it came about step by step."""

from __future__ import annotations

from dataclasses import dataclass

from function.trm.finding import FoundBy, StopReason
from function.trm.maze.grid import Cell


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
