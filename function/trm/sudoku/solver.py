"""Solve a sudoku with verified search over its symmetric copies."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from function.deadline import Deadline
from function.trm.attempt import Tokens
from function.trm.calibration import PlattScaling
from function.trm.engine import Engine
from function.trm.errors import PuzzleError
from function.trm.loading import open_network
from function.trm.search import VerifiedSearch
from function.trm.sudoku.answer import SudokuAnswer, answer_of
from function.trm.sudoku.board import Board, Cells, board_of
from function.trm.sudoku.codec import BLANK_TOKEN, Puzzle, read_puzzle
from function.trm.sudoku.symmetry import Symmetries, identity, random_symmetries


class SudokuSolver:
    """Solves puzzles of one size with one network, for any number of threads.

    A network halts an attempt when its halting logit exceeds `halt_above`.
    """

    def __init__(
        self, engine: Engine, calibration: PlattScaling | None = None, halt_above: float = 0.0
    ) -> None:
        config = engine.config
        sides = [side for side in (4, 6, 9) if side * side == config.seq_len]
        if not sides or config.vocab_size != sides[0] + 2:
            raise PuzzleError(
                f"a network of {config.seq_len} tokens and {config.vocab_size} symbols "
                "does not solve sudoku"
            )
        self.board: Board = board_of(sides[0])
        self.search = VerifiedSearch(engine, calibration or PlattScaling(), halt_above)

    @property
    def engine(self) -> Engine:
        return self.search.engine

    def solve(self, puzzle: object, deadline: Deadline, search: bool = True) -> SudokuAnswer:
        """Return the checked answer, or the most confident one when the deadline comes.

        `puzzle` is a Puzzle, or anything `read_puzzle` takes. Without `search` only the puzzle as
        given is tried. Raises PuzzleError for what is not a sudoku of this size, DeadlineError when
        the deadline passes before the first supervision step.
        """
        read = puzzle if isinstance(puzzle, Puzzle) else read_puzzle(puzzle)
        if read.board != self.board:
            side, ours = read.board.side, self.board.side
            raise PuzzleError(f"this network solves {ours}x{ours}, the puzzle is {side}x{side}")
        return answer_of(read, self.search.run(SudokuProblem(read), deadline, search))


def open_solver(name: str, halt_above: float | None = None) -> SudokuSolver:
    """Return a solver with an engine of its own; close it with `solver.engine.close()`.

    `name` and `halt_above` as for `open_network`. Raises CheckpointError, or PuzzleError when the
    network is not one for sudoku.
    """
    network = open_network(name, halt_above)
    return SudokuSolver(network.engine, network.calibration, network.halt_above)


@dataclass(frozen=True, eq=False)
class SudokuView:
    """Clues under one symmetry; answers are digits, 0 where the network names none."""

    clues: Cells
    symmetry: Symmetries

    @property
    def tokens(self) -> Tokens:
        shown: Tokens = self.symmetry.apply(self.clues[None])[0].astype(np.int64)
        return shown + BLANK_TOKEN

    def read(self, answer: Tokens) -> Tokens:
        # What is not a digit becomes blank and so fails the check.
        grid = np.clip(answer - BLANK_TOKEN, 0, None).astype(np.int8)
        undone: Tokens = self.symmetry.undo(grid[None])[0].astype(np.int64)
        return undone


@dataclass(frozen=True, eq=False)
class SudokuProblem:
    """A puzzle whose answer is right when it is full, obeys the rules and keeps the clues."""

    puzzle: Puzzle

    @property
    def seed(self) -> int:
        return zlib.crc32(self.puzzle.clues.tobytes())

    def given(self) -> SudokuView:
        return SudokuView(self.puzzle.clues, identity(self.puzzle.board))

    def copy(self, generator: np.random.Generator) -> SudokuView:
        symmetry = random_symmetries(self.puzzle.board, 1, generator)
        return SudokuView(self.puzzle.clues, symmetry)

    def solved_by(self, answer: Tokens) -> bool:
        grid = answer.astype(np.int8)
        return bool(self.puzzle.board.solves(grid[None], self.puzzle.clues[None])[0])
