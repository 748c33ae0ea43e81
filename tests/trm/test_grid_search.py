"""Verified search with the grid networks, whose beliefs are scripted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from function.deadline import Deadline
from function.trm.errors import DeadlineError
from function.trm.grid_networks import CandidateNetwork, ConvolutionNetwork, GridStep
from function.trm.maze import last_resort as maze_last_resort
from function.trm.maze.codec import read_maze
from function.trm.maze.convolution_search import ConvolutionSearch
from function.trm.maze.grid import OPEN, walked
from function.trm.sudoku import last_resort
from function.trm.sudoku.candidate_search import CandidateSearch
from function.trm.sudoku.codec import read_puzzle
from tests.timing import soon

PUZZLE = read_puzzle("1............4..")
MAZE = read_maze("S.#\n...\n#.G")


class Beliefs(CandidateNetwork):
    """Believes in every open candidate alike, or in the digits of `answer`."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.batches: list[int] = []

    def run(self, boards: Any, noise: Any = None) -> Iterator[GridStep]:
        self.batches.append(boards.shape[-1])
        while True:
            logits = boards.astype(np.float32)
            for cell, digit in enumerate(self.answer):
                place = np.unravel_index(cell, boards.shape[:4])
                logits[(*place, int(digit) - 1)] += 5
            yield GridStep(logits, np.zeros(boards.shape[-1], np.float32))


def test_what_the_network_sees_at_once_is_its_own() -> None:
    solution = "1234341221434321"
    puzzle = read_puzzle("1.3.3.1.2.4.4.2.")
    network = Beliefs(solution)
    answer = CandidateSearch(network).solve(puzzle, soon())
    assert (answer.found_by, answer.confidence, answer.attempts) == ("network", 1.0, 1)
    assert len(answer.steps) == 1 and network.batches == [1]


def test_guesses_are_placed_until_a_grid_keeps_the_rules() -> None:
    network = Beliefs()
    answer = CandidateSearch(network).solve(PUZZLE, soon())
    assert (answer.found_by, answer.confidence) == ("search", 1.0)
    assert answer.solved and answer.attempts > 1
    assert answer.steps[-1].attempt == answer.attempts
    assert max(network.batches) > 1


def test_without_search_a_wrong_grid_has_no_confidence() -> None:
    answer = CandidateSearch(Beliefs()).solve(PUZZLE, soon(), search=False)
    assert (answer.solved, answer.confidence, answer.stop_reason) == (False, 0.0, "max_steps")


def test_a_deadline_before_the_first_step_is_told() -> None:
    with pytest.raises(DeadlineError):
        CandidateSearch(Beliefs()).solve(PUZZLE, Deadline.after(-1))


class Wrong(CandidateNetwork):
    """Holds every cell for a 1."""

    def __init__(self) -> None:
        pass

    def run(self, boards: Any, noise: Any = None) -> Iterator[GridStep]:
        while True:
            logits = np.zeros(boards.shape, np.float32)
            logits[..., 0, :] = 50
            yield GridStep(logits, np.full(boards.shape[-1], 9.0, np.float32))


def test_classic_search_has_the_last_word() -> None:
    puzzle = read_puzzle("1.3.3.1.2.4.4.2.")
    counted = last_resort.count(puzzle)
    answer = last_resort.solve(puzzle, counted, CandidateSearch(Wrong()), Deadline.after(0.3))
    assert (answer.solved, answer.found_by, answer.confidence) == (True, "solver", 1.0)
    assert answer.steps[-1].confidence == 1.0 and len(answer.steps) > 1
    late = last_resort.solve(puzzle, counted, CandidateSearch(Wrong()), Deadline.after(-1))
    assert (late.found_by, len(late.steps)) == ("solver", 1)


class Marks(ConvolutionNetwork):
    """Marks every open cell, or none."""

    def __init__(self, logit: float) -> None:
        self.logit = logit
        self.tensors = {"embedding": np.zeros((6, 4), np.float32)}
        self.shapes: list[tuple[int, ...]] = []

    def run(self, boards: Any, noise: Any = None) -> Iterator[GridStep]:
        self.shapes.append(boards.shape)
        while True:
            logits = np.where(boards == OPEN, self.logit, -9).astype(np.float32)
            yield GridStep(logits, np.zeros(boards.shape[-1], np.float32))


def test_a_path_is_walked_over_marked_cells() -> None:
    answer = ConvolutionSearch(Marks(1.0)).solve(MAZE, soon())
    assert (answer.found_by, answer.confidence, answer.problem) == ("network", 1.0, "")
    assert answer.path is not None and len(answer.path) == 5
    assert answer.answer.count("o") == 3


def test_copies_of_a_maze_are_tried_and_breadth_first_search_has_the_last_word() -> None:
    network = Marks(-1.0)
    answer = maze_last_resort.solve(MAZE, ConvolutionSearch(network), Deadline.after(1.0))
    assert (answer.found_by, answer.solved, answer.confidence) == ("solver", True, 1.0)
    assert set(network.shapes) == {(5, 5, 1)} and len(network.shapes) > 5
    unsolved = ConvolutionSearch(network).solve(MAZE, soon(), search=False)
    assert (unsolved.solved, unsolved.confidence) == (False, 0.0)


def test_a_walk_drops_what_lies_beside_it() -> None:
    maze = read_maze("S..\n...\n..G")
    marked = maze.cells == OPEN
    assert (walked(maze, marked) != maze.cells).sum() == 3
    marked[:, 1] = False
    assert (walked(maze, marked) != maze.cells).sum() == marked.sum()
