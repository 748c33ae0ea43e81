"""Sudoku by the native TRM: its supervision steps are the reflection steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.models.base import Tokens
from function.native.grids import failures_told, given_puzzle, trace_of
from function.reflection.candidate import Outcome
from function.reflection.confidence import Confidence
from function.trm.networks import Networks
from function.trm.shipped import PREFIX
from function.trm.tasks.sudoku.codec import read_puzzle

if TYPE_CHECKING:
    from function.trm.tasks.sudoku.answer import SudokuAnswer


class SudokuTask:
    """Solves puzzles with a network of their size."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Solve the puzzle; see :class:`function.native.task.NativeTask`."""
        with failures_told(request):
            puzzle = read_puzzle(given_puzzle(request))
            from function.trm.tasks.sudoku.opening import solver_for

            network, solver = solver_for(puzzle, self._networks, request.model)
            answer = solver.solve(puzzle, deadline)
        return PREFIX + network.name, _outcome(answer, network.calibrated)

    def close(self) -> None:
        """Nothing to stop: the networks are closed by whoever made them."""


def _outcome(answer: SudokuAnswer, calibrated: bool) -> Outcome:
    reason = "" if answer.solved else "the grid is not full or breaks a rule of sudoku"
    grids = ["\n".join(" ".join(str(cell or ".") for cell in row) for row in step.grid)
             for step in answer.steps]  # fmt: skip
    return Outcome(
        answer=answer.answer,
        data={"grid": [list(row) for row in answer.grid], "solved": answer.solved},
        checks=[CheckResult(name="sudoku_rules", passed=answer.solved, reason=reason)],
        confidence=Confidence(
            answer.confidence, answer.confidence_method, calibrated=answer.solved or calibrated
        ),
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=trace_of(answer.steps, grids),
    )
