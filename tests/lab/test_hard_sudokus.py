"""Ratings by the depth of trials, and the generator that climbs on them."""

from __future__ import annotations

import numpy as np
import pytest

from function.trm.sudoku.board import board_of
from function.trm.sudoku.codec import read_puzzle
from lab.training.sudoku.generator import generate, redealt, walk
from lab.training.sudoku.rating import NESTED, Digits, depth, solutions

SINGLES = "003020600900305001001806400008102900700000008006708200002609500800203009005010300"
NEWSPAPER = "483921657967345821251876493548132976729564138136798245372689514814253769695417382"

ONE_TRIAL = "000200050090000004500030680700000000000001039600003048020000000004010000000708060"
NESTED_TRIALS = "004056908000000001000019060903000000400900000005007000008000016600000502000200080"


def digits(text: str) -> Digits:
    return np.array([int(cell) for cell in text], dtype=np.int8)


def rated(text: str, most: int = 2) -> tuple[int, int, list[int]]:
    puzzle = digits(text)
    found = np.zeros((2, 81), dtype=np.int8)
    count, guesses = solutions(puzzle, most, 2000, found)
    return count, guesses, found[0].tolist()


def test_a_puzzle_of_singles_needs_no_guess() -> None:
    assert rated(SINGLES) == (1, 0, [int(cell) for cell in NEWSPAPER])


@pytest.mark.parametrize(
    ("text", "count"),
    [("0" * 81, 2), ("11" + "0" * 79, 0), ("123456780" + "000000009" + "0" * 63, 0)],
)
def test_solutions_are_counted_up_to_the_most_asked_for(text: str, count: int) -> None:
    assert rated(text)[0] == count


def test_a_spent_budget_counts_as_too_many() -> None:
    puzzle, found = np.zeros(81, dtype=np.int8), np.zeros((2, 81), dtype=np.int8)
    assert solutions(puzzle, 2, 3, found) == (2, 4)


def assert_minimal(puzzle: Digits) -> None:
    found = np.zeros((2, 81), dtype=np.int8)
    assert solutions(puzzle, 2, 2000, found)[0] == 1
    clue = int(np.flatnonzero(puzzle)[0])
    less = np.where(np.arange(81) == clue, 0, puzzle).astype(np.int8)
    assert solutions(less, 2, 2000, found)[0] == 2


def test_the_depth_tells_singles_from_trials_and_these_from_nested_ones() -> None:
    assert depth(digits(SINGLES)) == 0
    assert 0 < depth(digits(ONE_TRIAL)) < NESTED < depth(digits(NESTED_TRIALS))


def test_generated_puzzles_are_minimal_and_rated() -> None:
    puzzles, answers, ratings, chains = generate([3], moves=1, size=2)
    assert set(chains) == {3}
    assert len(puzzles) >= 2
    for puzzle, answer, rating in zip(puzzles, answers, ratings, strict=True):
        assert_minimal(puzzle)
        assert depth(puzzle) == rating
        assert board_of(9).solves(answer[None], puzzle[None])[0]
        read_puzzle(puzzle.tolist())


def test_other_digits_in_the_cells_of_a_puzzle_make_another() -> None:
    puzzle = digits(NESTED_TRIALS)
    others = (redealt(puzzle, np.array([seed], dtype=np.int64)) for seed in range(1, 100))
    other = next(other for other in others if not np.array_equal(other, puzzle))
    assert_minimal(other)


def test_a_walk_among_nested_puzzles_writes_only_new_ones() -> None:
    puzzles, ratings = np.zeros((3, 81), dtype=np.int8), np.zeros(3, dtype=np.int32)
    puzzles[0], ratings[0] = digits(NESTED_TRIALS), depth(digits(NESTED_TRIALS))
    kept = walk(np.array([58], dtype=np.int64), 2, puzzles, ratings, 1)
    assert kept == 2
    assert not np.array_equal(puzzles[0], puzzles[1])
    assert ratings[1] == depth(puzzles[1]) >= NESTED
