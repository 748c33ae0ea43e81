"""Ratings by guesses, and the generator that climbs on them."""

from __future__ import annotations

import numpy as np
import pytest

from function.trm.sudoku.board import board_of
from function.trm.sudoku.codec import read_puzzle
from lab.training.sudoku.generator import generate
from lab.training.sudoku.rating import solutions

SINGLES = "003020600900305001001806400008102900700000008006708200002609500800203009005010300"
NEWSPAPER = "483921657967345821251876493548132976729564138136798245372689514814253769695417382"


def rated(text: str, most: int = 2) -> tuple[int, int, list[int]]:
    puzzle = np.array([int(cell) for cell in text], dtype=np.int8)
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


def test_generated_puzzles_are_minimal_and_rated() -> None:
    puzzles, answers, ratings, chains = generate([3], moves=1)
    assert set(chains) == {3}
    found = np.zeros((2, 81), dtype=np.int8)
    for puzzle, answer, rating in zip(puzzles, answers, ratings, strict=True):
        assert solutions(puzzle, 2, 2000, found) == (1, rating)
        assert board_of(9).solves(answer[None], puzzle[None])[0]
        read_puzzle(puzzle.tolist())
        clue = int(np.flatnonzero(puzzle)[0])
        less = np.where(np.arange(81) == clue, 0, puzzle).astype(np.int8)
        assert solutions(less, 2, 2000, found)[0] == 2
