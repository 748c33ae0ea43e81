"""The way of one request to the one model that it asks for by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from function.backends.base import Model
from function.backends.guard import cause_of
from function.backends.walk import Answered
from function.contract import Attempt
from function.deadline import Clock, Deadline, milliseconds

T = TypeVar("T")


class Lent:
    """Asks a model of the pool; nobody stands in for it. Used by one thread, as a ``Walk`` is.

    :param label: the name that the request gave.
    """

    def __init__(
        self, label: str, model: Model, deadline: Deadline, clock: Clock = time.monotonic
    ) -> None:
        self.attempts: list[Attempt] = []
        """What it did."""
        self._label = label
        self._model = model
        self._deadline = deadline
        self._clock = clock

    def ask(self, work: Callable[[Model, Deadline], T]) -> Answered[T]:
        """Return what the model makes of the request; its errors are passed on."""
        started = self._clock()
        try:
            result = work(self._model, self._deadline)
        except Exception as error:
            spent = self._spent(started)
            self.attempts.append(Attempt(self._label, "failed", cause_of(error), spent))
            raise
        self.attempts.append(Attempt(self._label, "answered", None, self._spent(started)))
        return Answered(self._label, self._model.name, self._model.backend, result)

    def _spent(self, started: float) -> float:
        return milliseconds(self._clock() - started)
