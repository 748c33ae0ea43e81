"""From what a search found to the answer that is handed back."""

from __future__ import annotations

import numpy as np

from function.trm.finding import SearchResult
from function.trm.sudoku.answer import SudokuAnswer, SudokuStep
from function.trm.sudoku.codec import Puzzle, grid_rows, write_grid


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
