"""What a search hands back: the answer and how it came about, look by look."""

from __future__ import annotations

from typing import Literal, NamedTuple

from function.trm.attempt import Tokens

StopReason = Literal["checks_passed", "confident", "max_steps", "deadline"]
FoundBy = Literal["network", "search", "solver"]
"""Who found an answer: the network in its run of the problem as given, the verified search that it
guides, or the classic solver after both had their time."""


class SearchStep(NamedTuple):
    """The answer after one supervision step, mapped back to the problem as given.

    `attempt` is 0 for the problem as given and counts copies or guesses from 1; `confidence` is the
    calibrated halting probability, or 1.0 when the answer was checked and is right.
    """

    attempt: int
    answer: Tokens
    confidence: float


class SearchResult(NamedTuple):
    """The looks at the problem as given, then those at the copy that the answer comes from.

    `solved` means that the last look's answer passed the check. `attempts` counts the copies that
    took at least one step, the given one included.
    """

    looks: tuple[SearchStep, ...]
    solved: bool
    attempts: int
    stop_reason: StopReason

    @property
    def answer(self) -> Tokens:
        return self.looks[-1].answer

    @property
    def confidence(self) -> float:
        """1.0 for a checked answer, 0.0 for one that its check refutes."""
        return 1.0 if self.solved else 0.0

    @property
    def found_by(self) -> FoundBy:
        return "search" if self.looks[-1].attempt else "network"
