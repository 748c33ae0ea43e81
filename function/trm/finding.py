"""What a search hands back: the answer and how it came about, look by look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from function.trm.attempt import Tokens

StopReason = Literal["checks_passed", "confident", "max_steps", "deadline"]
Method = Literal["verified", "halting"]


@dataclass(frozen=True, slots=True)
class Look:
    """The answer after one supervision step, mapped back to the problem as given.

    `attempt` is 0 for the problem as given and counts the copies from 1; `confidence` is the
    calibrated halting probability, or 1.0 when the answer was checked and is right.
    """

    attempt: int
    answer: Tokens
    confidence: float


@dataclass(frozen=True, slots=True)
class Finding:
    """The looks at the problem as given, then those at the copy that the answer comes from.

    `solved` means that the last look's answer passed the check. `attempts` counts the copies that
    took at least one step, the given one included.
    """

    looks: tuple[Look, ...]
    solved: bool
    attempts: int
    stop_reason: StopReason

    @property
    def answer(self) -> Tokens:
        return self.looks[-1].answer

    @property
    def confidence(self) -> float:
        return self.looks[-1].confidence

    @property
    def method(self) -> Method:
        return "verified" if self.solved else "halting"
