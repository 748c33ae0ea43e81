"""Sudoku by a network, whose supervision steps are the reflection steps, and by its search."""

from __future__ import annotations

from typing import Any

from function.backends.base import Tokens
from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.reflection.answer import Confidence, Outcome
from function.tasks.base import given_puzzle, grid_trace, request_errors
from function.trm.names import PREFIX
from function.trm.registry import Networks
from function.trm.sudoku.answer import SudokuAnswer
from function.trm.sudoku.codec import read_puzzle
from function.trm.sudoku.last_resort import count, solve
from function.trm.sudoku.opening import solver_for

SEVERAL = "the puzzle has several solutions: this is one of them"


class SudokuTask:
    """Solves puzzles with the shipped network, or one that the request or the settings name."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Solve the puzzle; see :class:`function.tasks.base.NativeTask`."""
        with request_errors(request):
            puzzle = read_puzzle(given_puzzle(request))
            counted = count(puzzle)
            name, solver = solver_for(puzzle, self._networks, request.model)
            answer = solve(puzzle, counted, solver, deadline)
        return PREFIX + name, _outcome(answer, several=counted.found > 1)

    def close(self) -> None:
        """Do nothing: the service closes its networks."""


def _outcome(answer: SudokuAnswer, several: bool) -> Outcome:
    reason = "" if answer.solved else "the grid is not full or breaks a rule of sudoku"
    grids = ["\n".join(" ".join(str(cell or ".") for cell in row) for row in step.grid)
             for step in answer.steps]  # fmt: skip
    data: dict[str, Any] = {"grid": [list(row) for row in answer.grid], "solved": answer.solved}
    if answer.solved:
        data["found_by"] = answer.found_by
    if several:
        data["note"] = SEVERAL
    return Outcome(
        answer=answer.answer,
        data=data,
        checks=[CheckResult(name="sudoku_rules", passed=answer.solved, reason=reason)],
        confidence=Confidence(answer.confidence, "verified", calibrated=True),
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=grid_trace(answer.steps, grids),
    )
