"""Classic search: how many solutions a sudoku has, within a budget of time."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from function.deadline import Deadline
from function.trm.sudoku.board import board_of
from function.trm.sudoku.exact import OutOfTime, count_solutions, solutions
from lab.trm.sudoku.generator import PuzzlePool
from tests.timing import soon


def cells(text: str) -> np.ndarray:
    return np.array([int(cell) if cell.isdigit() else 0 for cell in text], dtype=np.int8)


def test_a_4x4_board_has_288_grids() -> None:
    board = board_of(4)
    found = list(solutions(board, cells("." * 16), soon()))
    assert len({grid.tobytes() for grid in found}) == 288
    assert board.solves(np.stack(found), np.zeros((288, 16), dtype=np.int8)).all()


@pytest.mark.parametrize("side", [4, 6, 9])
def test_a_dug_puzzle_has_the_one_solution_it_was_dug_from(side: int) -> None:
    board = board_of(side)
    pool = PuzzlePool.dug(board, 5, seed=5)
    puzzles, answers = pool.cut(np.arange(5), np.zeros(5, dtype=np.int64))
    for puzzle, answer in zip(puzzles, answers, strict=True):
        counted = count_solutions(board, puzzle, soon())
        assert (counted.found, counted.complete) == (1, True)
        np.testing.assert_array_equal(counted.solution, answer)
        less = puzzle.copy()
        less[np.flatnonzero(puzzle)[0]] = 0
        assert count_solutions(board, less, soon()).found == 2


@pytest.mark.parametrize(
    "text",
    [
        ".....5.8....6.1.43..........1.5........1.6...3.......553.....61........4.........",
        "12345678........." + "9" + "." * 63,
    ],
)
def test_a_contradiction_is_found(text: str) -> None:
    counted = count_solutions(board_of(9), cells(text), soon())
    assert (counted.found, counted.complete, counted.solution) == (0, True, None)


def test_a_spent_budget_is_told() -> None:
    ticks = count()
    clock = lambda: float(next(ticks))  # noqa: E731
    counted = count_solutions(board_of(9), cells("." * 81), Deadline(1.0, clock))
    assert counted.complete is (counted.found == 2)
    with pytest.raises(OutOfTime):
        list(solutions(board_of(9), cells("." * 81), Deadline(0.0, clock)))
