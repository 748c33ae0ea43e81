"""Mazes by the native TRM: its supervision steps are the reflection steps."""

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
from function.trm.tasks.maze.codec import read_maze

if TYPE_CHECKING:
    from function.trm.tasks.maze.answer import MazeAnswer


class MazeTask:
    """Solves mazes with the smallest network whose grid they fit into."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Solve the maze; see :class:`function.native.task.NativeTask`."""
        with failures_told(request):
            maze = read_maze(given_puzzle(request))
            from function.trm.tasks.maze.opening import solver_for

            network, solver = solver_for(maze, self._networks, request.model)
            answer = solver.solve(maze, deadline)
        return PREFIX + network.name, _outcome(answer, network.calibrated)

    def close(self) -> None:
        """Nothing to stop: the networks are closed by whoever made them."""


def _outcome(answer: MazeAnswer, calibrated: bool) -> Outcome:
    path = [list(cell) for cell in answer.path] if answer.path is not None else None
    return Outcome(
        answer=answer.answer,
        data={
            "grid": list(answer.grid),
            "path": path,
            "steps": None if path is None else len(path) - 1,
            "solved": answer.solved,
        },
        checks=[CheckResult(name="maze_path", passed=answer.solved, reason=answer.problem)],
        confidence=Confidence(
            answer.confidence, answer.confidence_method, calibrated=answer.solved or calibrated
        ),
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=trace_of(answer.steps, ["\n".join(step.grid) for step in answer.steps]),
    )
