"""Mazes by a network, whose supervision steps are the reflection steps, and by its search."""

from __future__ import annotations

from function.backends.base import Tokens
from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.reflection.answer import Confidence, Outcome
from function.tasks.base import given_puzzle, grid_trace, request_errors
from function.trm.maze.answer import MazeAnswer
from function.trm.maze.codec import read_maze
from function.trm.maze.last_resort import solve
from function.trm.maze.opening import solver_for
from function.trm.names import PREFIX
from function.trm.registry import Networks


class MazeTask:
    """Solves mazes with the shipped network, or one that the request or the settings name."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Solve the maze; see :class:`function.tasks.base.NativeTask`."""
        with request_errors(request):
            maze = read_maze(given_puzzle(request))
            name, solver = solver_for(maze, self._networks, request.model)
            answer = solve(maze, solver, deadline)
        return PREFIX + name, _outcome(answer)

    def close(self) -> None:
        """Do nothing: the service closes its networks."""


def _outcome(answer: MazeAnswer) -> Outcome:
    path = [list(cell) for cell in answer.path] if answer.path is not None else None
    return Outcome(
        answer=answer.answer,
        data={
            "grid": list(answer.grid),
            "path": path,
            "steps": None if path is None else len(path) - 1,
            "solved": answer.solved,
            "found_by": answer.found_by,
        },
        checks=[CheckResult(name="maze_path", passed=answer.solved, reason=answer.problem)],
        confidence=Confidence(answer.confidence, "verified", calibrated=True),
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=grid_trace(answer.steps, ["\n".join(step.grid) for step in answer.steps]),
    )
