"""One sample on its way through the engine: what it asks for, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline

Tokens = NDArray[np.int64]
Ending = Literal["checks_passed", "confident", "max_steps", "settled", "deadline", "cancelled"]


class Step(NamedTuple):
    """The decoded answer [tokens] after a supervision step, and its halting logit."""

    tokens: Tokens
    halt: float


@dataclass(eq=False, slots=True)
class Sample:
    """A request to the engine; `cycles`, `steps` and `ending` are filled in by it.

    An answer that passes `check` ends it at once, also within a step.

    `noise` is the standard deviation of what is added to the latent before every step, drawn from
    `seed`. The attempt is put into `finished` once, when nothing more will happen to it; `error` is
    then set if the network itself failed.
    """

    tokens: Tokens
    deadline: Deadline
    finished: SimpleQueue[Sample]
    max_steps: int
    halt_above: float | None = None
    check: Callable[[Tokens], bool] | None = None
    identifier: int | None = None
    noise: float = 0.0
    seed: int = 0
    until_settled: bool = False
    """Leave with the ending `settled` when a step repeats an answer that failed its check: fewer
    than one in a hundred of such answers came right later."""
    patient: bool = False
    """Patient attempts start only when no other attempt waits."""
    cycles: int = 0
    steps: list[Step] = field(default_factory=list)
    ending: Ending | None = None
    error: Exception | None = None
    cancelled: bool = False

    def note(self, step: Step, cycles_of_step: int) -> None:
        """Note the answer after a cycle and decide whether it was the last.

        Within a step only an answer that passes its check counts.
        """
        self.cycles += 1
        passes = self.check is not None and self.check(step.tokens)
        if not passes and self.cycles % cycles_of_step:
            return
        self.steps.append(step)
        if passes:
            self.ending = "checks_passed"
        elif self.halt_above is not None and step.halt > self.halt_above:
            self.ending = "confident"
        elif len(self.steps) >= self.max_steps:
            self.ending = "max_steps"
        elif self.until_settled and self._repeats():
            self.ending = "settled"
        else:
            self.give_up()

    def _repeats(self) -> bool:
        return len(self.steps) > 1 and np.array_equal(self.steps[-1].tokens, self.steps[-2].tokens)

    def give_up(self) -> bool:
        """End the attempt if it was cancelled or its deadline has passed; whether it has ended."""
        if self.cancelled:
            self.ending = "cancelled"
        elif self.deadline.passed:
            self.ending = "deadline"
        return self.ending is not None
