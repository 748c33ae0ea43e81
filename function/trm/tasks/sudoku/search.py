"""Solve a sudoku and check the answer; while it fails, try again on copies of the puzzle."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import cast

import numpy as np

from function.deadline import Deadline
from function.trm.attempt import Attempt, Tokens
from function.trm.calibration import Calibration
from function.trm.engine import Engine
from function.trm.errors import DeadlineError, PuzzleError, TrmError
from function.trm.tasks.sudoku.answer import StopReason, SudokuAnswer, SudokuStep
from function.trm.tasks.sudoku.board import Board, Cells, board_of
from function.trm.tasks.sudoku.codec import Puzzle, grid_rows, read_puzzle, write_grid
from function.trm.tasks.sudoku.curriculum import BLANK_TOKEN
from function.trm.tasks.sudoku.symmetry import Symmetries, identity, random_symmetries

SIDE_BY_SIDE = 8
"""Copies of one puzzle that are under way together."""
NOISE = 1.0


class SudokuSolver:
    """Solves puzzles of one size with one network, for any number of threads.

    A network halts an attempt when its halting logit exceeds `halt_above`.
    """

    def __init__(
        self, engine: Engine, calibration: Calibration | None = None, halt_above: float = 0.0
    ) -> None:
        config = engine.model.config
        sides = [side for side in (4, 6, 9) if side * side == config.seq_len]
        if not sides or config.vocab_size != sides[0] + 2:
            raise PuzzleError(
                f"a network of {config.seq_len} tokens and {config.vocab_size} symbols "
                "does not solve sudoku"
            )
        self.board: Board = board_of(sides[0])
        self.engine = engine
        self.calibration = calibration or Calibration()
        self.halt_above = halt_above

    def solve(self, puzzle: object, deadline: Deadline, search: bool = True) -> SudokuAnswer:
        """The checked answer, or the most confident one when the deadline comes.

        `puzzle` is anything `read_puzzle` takes. Without `search` only the puzzle as given is
        tried. Raises PuzzleError for what is no sudoku of this size, DeadlineError when the
        deadline passes before the first supervision step.
        """
        read = read_puzzle(puzzle)
        if read.board != self.board:
            side, ours = read.board.side, self.board.side
            raise PuzzleError(f"this network solves {ours}x{ours}, the puzzle is {side}x{side}")
        return _Search(self, read, deadline).run(search)


class _Search:
    """One puzzle and its attempts."""

    def __init__(self, solver: SudokuSolver, puzzle: Puzzle, deadline: Deadline) -> None:
        self.solver, self.board, self.clues = solver, puzzle.board, puzzle.clues
        self.deadline = deadline
        self.finished: SimpleQueue[Attempt] = SimpleQueue()
        # The same puzzle is searched in the same order whenever it comes.
        self.generator = np.random.default_rng(zlib.crc32(self.clues.tobytes()))
        self.symmetries: dict[Attempt, Symmetries] = {}

    def run(self, search: bool) -> SudokuAnswer:
        first = self._attempt(identity(self.board), noise=0.0, until_settled=search)
        self.solver.engine.submit([first])
        if self._next() is None:
            first.cancelled = True
        best = first
        if first.ending not in (None, "checks_passed", "deadline") and search:
            best = self._look_further(first)
        if not best.steps:
            raise DeadlineError("the deadline passed before the first step")
        return self._answer(first, best)

    def _look_further(self, best: Attempt) -> Attempt:
        under_way = {self._copy() for _ in range(SIDE_BY_SIDE)}
        self.solver.engine.submit(list(under_way))
        try:
            while under_way and best.ending != "checks_passed":
                attempt = self._next()
                if attempt is None:
                    break
                under_way.discard(attempt)
                if attempt.ending == "checks_passed" or _last_halt(attempt) > _last_halt(best):
                    best = attempt
                under_way.add(another := self._copy())
                self.solver.engine.submit([another])
        finally:
            for attempt in under_way:
                attempt.cancelled = True
        return best

    def _copy(self) -> Attempt:
        # Copies with and without noise fail on different puzzles, so they take turns.
        noise = NOISE if len(self.symmetries) % 2 else 0.0
        symmetry = random_symmetries(self.board, 1, self.generator)
        return self._attempt(symmetry, noise, until_settled=True)

    def _attempt(self, symmetry: Symmetries, noise: float, until_settled: bool) -> Attempt:
        number = len(self.symmetries)
        shown = symmetry.apply(self.clues[None])[0]
        attempt = Attempt(
            tokens=shown.astype(np.int64) + BLANK_TOKEN,
            deadline=self.deadline,
            finished=self.finished,
            max_steps=self.solver.engine.model.config.halt_max_steps,
            halt_above=self.solver.halt_above,
            check=self._check_against(shown),
            noise=noise,
            seed=number,
            until_settled=until_settled,
            patient=number > 0,
        )
        self.symmetries[attempt] = symmetry
        return attempt

    def _check_against(self, shown: Cells) -> Callable[[Tokens], bool]:
        def check(tokens: Tokens) -> bool:
            grid = _to_grid(tokens)
            return bool(self.board.solves(grid[None], shown[None])[0])

        return check

    def _next(self) -> Attempt | None:
        """The next attempt that ends; None at the deadline, even if some still wait for a place."""
        try:
            attempt = self.finished.get(timeout=max(0.0, self.deadline.left))
        except Empty:
            return None
        if attempt.error is not None:
            raise attempt.error
        if attempt.ending == "cancelled":
            raise TrmError("the engine was closed while it solved this puzzle")
        return attempt

    def _trace(self, attempt: Attempt, solved: bool) -> list[SudokuStep]:
        steps: list[SudokuStep] = []
        number = list(self.symmetries).index(attempt)
        before = self.clues
        taken = list(attempt.steps)
        for step in taken:
            grid = self.symmetries[attempt].undo(_to_grid(step.tokens)[None])[0]
            verified = solved and step is taken[-1]
            side = self.board.side
            changed = tuple(divmod(int(cell), side) for cell in np.flatnonzero(grid != before))
            confidence = 1.0 if verified else self.solver.calibration.probability(step.halt)
            steps.append(
                SudokuStep(
                    len(steps) + 1,
                    number,
                    grid_rows(self.board, grid),
                    changed,
                    confidence,
                )  # fmt: skip
            )
            before = grid
        return steps

    def _answer(self, first: Attempt, best: Attempt) -> SudokuAnswer:
        # The engine may still be at work on an attempt that the deadline has overtaken: what is
        # read of it first decides.
        solved = best.ending == "checks_passed"
        reason = "deadline" if self.deadline.passed and not solved else best.ending
        steps = self._trace(first, solved and best is first)
        if best is not first:
            steps += self._trace(best, solved)
        last = steps[-1]
        grid = np.array(last.grid, dtype=np.int8)
        return SudokuAnswer(
            answer=write_grid(self.board, grid.ravel()),
            grid=last.grid,
            solved=solved,
            confidence=last.confidence,
            confidence_method="verified" if solved else "halting",
            steps=tuple(steps),
            attempts=self._tried(),
            stop_reason=cast(StopReason, reason),
        )

    def _tried(self) -> int:
        return sum(bool(attempt.steps) for attempt in self.symmetries)


def _to_grid(tokens: Tokens) -> Cells:
    """Digits of tokens; what is no digit becomes blank and so fails the check."""
    return np.clip(tokens - BLANK_TOKEN, 0, None).astype(np.int8)


def _last_halt(attempt: Attempt) -> float:
    return attempt.steps[-1].halt if attempt.steps else float("-inf")
