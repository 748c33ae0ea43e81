"""A sudoku by network, search and, where both fail, classic search."""

from __future__ import annotations

import time

import numpy as np

from function.deadline import Deadline
from function.trm.errors import DeadlineError, PuzzleError
from function.trm.finding import SearchResult, SearchStep
from function.trm.sudoku.answer import SudokuAnswer, SudokuStep, answer_of
from function.trm.sudoku.board import Cells
from function.trm.sudoku.codec import Puzzle
from function.trm.sudoku.exact import Count, count_solutions
from function.trm.sudoku.opening import Solver

COUNT_SECONDS = 1.5
"""Processor time. Classic search takes 0.2 to 75 ms for puzzles with one solution, and 0.5 s for
puzzles without any that are built to mislead it. One that takes longer stays uncounted."""
SEARCH_SECONDS = 10.0
"""Verified search finds next to nothing after that."""
SEVERAL_SECONDS = 1.0
"""The same for puzzles with several solutions, for which no network is trained."""


def count(puzzle: Puzzle) -> Count:
    """Count solutions up to two. Raises PuzzleError when there is none."""
    budget = Deadline.after(COUNT_SECONDS, time.thread_time)
    counted = count_solutions(puzzle.board, puzzle.clues, budget)
    if counted.complete and not counted.found:
        raise PuzzleError("the sudoku has no solution")
    return counted


def solve(puzzle: Puzzle, counted: Count, solver: Solver, deadline: Deadline) -> SudokuAnswer:
    """Return the network's answer, or the counted solution where it is not right.

    Raises DeadlineError when the deadline passes before the first step and no solution is known.
    """
    seconds = SEVERAL_SECONDS if counted.found > 1 else SEARCH_SECONDS
    try:
        answer = solver.solve(puzzle, _sooner(deadline, seconds))
    except DeadlineError:
        if counted.solution is None:
            raise
        return _by_solver(puzzle, counted.solution, (), 0)
    if answer.solved or counted.solution is None:
        return answer
    return _by_solver(puzzle, counted.solution, answer.steps, answer.attempts)


def _by_solver(
    puzzle: Puzzle, solution: Cells, steps: tuple[SudokuStep, ...], attempts: int
) -> SudokuAnswer:
    last = SearchStep(attempts, solution.astype(np.int64), 1.0)
    written = answer_of(puzzle, SearchResult((last,), True, attempts, "checks_passed"))
    final = written.steps[0]._replace(step=len(steps) + 1)
    return written._replace(steps=(*steps, final), found_by="solver")


def _sooner(deadline: Deadline, seconds: float) -> Deadline:
    return deadline._replace(at=min(deadline.at, deadline.clock() + seconds))
