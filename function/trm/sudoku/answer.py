"""The answer to a sudoku, written from what a search found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from function.trm.finding import FoundBy, SearchResult, StopReason
from function.trm.sudoku.codec import Puzzle, grid_rows, write_grid

Grid = tuple[tuple[int, ...], ...]


class SudokuStep(NamedTuple):
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


class SudokuAnswer(NamedTuple):
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


def answer_of(puzzle: Puzzle, finding: SearchResult) -> SudokuAnswer:
    """Return what a search found as an answer: the looks become its steps."""
    board = puzzle.board
    steps: list[SudokuStep] = []
    before, attempt = puzzle.clues, 0
    for look in finding.looks:
        if look.attempt != attempt:
            before, attempt = puzzle.clues, look.attempt
        grid = look.answer.astype(np.int8)
        changed = tuple(divmod(int(cell), board.side) for cell in np.flatnonzero(grid != before))
        rows = grid_rows(board, grid)
        steps.append(SudokuStep(len(steps) + 1, look.attempt, rows, changed, look.confidence))
        before = grid
    return SudokuAnswer(
        answer=write_grid(board, before),
        grid=steps[-1].grid,
        solved=finding.solved,
        confidence=finding.confidence,
        steps=tuple(steps),
        attempts=finding.attempts,
        stop_reason=finding.stop_reason,
        found_by=finding.found_by,
    )
