"""Verified search for a sudoku with the candidate network: guesses in the order of its beliefs.

The puzzle is run as given. While no answer keeps the rules, digits that the network is unsure of
are placed for a trial, several grids side by side, the likeliest guesses first. A grid whose cells
or units run out of candidates is dropped. Rounds after the first choose other cells: a wrong order
of guesses costs only its round.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.errors import DeadlineError
from function.trm.finding import SearchResult, SearchStep
from function.trm.grid_networks import CandidateNetwork
from function.trm.sudoku.answer import SudokuAnswer, answer_of
from function.trm.sudoku.board import Board, Cells
from function.trm.sudoku.codec import Puzzle

FIRST_STEPS = 20
"""Steps of the puzzle as given, and of a grid with guesses: an early guess saves more time than
further steps do."""
NODE_STEPS = 8
WIDTH = 8
"""Grids side by side; more of them leave the processor's cache."""
ROUND = 96
"""Grids of a round before the next one chooses other cells."""
RESTART_NOISE = 0.3
LEAST_BELIEF = 0.02
"""A digit that the network holds for less likely is not guessed."""


@dataclass(frozen=True, eq=False, slots=True)
class _Outcome:
    """What a run leaves: a solution, or beliefs [n, cells, digits] of each of its grids."""

    looks: list[SearchStep]
    solution: Cells | None
    beliefs: NDArray[np.float32]


class CandidateSearch:
    """Solves puzzles of any size with one network, for any number of threads."""

    def __init__(self, network: CandidateNetwork) -> None:
        self.network = network

    def solve(
        self,
        puzzle: Puzzle,
        deadline: Deadline,
        search: bool = True,
        first_steps: int = FIRST_STEPS,
    ) -> SudokuAnswer:
        """Return the checked grid, or the network's last one when the deadline comes.

        Without `search` the puzzle is only run as given, for `first_steps`. Raises DeadlineError
        when the deadline passes before the first step.
        """
        return answer_of(puzzle, self.find(puzzle, deadline, search, first_steps))

    def find(
        self, puzzle: Puzzle, deadline: Deadline, search: bool, first_steps: int
    ) -> SearchResult:
        """Return the same before it is written out."""
        clues = puzzle.clues
        first = self._try(puzzle, clues[None], first_steps, deadline)
        looks = tuple(first.looks)
        if not looks:
            raise DeadlineError("the deadline passed before the first step")
        if first.solution is not None:
            return SearchResult(looks, True, 1, "checks_passed")
        generator = np.random.default_rng(zlib.crc32(clues.tobytes()))
        tried = 1
        while search and not deadline.passed:
            scale = 0.0 if tried == 1 else RESTART_NOISE
            noise = scale * generator.gumbel(size=puzzle.board.cells)
            for outcome, grids in self._round(puzzle, first, noise, deadline):
                tried += grids
                if outcome.solution is not None:
                    last = SearchStep(tried, outcome.solution.astype(np.int64), 1.0)
                    return SearchResult((*looks, last), True, tried, "checks_passed")
        return SearchResult(looks, False, tried, "deadline" if deadline.passed else "max_steps")

    def _round(
        self, puzzle: Puzzle, first: _Outcome, noise: NDArray[np.float64], deadline: Deadline
    ) -> Iterator[tuple[_Outcome, int]]:
        """Run grids, the likeliest guesses first; yield each batch's outcome and its size."""
        order = count()
        waiting: list[tuple[float, int, Cells]] = []

        def branch(grid: Cells, beliefs: NDArray[np.float32], cost: float) -> None:
            for guess, belief in _guesses(puzzle.board, grid, beliefs, noise):
                heapq.heappush(waiting, (cost - float(np.log(belief)), next(order), guess))

        branch(puzzle.clues, first.beliefs[0], 0.0)
        tried = 0
        while waiting and tried < ROUND and not deadline.passed:
            taken = [heapq.heappop(waiting) for _ in range(min(WIDTH, len(waiting)))]
            grids = np.stack([grid for _, _, grid in taken])
            outcome = self._try(puzzle, grids, NODE_STEPS, deadline)
            tried += len(taken)
            yield outcome, len(taken)
            for (cost, _, grid), beliefs in zip(taken, outcome.beliefs, strict=True):
                branch(grid, beliefs, cost)

    def _try(self, puzzle: Puzzle, grids: Cells, steps: int, deadline: Deadline) -> _Outcome:
        board, clues = puzzle.board, puzzle.clues
        masks = candidates_of(board, grids)
        looks: list[SearchStep] = []
        recent: list[NDArray[np.float32]] = []
        shape = (*axes_of(board), board.side, len(grids))
        boards = np.moveaxis(masks, 0, -1).reshape(shape)
        for number, step in enumerate(self.network.run(boards)):
            if number == steps or deadline.passed:
                break
            logits = np.moveaxis(step.logits, -1, 0).reshape(masks.shape)
            answers = (logits.argmax(2) + 1).astype(np.int8)
            right = board.solves(answers, np.broadcast_to(clues, answers.shape))
            confidence = 1.0 if right[0] else float(1 / (1 + np.exp(-step.halt[0])))
            looks.append(SearchStep(0, answers[0].astype(np.int64), confidence))
            if right.any():
                return _Outcome(looks, answers[int(right.argmax())], logits[:0])
            recent = [*recent[-3:], _softmax(np.where(masks, logits, -1e9))]
        beliefs = np.mean(recent, axis=0) if recent else np.zeros(masks.shape, np.float32)
        return _Outcome(looks, None, beliefs)


