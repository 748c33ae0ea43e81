"""What one event may cost at hosted models: tokens read and written, over all calls."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from function.backends.base import Generation, Model, Scores, Turn
from function.deadline import Deadline
from function.errors import ModelRefused


class AllowanceSpent(ModelRefused):
    """The event has used up the tokens that it may cost."""


class Allowance:
    """The tokens left to one event. Safe for many threads: samples are drafted side by side.

    :param tokens: read and written. The first call is made whatever it reads.
    """

    def __init__(self, tokens: int) -> None:
        self._left = tokens
        self._used = False
        self._lock = threading.Lock()

    def reserve(self, prompt: int, wanted: int) -> tuple[int, int]:
        """Return how many tokens a call may write, and what is to be given to :meth:`settle`.

        :param prompt: tokens that the call reads, roughly.
        :raises AllowanceSpent: nothing is left for another call.
        """
        with self._lock:
            granted = min(wanted, self._left - prompt)
            if granted < 1:
                if self._used:
                    raise AllowanceSpent("the tokens that one event may cost are used up")
                granted = wanted
            self._used = True
            self._left -= prompt + granted
            return granted, prompt + granted

    def settle(self, reserved: int, used: int) -> None:
        """Give back what a call did not use."""
        with self._lock:
            self._left += reserved - used


class Metered:
    """A hosted model whose calls draw on an allowance, as :class:`function.backends.base.Model`."""

    __slots__ = ("_allowance", "_model", "abilities", "backend", "name", "window")

    def __init__(self, model: Model, allowance: Allowance) -> None:
        self.name = model.name
        self.backend = model.backend
        self.window = model.window
        self.abilities = model.abilities
        self._model = model
        self._allowance = allowance

    def generate(self, turns: Sequence[Turn], *, max_tokens: int, **options: Any) -> Generation:
        """See :meth:`function.backends.base.Model.generate`.

        :raises AllowanceSpent: the event may cost no more.
        """
        prompt = sum(self._model.count_tokens(turn.content) for turn in turns)
        granted, reserved = self._allowance.reserve(prompt, max_tokens)
        used = 0
        try:
            generation = self._model.generate(turns, max_tokens=granted, **options)
            used = generation.tokens.total or reserved  # a server that counts nothing
            return generation
        finally:
            self._allowance.settle(reserved, used)

    def generate_samples(self, turns: Sequence[Turn], **options: Any) -> list[Generation]:
        """See :meth:`function.backends.base.Model.generate_samples`."""
        return self._model.generate_samples(turns, **options)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`."""
        return self._model.score(turns, continuations, deadline)

    def count_tokens(self, text: str) -> int:
        """See :meth:`function.backends.base.Model.count_tokens`."""
        return self._model.count_tokens(text)

    def close(self) -> None:
        """Do nothing: the chain closes its models."""
