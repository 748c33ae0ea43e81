"""One sample on its way through the engine: what it asks for, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.errors import DeadlineError, TrmError

Tokens = NDArray[np.int64]
Ending = Literal["checks_passed", "confident", "max_steps", "settled", "deadline", "cancelled"]
CLOSED = "the engine was closed before it answered"


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

    def wait(self) -> None:
        """Wait until the sample ends, or cancel it at its deadline; it has a step then.

        :raises DeadlineError: the deadline passed before the first step.
        :raises TrmError: the engine was closed before the first step.
        """
        if _next(self.finished, self.deadline) is None:
            self.cancelled = True
        if self.error is not None:
            raise self.error
        if not self.steps:
            if self.ending == "cancelled" and not self.deadline.passed:
                raise TrmError(CLOSED)
            raise DeadlineError("the deadline passed before the first step")

    def _repeats(self) -> bool:
        return len(self.steps) > 1 and np.array_equal(self.steps[-1].tokens, self.steps[-2].tokens)

    def give_up(self) -> bool:
        """End the attempt if it was cancelled or its deadline has passed; whether it has ended."""
        if self.cancelled:
            self.ending = "cancelled"
        elif self.deadline.passed:
            self.ending = "deadline"
        return self.ending is not None


def next_ended(finished: SimpleQueue[Sample], deadline: Deadline) -> Sample | None:
    """Return the next sample that ends, None at the deadline, even if some wait for a place.

    :raises TrmError: the network failed, or the engine was closed.
    """
    sample = _next(finished, deadline)
    if sample is None:
        return None
    if sample.error is not None:
        raise sample.error
    if sample.ending == "cancelled":
        raise TrmError(CLOSED)
    return sample


def _next(finished: SimpleQueue[Sample], deadline: Deadline) -> Sample | None:
    try:
        return finished.get(timeout=max(0.0, deadline.left))
    except Empty:
        return None