def _guesses(
    board: Board, grid: Cells, beliefs: NDArray[np.float32], noise: NDArray[np.float64]
) -> list[tuple[Cells, float]]:
    """Return the grids with one more digit in the least certain open cell, and their beliefs."""
    entropy = -(beliefs * np.log(np.maximum(beliefs, 1e-6))).sum(1)
    open_cells = grid == 0
    chosen = int(np.where(open_cells, entropy + noise, -np.inf).argmax())
    if not open_cells[chosen]:
        return []
    digits = np.flatnonzero(beliefs[chosen] > LEAST_BELIEF)
    grids = np.repeat(grid[None], len(digits), axis=0)
    grids[:, chosen] = digits + 1
    kept = consistent(board, candidates_of(board, grids))
    return [(grids[k], float(beliefs[chosen, digits[k]])) for k in np.flatnonzero(kept)]


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(-1, keepdims=True)
    return shares


Candidates = NDArray[np.bool_]
"""[n, cells, digits]: which digits each cell may still hold."""


@cache
def peers(board: Board) -> NDArray[np.float32]:
    """Return [cells, cells]: 1 where two different cells share a row, column or box."""
    around = np.zeros((board.cells, board.cells), dtype=np.float32)
    for unit in board.units:
        around[np.ix_(unit, unit)] = 1
    np.fill_diagonal(around, 0)
    return around


def candidates_of(board: Board, grids: Cells) -> Candidates:
    """Return what grids [n, cells] leave open: a filled cell keeps its digit, its peers lose it."""
    placed = grids[:, :, None] == np.arange(1, board.side + 1)
    taken = np.einsum("pc,ncd->npd", peers(board), placed.astype(np.float32)) > 0
    open_for: Candidates = np.where((grids > 0)[:, :, None], placed, ~taken)
    return open_for


def axes_of(board: Board) -> tuple[int, int, int, int]:
    """Return the lengths of the axes band, row, stack and column of the network's boards."""
    rows, columns = board.box_rows, board.box_columns
    return board.side // rows, rows, board.side // columns, columns


def consistent(board: Board, candidates: Candidates) -> NDArray[np.bool_]:
    """Return where [n] every cell has a candidate and every unit a place for every digit."""
    cells = np.all(np.any(candidates, axis=2), axis=1)
    places = np.all(np.any(candidates[:, board.units], axis=2), axis=(1, 2))
    kept: NDArray[np.bool_] = np.logical_and(cells, places)
    return kept
