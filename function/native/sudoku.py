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
            side = puzzle.board.side
            network = self._networks.find(
                request.model,
                fits=lambda sizes: (sizes.seq_len, sizes.vocab_size) == (side**2, side + 2),
                shipped=[f"sudoku-{side}x{side}"],
                purpose=f"sudoku of {side}x{side}",
            )
            from function.trm.tasks.sudoku.search import SudokuSolver

            solver = SudokuSolver(network.engine, network.calibration, network.halt_above)
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
