"""Models that meter another one: calls counted, timed and traced; the tokens of an event limited.

Tokens read and written at hosted models count, over all calls of the event.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from function.backends.base import Generation, Model, Scores, Tokens, Turn, total_of
from function.deadline import Deadline
from function.errors import ModelRefused
from function.tracer import Span, Tracer

if TYPE_CHECKING:
    from function.observability.metrics import Metrics


class Observed:
    """Passes calls on to a model, see :class:`function.backends.base.Model`."""

    __slots__ = ("_metrics", "_model", "_tracer", "abilities", "backend", "name", "window")

    def __init__(self, model: Model, metrics: Metrics, tracer: Tracer) -> None:
        self.name = model.name
        self.backend = model.backend
        self.window = model.window
        self.abilities = model.abilities
        self._model = model
        self._metrics = metrics
        self._tracer = tracer

    def generate(self, turns: Sequence[Turn], **options: Any) -> Generation:
        """See :meth:`function.backends.base.Model.generate`."""
        with _Call(self, self._metrics, self._tracer.generate(self, turns, options)) as call:
            written = self._model.generate(turns, **options)
            call.end([written], written.tokens)
        return written

    def generate_samples(self, turns: Sequence[Turn], **options: Any) -> list[Generation]:
        """See :meth:`function.backends.base.Model.generate_samples`."""
        with _Call(self, self._metrics, self._tracer.generate(self, turns, options)) as call:
            written = self._model.generate_samples(turns, **options)
            call.end(written, total_of(written))
        return written

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`."""
        with _Call(self, self._metrics, self._tracer.score(self)) as call:
            scores = self._model.score(turns, continuations, deadline)
            call.end(scores, scores.tokens)
        return scores

    def count_tokens(self, text: str) -> int:
        """See :meth:`function.backends.base.Model.count_tokens`."""
        return self._model.count_tokens(text)

    def close(self) -> None:
        """Do nothing: the chain closes its models."""


class _Call:
    """One call under way: its time, its tokens, its error and its span."""

    __slots__ = ("_metrics", "_model", "_span", "_started", "_tokens")

    def __init__(self, model: Observed, metrics: Metrics, span: Span) -> None:
        self._model = model
        self._metrics = metrics
        self._span = span
        self._started = perf_counter()
        self._tokens: Tokens | None = None

    def __enter__(self) -> Self:
        self._span.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._span.__exit__(kind, error, traceback)
        if error is None or isinstance(error, Exception):
            seconds = perf_counter() - self._started
            name = type(error).__name__ if error is not None else ""
            model = self._model
            self._metrics.count_call(model.backend, model.name, seconds, self._tokens, name)

    def end(self, result: Any, tokens: Tokens) -> None:
        """Note what the call returned, and what it took."""
        self._tokens = tokens
        self._span.end(result)


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
