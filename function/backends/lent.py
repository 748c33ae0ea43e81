"""The one model that a request asks for by name."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from function.backends.base import Model
from function.backends.guard import cause_of
from function.contract import Attempt, AttemptOutcome
from function.deadline import Clock, Deadline, milliseconds


class Lent:
    """A model of the pool, asked as a ``Walk`` is, but in its place no other answers.

    :param label: the name that the request gave.
    """

    goes_on = False
    fallback_reason = None

    def __init__(
        self, label: str, model: Model, deadline: Deadline, clock: Clock = time.monotonic
    ) -> None:
        self.attempts: list[Attempt] = []
        """What it did."""
        self.label = label
        self.model = model
        self.budget = deadline
        self._clock = clock
        self._started = 0.0

    def next(self) -> Self:
        """Return the model, as the only one to try."""
        self._started = self._clock()
        return self

    def outdo(self, label: str, reason: str) -> None:
        """Do nothing: no other member is asked."""

    def mark(self, label: str, outcome: AttemptOutcome) -> None:
        """Do nothing: no other member is asked."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        spent = milliseconds(self._clock() - self._started)
        if error is None:
            self.attempts.append(Attempt(self.label, "answered", None, spent))
        elif isinstance(error, Exception):
            self.attempts.append(Attempt(self.label, "failed", cause_of(error), spent))
