"""Verified search: answer, check, and while the check fails try again on copies of the problem."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol, cast

import numpy as np

from function.deadline import Deadline
from function.trm.attempt import Sample, Tokens, next_ended
from function.trm.calibration import PlattScaling
from function.trm.engine import Engine
from function.trm.errors import DeadlineError
from function.trm.finding import SearchResult, SearchStep, StopReason

SIDE_BY_SIDE = 8
"""Copies of one problem that are under way together."""
NOISE = 1.0
GENERAL = 0
"""The puzzle identifier of official networks that know one only: those for sudoku and mazes."""


class View(Protocol):
    """A problem, or a symmetric copy of it, as the network is shown it."""

    @property
    def tokens(self) -> Tokens:
        """What the network is shown."""

    def read(self, answer: Tokens) -> Tokens:
        """Map an answer to this view back to an answer to the problem as it was given."""


class Problem(Protocol):
    """Something with an answer that can be checked."""

    @property
    def seed(self) -> int:
        """The same problem is searched in the same order whenever it comes."""

    def given(self) -> View:
        """Return the problem as it was given."""

    def copy(self, generator: np.random.Generator) -> View:
        """Draw a symmetric copy."""

    def solved_by(self, answer: Tokens) -> bool:
        """Return whether an answer to the problem as given is right."""


@dataclass(frozen=True, eq=False)
class VerifiedSearch:
    """Searches with one network, for any number of threads.

    The network halts an attempt when its halting logit exceeds `halt_above`.
    """

    engine: Engine
    calibration: PlattScaling
    halt_above: float

    def run(self, problem: Problem, deadline: Deadline, further: bool = True) -> SearchResult:
        """Return the checked answer, or the most confident one when the deadline comes.

        Without `further` only the problem as given is tried. Raises DeadlineError when the deadline
        passes before the first supervision step.
        """
        return _Search(self, problem, deadline).run(further)


class _Search:
    """One problem and its attempts."""

    def __init__(self, searcher: VerifiedSearch, problem: Problem, deadline: Deadline) -> None:
        self.searcher, self.problem, self.deadline = searcher, problem, deadline
        self.finished: SimpleQueue[Sample] = SimpleQueue()
        self.views: dict[Sample, View] = {}

    def run(self, further: bool) -> SearchResult:
        first = self._attempt(self.problem.given(), noise=0.0, until_settled=further)
        self.searcher.engine.submit([first])
        if next_ended(self.finished, self.deadline) is None:
            first.cancelled = True
        best = first
        if first.ending not in (None, "checks_passed", "deadline") and further:
            best = self._look_further(first)
        if not best.steps:
            raise DeadlineError("the deadline passed before the first step")
        return self._finding(first, best)

    def _look_further(self, best: Sample) -> Sample:
        self.generator = np.random.default_rng(self.problem.seed)
        under_way = {self._copy() for _ in range(SIDE_BY_SIDE)}
        self.searcher.engine.submit(list(under_way))
        try:
            while under_way and best.ending != "checks_passed":
                attempt = next_ended(self.finished, self.deadline)
                if attempt is None:
                    break
                under_way.discard(attempt)
                if attempt.ending == "checks_passed" or _last_halt(attempt) > _last_halt(best):
                    best = attempt
                under_way.add(another := self._copy())
                self.searcher.engine.submit([another])
        finally:
            for attempt in under_way:
                attempt.cancelled = True
        return best

    def _copy(self) -> Sample:
        # Copies with and without noise fail on different puzzles, so they take turns.
        noise = NOISE if len(self.views) % 2 else 0.0
        return self._attempt(self.problem.copy(self.generator), noise, until_settled=True)

    def _attempt(self, view: View, noise: float, until_settled: bool) -> Sample:
        number = len(self.views)
        attempt = Sample(
            tokens=view.tokens,
            deadline=self.deadline,
            finished=self.finished,
            max_steps=self.searcher.engine.config.halt_max_steps,
            halt_above=self.searcher.halt_above,
            identifier=GENERAL,
            check=lambda tokens: self.problem.solved_by(view.read(tokens)),
            noise=noise,
            seed=number,
            until_settled=until_settled,
            patient=number > 0,
        )
        self.views[attempt] = view
        return attempt

    def _looks(self, attempt: Sample, solved: bool) -> list[SearchStep]:
        number, view = list(self.views).index(attempt), self.views[attempt]
        taken = list(attempt.steps)
        probability = self.searcher.calibration.probability
        looks = [
            SearchStep(number, view.read(step.tokens), probability(step.halt)) for step in taken
        ]
        if solved:
            looks[-1] = SearchStep(number, looks[-1].answer, 1.0)
        return looks

    def _finding(self, first: Sample, best: Sample) -> SearchResult:
        # The engine may still be at work on an attempt that the deadline has overtaken: what is
        # read of it first decides.
        solved = best.ending == "checks_passed"
        reason = "deadline" if self.deadline.passed and not solved else best.ending
        looks = self._looks(first, solved and best is first)
        if best is not first:
            looks += self._looks(best, solved)
        tried = sum(bool(attempt.steps) for attempt in self.views)
        return SearchResult(tuple(looks), solved, tried, cast(StopReason, reason))


def _last_halt(attempt: Sample) -> float:
    return attempt.steps[-1].halt if attempt.steps else float("-inf")
