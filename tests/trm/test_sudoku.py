"""Sudoku: what is read, what is refused, what is generated, and what counts as solved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from function.trm.errors import PuzzleError
from function.trm.sudoku.board import board_of
from function.trm.sudoku.codec import grid_rows, read_puzzle, write_grid
from function.trm.sudoku.symmetry import identity, random_symmetries
from lab.trm.sudoku.backtracking import Solver, is_unique
from lab.trm.sudoku.curriculum import CURRICULA
from lab.trm.sudoku.fingerprint import fingerprints
from lab.trm.sudoku.generator import PuzzlePool
from lab.trm.sudoku.held_out import held_out_sets

SMALL = "1..4 ..1. .1.. 4..1"
CLUES = [1, 0, 0, 4, 0, 0, 1, 0, 0, 1, 0, 0, 4, 0, 0, 1]
FULL = "123456789456789123789123456231564897564897231897231564312645978645978312978312645"


@pytest.mark.parametrize(
    "given",
    [
        SMALL,
        "1004001001004001",
        "1 _ | _ 4\n_ _ | 1 _\n----+----\n_ 1 | _ _\n4 _ | _ 1",
        CLUES,
        [None if digit == 0 else digit for digit in CLUES],
        [CLUES[:4], CLUES[4:8], CLUES[8:12], CLUES[12:]],
        ["1..4", "..1.", ".1..", "4..1"],
        [["1", ".", ".", "4"], [".", ".", "1", "."], [".", "1", ".", "."], ["4", ".", ".", "1"]],
    ],
)
def test_every_form_of_a_puzzle_is_read_alike(given: Any) -> None:
    puzzle = read_puzzle(given)
    assert puzzle.board == board_of(4)
    assert puzzle.clues.tolist() == CLUES


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("123", "not 3"),
        ("", "not 0"),
        ("1" * 5000, "not 5000"),
        ([[1, 2, 3], [4, 1]], "not 5"),
        ([[0] * 8] + [[0] * 10] + [[0] * 9] * 7, "row 1 has 8 cells instead of 9"),
        ("5" + "." * 15, "row 1, column 1 holds 5"),
        ([9] + [0] * 35, "row 1, column 1 holds 9"),
        ([-1] + [0] * 15, "row 1, column 1 holds -1"),
        ("a" + "." * 15, "cannot hold 'a'"),
        ([1.5] + [0] * 15, "cannot be 1.5"),
        ([True] + [0] * 15, "cannot be True"),
        ({"grid": 1}, "not dict"),
        (None, "not NoneType"),
        (b"1234", "not bytes"),
        ("11" + "." * 14, "1 twice in row 1, 1 twice in box 1"),
        ("1...1" + "." * 11, "1 twice in column 1"),
        (".23.1..." + "...." + "4...", "no digit for row 1, column 1"),
    ],
)
def test_what_is_no_puzzle_is_refused_with_its_reason(given: Any, message: str) -> None:
    with pytest.raises(PuzzleError, match=message):
        read_puzzle(given)


@given(st.one_of(st.text(max_size=90), st.lists(st.one_of(st.integers(), st.text(max_size=3)))))
@settings(max_examples=200, deadline=None)
def test_reading_never_fails_in_another_way(given: Any) -> None:
    try:
        puzzle = read_puzzle(given)
    except PuzzleError:
        return
    assert len(puzzle.clues) == puzzle.board.cells


@pytest.mark.parametrize("side", [4, 6, 9])
def test_a_written_grid_is_read_back(side: int) -> None:
    pool = PuzzlePool.dug(board_of(side), 1, seed=4)
    puzzles, _ = pool.cut(np.array([0]), np.array([0]))
    text = write_grid(pool.board, puzzles[0])
    assert read_puzzle(text).clues.tolist() == puzzles[0].tolist()
    assert read_puzzle(grid_rows(pool.board, puzzles[0])).clues.tolist() == puzzles[0].tolist()


def test_a_grid_is_written_for_people() -> None:
    drawn = "1 . | . 4\n. . | 1 .\n----+----\n. 1 | . .\n4 . | . 1"
    assert write_grid(board_of(4), read_puzzle(SMALL).clues) == drawn


def test_only_a_full_valid_grid_that_keeps_its_clues_is_solved() -> None:
    board = board_of(9)
    right = np.array([int(digit) for digit in FULL], dtype=np.int8)
    clues = np.where(np.arange(81) % 3 == 0, right, 0).astype(np.int8)
    open_cell, other_clue = right.copy(), clues.copy()
    open_cell[1] = 0
    swapped = right.copy()
    swapped[[1, 2]] = swapped[[2, 1]]
    other_clue[0] = 2
    grids = np.stack([right, open_cell, swapped, right])
    given = np.stack([clues, clues, clues, other_clue])
    assert board.solves(grids, given).tolist() == [True, False, False, False]


def test_the_solver_counts_right_on_a_known_grid() -> None:
    board = board_of(9)
    full = [int(digit) for digit in FULL]
    assert Solver(board, [0] * 81).solve() is not None
    assert is_unique(board, full[:60] + [0] * 21, full) == (len(solutions_of_the_end(full)) == 1)
    assert Solver(board, [1, 1] + [0] * 79).solve() is None
    # Two rows of a band whose two cells hold the same pair in swapped order can be exchanged.
    twice = full[:]
    for cell in (0, 3, 27, 30):
        twice[cell] = 0
    assert is_unique(board, twice, full) == (full[0] != full[30] or full[3] != full[27])


def solutions_of_the_end(full: list[int]) -> list[tuple[int, ...]]:
    """Return all ways to fill the last 21 cells, by plain enumeration."""
    found, grid = [], full[:60] + [0] * 21

    def fill(cell: int) -> None:
        if cell == 81:
            found.append(tuple(grid))
            return
        row, column = divmod(cell, 9)
        for digit in range(1, 10):
            if all(
                grid[other] != digit
                for other in range(81)
                if other // 9 == row
                or other % 9 == column
                or (other // 27, other % 9 // 3) == (row // 3, column // 3)
            ):
                grid[cell] = digit
                fill(cell + 1)
                grid[cell] = 0

    fill(60)
    return found


@pytest.mark.parametrize("side", [4, 6, 9])
def test_generated_puzzles_have_one_solution_and_come_again_with_their_seed(side: int) -> None:
    board = board_of(side)
    pool, again = (PuzzlePool.dug(board, 4, seed=21) for _ in range(2))
    assert (pool.solutions == again.solutions).all()
    assert (pool.order == again.order).all()
    fewest = int((board.cells - pool.depth).max())
    puzzles, solutions = pool.sample(6, fewest, fewest + 3, np.random.default_rng(0))
    assert board.solves(solutions, puzzles).all()
    clues = (puzzles > 0).sum(1)
    assert fewest <= clues.min() and clues.max() <= fewest + 3
    for puzzle, solution in zip(puzzles.tolist(), solutions.tolist(), strict=True):
        assert is_unique(board, puzzle, solution)
    deepest, _ = pool.cut(np.arange(4), np.zeros(4, dtype=np.int64))
    for puzzle, solution in zip(deepest.tolist(), pool.solutions.tolist(), strict=True):
        assert is_unique(board, puzzle, solution)


@pytest.mark.parametrize("side", [4, 6, 9])
def test_symmetries_keep_the_rules_and_can_be_undone(side: int) -> None:
    pool = PuzzlePool.dug(board_of(side), 1, seed=2)
    copies = np.repeat(pool.solutions, 40, axis=0)
    symmetries = random_symmetries(pool.board, 40, np.random.default_rng(3))
    moved = symmetries.apply(copies)
    assert pool.board.solves(moved, np.zeros_like(moved)).all()
    assert (symmetries.undo(moved) == copies).all()
    assert len({grid.tobytes() for grid in moved}) > 30
    assert (identity(pool.board).apply(pool.solutions) == pool.solutions).all()


def test_fingerprints_are_shared_by_symmetric_puzzles_only() -> None:
    pool = PuzzlePool.dug(board_of(9), 5, seed=8)
    puzzles, _ = pool.cut(np.arange(5), np.full(5, 30))
    marks = fingerprints(pool.board, puzzles)
    assert len(set(marks.tolist())) == 5
    for seed in range(5):
        symmetries = random_symmetries(pool.board, 5, np.random.default_rng(seed))
        assert (fingerprints(pool.board, symmetries.apply(puzzles)) == marks).all()
    fewer, _ = pool.cut(np.arange(5), np.full(5, 29))
    assert not set(fingerprints(pool.board, fewer).tolist()) & set(marks.tolist())


def test_training_puzzles_are_refused_in_sets_to_judge_by(tmp_path: Path) -> None:
    curriculum = CURRICULA["sudoku-6x6"]
    training = PuzzlePool.dug(curriculum.board, 12, seed=5)
    (same,) = held_out_sets(curriculum, 10, 5, training, tmp_path)
    assert (len(same.puzzles), same.refused) == (0, 12)
    (fresh,) = held_out_sets(curriculum, 10, 6, training, tmp_path)
    assert (len(fresh.puzzles), fresh.refused) == (10, 0)
    clues = (fresh.puzzles > 0).sum(1)
    assert clues.min() >= 9 and clues.max() <= 20
