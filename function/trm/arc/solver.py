"""Answer an ARC puzzle on its augmented copies and let the answers vote."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue
from typing import Literal

import numpy as np

from function.deadline import Deadline
from function.trm.arc.answer import ArcAnswer, ArcStep, Candidate, Rows
from function.trm.arc.codec import SIDE, VOCABULARY, Grid, from_tokens, to_tokens
from function.trm.arc.identifiers import Copy, KnownPuzzles
from function.trm.attempt import Sample, next_ended
from function.trm.calibration import PlattScaling
from function.trm.engine import Engine
from function.trm.errors import CheckpointError, DeadlineError

VOTES = 32
"""Copies that vote at most: the order of the candidates hardly changes after as many."""
SIDE_BY_SIDE = 4


class ArcSolver:
    """Answers the puzzles that one network was trained on, for any number of threads.

    The network halts a copy when its halting logit exceeds `halt_above`.
    """

    def __init__(
        self,
        engine: Engine,
        known: KnownPuzzles,
        calibration: PlattScaling | None = None,
        halt_above: float = 0.0,
    ) -> None:
        config = engine.config
        if (config.seq_len, config.vocab_size) != (SIDE * SIDE, VOCABULARY):
            raise CheckpointError(
                f"a network of {config.seq_len} tokens and {config.vocab_size} symbols "
                "does not answer ARC puzzles"
            )
        if not config.puzzle_emb_ndim:
            raise CheckpointError("a network without puzzle embeddings does not answer ARC puzzles")
        self.engine, self.known = engine, known
        self.calibration = calibration or PlattScaling()
        self.halt_above = halt_above

    def solve(self, puzzle: str, grid: Grid, deadline: Deadline) -> ArcAnswer:
        """Answer the test input `grid` of the puzzle with this name.

        Copies vote until the winner cannot be overtaken, all have voted or the deadline comes.
        Raises UnseenPuzzle when the network was not trained on the puzzle, DeadlineError when no
        copy has taken a step in time.
        """
        copies = self.known.copies(puzzle)
        # Others of the many copies would do as well; the same puzzle asks the same ones each time.
        order = np.random.default_rng(zlib.crc32(puzzle.encode())).permutation(len(copies) - 1) + 1
        chosen = [copies[0], *(copies[index] for index in order[: VOTES - 1])]
        return _Vote(self, chosen, grid, deadline).run()


@dataclass
class _Tally:
    grid: Grid
    confidences: list[float] = field(default_factory=list)
    surest: Sample | None = None

    @property
    def rank(self) -> tuple[int, float]:
        return len(self.confidences), self.mean

    @property
    def mean(self) -> float:
        return sum(self.confidences) / len(self.confidences)


class _Vote:
    """One puzzle and the copies that vote on it."""

    def __init__(
        self, solver: ArcSolver, copies: list[Copy], grid: Grid, deadline: Deadline
    ) -> None:
        self.solver, self.copies, self.grid, self.deadline = solver, copies, grid, deadline
        self.finished: SimpleQueue[Sample] = SimpleQueue()
        self.numbers: dict[Sample, int] = {}
        self.tallies: dict[tuple[tuple[int, ...], bytes], _Tally] = {}
        self.voted = 0

    def run(self) -> ArcAnswer:
        waiting = iter(enumerate(self.copies))
        under_way = {self._attempt(number, copy)
                     for number, copy in islice(waiting, SIDE_BY_SIDE)}  # fmt: skip
        self.solver.engine.submit(list(under_way))
        try:
            while under_way and not self._settled():
                attempt = next_ended(self.finished, self.deadline)
                if attempt is None:
                    break
                under_way.discard(attempt)
                self._count(attempt)
                for number, copy in islice(waiting, 1):
                    under_way.add(another := self._attempt(number, copy))
                    self.solver.engine.submit([another])
        finally:
            for attempt in under_way:
                attempt.cancelled = True
        if not self.tallies:
            # A copy that the deadline stopped half-way is better than nothing.
            for attempt in under_way:
                self._count(attempt)
        if not self.tallies:
            raise DeadlineError("the deadline passed before the first step")
        return self._answer()

    def _attempt(self, number: int, copy: Copy) -> Sample:
        attempt = Sample(
            tokens=to_tokens(copy.augmentation.apply(self.grid)),
            deadline=self.deadline,
            finished=self.finished,
            max_steps=self.solver.engine.config.halt_max_steps,
            halt_above=self.solver.halt_above,
            identifier=copy.identifier,
            patient=number > 0,
        )
        self.numbers[attempt] = number
        return attempt

    def _count(self, attempt: Sample) -> None:
        if not attempt.steps:
            return
        grid, confidence = self._read(attempt, -1)
        tally = self.tallies.setdefault((grid.shape, grid.tobytes()), _Tally(grid))
        if not tally.confidences or confidence > max(tally.confidences):
            tally.surest = attempt
        tally.confidences.append(confidence)
        self.voted += 1

    def _read(self, attempt: Sample, step: int) -> tuple[Grid, float]:
        copy, taken = self.copies[self.numbers[attempt]], attempt.steps[step]
        grid = copy.augmentation.undo(from_tokens(taken.tokens))
        return grid, self.solver.calibration.probability(taken.halt)

    def _settled(self) -> bool:
        """Return whether no other candidate can overtake the winner."""
        counts = sorted((len(tally.confidences) for tally in self.tallies.values()), reverse=True)
        if not counts:
            return False
        second = counts[1] if len(counts) > 1 else 0
        return counts[0] > second + len(self.copies) - self.voted

    def _answer(self) -> ArcAnswer:
        ranked = sorted(self.tallies.values(), key=lambda tally: tally.rank, reverse=True)
        best = ranked[0].surest
        assert best is not None, "every vote compares with the best"
        return ArcAnswer(
            candidates=tuple(
                Candidate(rows_of(tally.grid), len(tally.confidences), tally.mean)
                for tally in ranked
            ),
            voted=self.voted,
            steps=tuple(self._steps(best)),
            stop_reason=self._reason(),
        )

    def _reason(self) -> Literal["confident", "max_steps", "deadline"]:
        if self._settled():
            return "confident"
        return "deadline" if self.deadline.passed else "max_steps"

    def _steps(self, attempt: Sample) -> list[ArcStep]:
        steps: list[ArcStep] = []
        before = self.grid
        for index in range(len(attempt.steps)):
            grid, confidence = self._read(attempt, index)
            changed = _differences(before, grid)
            steps.append(ArcStep(self.numbers[attempt], rows_of(grid), changed, confidence))
            before = grid
        return steps


def rows_of(grid: Grid) -> Rows:
    """Return a grid as rows of plain integers."""
    return tuple(tuple(row) for row in grid.tolist())


def _differences(before: Grid, after: Grid) -> tuple[tuple[int, int], ...]:
    canvas = np.full((2, SIDE, SIDE), -1, dtype=np.int8)
    for layer, grid in zip(canvas, (before, after), strict=True):
        layer[: grid.shape[0], : grid.shape[1]] = grid
    return tuple((int(row), int(column)) for row, column in np.argwhere(canvas[0] != canvas[1]))
