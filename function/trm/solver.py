"""What finds the answer of a puzzle: a network in its run, or a search that it guides."""

from __future__ import annotations

from typing import Protocol, TypeVar

from function.deadline import Deadline

PuzzleT = TypeVar("PuzzleT", contravariant=True)
AnswerT = TypeVar("AnswerT", covariant=True)


class Solver(Protocol[PuzzleT, AnswerT]):
    """Searches for the answer of a puzzle with a network."""

    def solve(self, puzzle: PuzzleT, deadline: Deadline, /) -> AnswerT:
        """Return the checked answer, or the network's best one when the deadline comes.

        Raises DeadlineError when the deadline passes before the first supervision step.
        """
