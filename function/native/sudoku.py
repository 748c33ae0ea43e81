"""Sudoku by the native TRM: its supervision steps are the reflection steps."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from function.contract import CheckResult, InferenceRequest, ReflectionStep
from function.deadline import Deadline
from function.errors import FieldError, InvalidRequest, ModelRefused, RequestExpired
from function.models.base import Tokens
from function.reflection.candidate import Outcome
from function.reflection.confidence import Confidence

if TYPE_CHECKING:
    from function.trm.tasks.sudoku.answer import SudokuAnswer
    from function.trm.tasks.sudoku.codec import Puzzle
    from function.trm.tasks.sudoku.search import SudokuSolver


class SudokuTask:
    """Solvers by size of puzzle, loaded when the first puzzle of that size comes."""

    def __init__(self) -> None:
        self._solvers: dict[int, SudokuSolver] = {}
        self._loading = threading.Lock()

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Solve the puzzle; returns the network's name and what came of it.

        :raises InvalidRequest: the puzzle cannot be read or contradicts itself.
        :raises ModelRefused: there is no network for puzzles of this size.
        :raises RequestExpired: the deadline passed before the first step.
        """
        from function.trm.errors import DeadlineError, PuzzleError
        from function.trm.tasks.sudoku.codec import read_puzzle

        name = "puzzle" if request.puzzle is not None else "prompt"
        try:
            puzzle = read_puzzle(request.question if request.puzzle is None else request.puzzle)
            side = puzzle.board.side
            answer = self._solver(side).solve(_grid(puzzle), deadline)
        except PuzzleError as error:
            raise InvalidRequest([FieldError(name, str(error))]) from None
        except DeadlineError as error:
            raise RequestExpired(str(error)) from None
        return f"trm:sudoku-{side}x{side}", _outcome(answer)

    def close(self) -> None:
        """Stop the engines."""
        with self._loading:
            for solver in self._solvers.values():
                solver.engine.close()
            self._solvers.clear()

    def _solver(self, side: int) -> SudokuSolver:
        with self._loading:
            if side not in self._solvers:
                self._solvers[side] = _load_solver(side)
            return self._solvers[side]


def _load_solver(side: int) -> SudokuSolver:
    from function.trm.errors import CheckpointError
    from function.trm.tasks.sudoku.opening import open_solver

    try:
        return open_solver(f"sudoku-{side}x{side}")
    except CheckpointError:
        raise ModelRefused(f"no network here solves sudoku of {side}x{side}") from None


def _grid(puzzle: Puzzle) -> list[int]:
    return [int(cell) for cell in puzzle.clues]


def _outcome(answer: SudokuAnswer) -> Outcome:
    reason = "" if answer.solved else "the grid is not full or breaks a rule of sudoku"
    return Outcome(
        answer=answer.answer,
        data={"grid": [list(row) for row in answer.grid], "solved": answer.solved},
        checks=[CheckResult(name="sudoku_rules", passed=answer.solved, reason=reason)],
        confidence=Confidence(answer.confidence, answer.confidence_method, calibrated=True),
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=_trace(answer),
    )


def _trace(answer: SudokuAnswer) -> list[ReflectionStep]:
    trace: list[ReflectionStep] = []
    before, confidence = "", 0.0
    for step in answer.steps:
        grid = "\n".join(" ".join(str(cell or ".") for cell in row) for row in step.grid)
        copy = f" on symmetric copy {step.attempt}" if step.attempt else ""
        trace.append(
            ReflectionStep(
                step=len(trace) + 1,
                initial_answer=before,
                reflection=f"{len(step.changed)} cells changed{copy}",
                refined_answer=grid,
                confidence=step.confidence,
                improvement_score=round(step.confidence - confidence, 6),
                accepted=True,
            )
        )
        before, confidence = grid, step.confidence
    return trace
