"""ARC puzzles by a network of the native TRM that was trained on them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.errors import FieldError, InvalidRequest, ModelRefused
from function.models.base import Tokens
from function.native.grids import failures_told, trace_of
from function.reflection.candidate import Outcome
from function.reflection.confidence import Confidence
from function.trm.networks import Networks
from function.trm.shipped import PREFIX
from function.trm.tasks.arc.codec import SIDE, VOCABULARY, read_grid
from function.trm.tasks.arc.identifiers import KnownPuzzles, UnseenPuzzle

if TYPE_CHECKING:
    from function.trm.opening import Network
    from function.trm.tasks.arc.answer import ArcAnswer, Rows

OFFERED = 2
"""Candidates in a reply: ARC allows two attempts."""


class ArcTask:
    """Answers test inputs of puzzles that the chosen network knows."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._known: dict[Path, KnownPuzzles] = {}
        self._reading = threading.Lock()

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Answer the puzzle; see :class:`function.native.task.NativeTask`."""
        with failures_told(request):
            network = self._networks.find(
                request.model,
                fits=lambda sizes: (sizes.seq_len, sizes.vocab_size) == (SIDE**2, VOCABULARY),
                shipped=[],
                purpose="the task arc: set TRM_MODEL_NAME to one that was trained on its puzzles",
            )
            puzzle, given = _named_puzzle(request)
            grid = read_grid(given)
            from function.trm.tasks.arc.voting import ArcSolver

            known = self._known_to(network)
            solver = ArcSolver(network.engine, known, network.calibration, network.halt_above)
            try:
                answer = solver.solve(puzzle, grid, deadline)
            except UnseenPuzzle as error:
                raise ModelRefused(str(error)) from None
        return PREFIX + network.name, _outcome(answer)

    def close(self) -> None:
        """Nothing to stop: the networks are closed by whoever made them."""

    def _known_to(self, network: Network) -> KnownPuzzles:
        with self._reading:
            if network.file not in self._known:
                count = network.config.num_puzzle_identifiers
                self._known[network.file] = KnownPuzzles.beside(network.file, count)
            return self._known[network.file]


def _named_puzzle(request: InferenceRequest) -> tuple[str, object]:
    """The name of the puzzle and its test input.

    :raises InvalidRequest: the puzzle is no object with ``id`` and ``input``.
    """
    puzzle: Any = request.puzzle
    if not isinstance(puzzle, dict):
        raise InvalidRequest([FieldError("puzzle", "must be an object with id and input")])
    name, given = puzzle.get("id"), puzzle.get("input")
    if isinstance(name, str) and name and given is not None:
        return name, given
    problems = [FieldError("puzzle.input", "must be the grid to answer")] if given is None else []
    if not isinstance(name, str) or not name:
        problems.append(FieldError("puzzle.id", "must be the name of an ARC puzzle"))
    raise InvalidRequest(problems)


def _outcome(answer: ArcAnswer) -> Outcome:
    offered = [
        {"grid": _lists(each.grid), "votes": each.votes, "confidence": round(each.confidence, 6)}
        for each in answer.candidates[:OFFERED]
    ]
    best = answer.candidates[0].grid
    filled = bool(best and best[0])
    return Outcome(
        answer=_text(best),
        data={"grid": _lists(best), "candidates": offered, "voted": answer.voted},
        checks=[
            CheckResult(
                name="arc_grid",
                passed=filled,
                reason="" if filled else "the network named no colours",
            )
        ],
        confidence=Confidence(answer.share, "augmentation_votes"),
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=trace_of(answer.steps, [_text(step.grid) for step in answer.steps]),
    )


def _lists(rows: Rows) -> list[list[int]]:
    return [list(row) for row in rows]


def _text(rows: Rows) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)
