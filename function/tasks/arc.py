"""ARC puzzles by a network of the native TRM that was trained on them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from function.backends.base import Tokens
from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.errors import FieldError, InvalidRequest, ModelRefused
from function.reflection.answer import Confidence, Outcome
from function.tasks.base import grid_trace, request_errors
from function.trm.arc.codec import SIDE, VOCABULARY, read_grid
from function.trm.arc.identifiers import KnownPuzzles, UnseenPuzzle
from function.trm.names import PREFIX
from function.trm.registry import Networks

if TYPE_CHECKING:
    from function.trm.arc.answer import ArcAnswer, Rows
    from function.trm.loading import Network

OFFERED = 2
"""Candidates in a reply: ARC allows two attempts."""


class ArcTask:
    """Answers test inputs of puzzles that the chosen network knows."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._known: dict[Path, KnownPuzzles] = {}
        self._reading = threading.Lock()

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Answer the puzzle; see :class:`function.tasks.base.NativeTask`."""
        with request_errors(request):
            network = self._networks.find(
                request.model,
                fits=lambda sizes: (sizes.seq_len, sizes.vocab_size) == (SIDE**2, VOCABULARY),
                shipped=[],
                purpose="the task arc: set TRM_MODEL_NAME to one that was trained on its puzzles",
            )
            puzzle, inputs = _named_puzzle(request)
            grids = [read_grid(given) for given in inputs]
            from function.trm.arc.solver import ArcSolver

            known = self._known_to(network)
            solver = ArcSolver(network.engine, known, network.calibration, network.halt_above)
            answers = []
            try:
                for number, grid in enumerate(grids):
                    share = Deadline.after(deadline.left / (len(grids) - number))
                    answers.append(solver.solve(puzzle, grid, share))
            except UnseenPuzzle as error:
                raise ModelRefused(str(error)) from None
        return PREFIX + network.name, _outcome(answers)

    def close(self) -> None:
        """Do nothing: the service closes its networks."""

    def _known_to(self, network: Network) -> KnownPuzzles:
        with self._reading:
            if network.file not in self._known:
                count = network.config.num_puzzle_identifiers
                self._known[network.file] = KnownPuzzles.beside(network.file, count)
            return self._known[network.file]


def _named_puzzle(request: InferenceRequest) -> tuple[str, list[object]]:
    """Return the name of the puzzle and its test inputs.

    It is given as ``id`` and ``input``, or as the ARC files have it: ``train`` and ``test`` beside
    ``id``, or under the name of the puzzle.

    :raises InvalidRequest: the puzzle is in neither form.
    """
    puzzle: Any = request.puzzle
    if isinstance(puzzle, dict) and len(puzzle) == 1:
        (name, held), *_ = puzzle.items()
        if isinstance(held, dict) and "test" in held:
            puzzle = {**held, "id": name}
    if not isinstance(puzzle, dict):
        raise InvalidRequest([FieldError("puzzle", "must be an object with id and input or test")])
    name, given, tests = puzzle.get("id"), puzzle.get("input"), puzzle.get("test")
    problems = []
    inputs = [given]
    if given is None and tests is not None:
        inputs = _test_inputs(tests)
        if not inputs or None in inputs:
            problems.append(FieldError("puzzle.test", "must be a list of objects with input"))
    elif given is None:
        problems.append(FieldError("puzzle.input", "must be the grid to answer"))
    if not isinstance(name, str) or not name:
        problems.append(FieldError("puzzle.id", "must be the name of an ARC puzzle"))
    if problems:
        raise InvalidRequest(problems)
    return str(name), inputs


def _test_inputs(tests: object) -> list[object]:
    """Return the inputs of test pairs, None in place of what is not a pair."""
    if not isinstance(tests, list):
        return []
    return [test.get("input") if isinstance(test, dict) else None for test in tests]


def _outcome(answers: list[ArcAnswer]) -> Outcome:
    best = [answer.candidates[0].grid for answer in answers]
    filled = all(grid and grid[0] for grid in best)
    found = [_data(answer) for answer in answers]
    reasons = [answer.stop_reason for answer in answers]
    steps = [step for answer in answers for step in answer.steps]
    return Outcome(
        answer="\n\n".join(_text(grid) for grid in best),
        data=found[0] if len(found) == 1 else {**found[0], "tests": found},
        checks=[
            CheckResult(
                name="arc_grid",
                passed=filled,
                reason="" if filled else "the network named no colours",
            )
        ],
        # A puzzle is right when every test is: it cannot be surer than its least sure one.
        confidence=Confidence(min(answer.share for answer in answers), "augmentation_votes"),
        stop_reason=max(reasons, key=("confident", "max_steps", "deadline").index),
        tokens=Tokens(),
        trace=grid_trace(steps, [_text(step.grid) for step in steps]),
    )


def _data(answer: ArcAnswer) -> dict[str, Any]:
    offered = [
        {"grid": _lists(each.grid), "votes": each.votes, "confidence": round(each.confidence, 6)}
        for each in answer.candidates[:OFFERED]
    ]
    grid = _lists(answer.candidates[0].grid)
    return {"grid": grid, "candidates": offered, "voted": answer.voted}


def _lists(rows: Rows) -> list[list[int]]:
    return [list(row) for row in rows]


def _text(rows: Rows) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)
