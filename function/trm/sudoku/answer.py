"""What the solver hands back: the answer and how it came about, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from function.trm.finding import FoundBy, StopReason

Grid = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class SudokuStep:
    """The grid after one supervision step.

    `attempt` is 0 for the puzzle as given and counts guesses, symmetric or noisy copies from 1;
    `changed` holds (row, column) from 0 of the cells that differ from the step before; `confidence`
    is the calibrated halting probability, or 1.0 when the grid was checked and is right.
    """

    step: int
    attempt: int
    grid: Grid
    changed: tuple[tuple[int, int], ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class SudokuAnswer:
    """The best grid found: as text for people, as rows for programs.

    `solved` and the confidence 1.0 mean that the grid is full, obeys the rules and keeps the clues;
    a grid that the rules refute has the confidence 0.0. `steps` holds the steps of
    the puzzle as given, then those of the copy that the answer comes from. `attempts` counts the
    copies that took at least one step, the given one included.
    """

    answer: str
    grid: Grid
    solved: bool
    confidence: float
    steps: tuple[SudokuStep, ...]
    attempts: int
    stop_reason: StopReason
    found_by: FoundBy
