"""A model whose calls are counted and timed, and shown in a trace where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from function.backends.base import Generation, Model, Scores, Tokens, Turn, total_of
from function.deadline import Deadline

if TYPE_CHECKING:
    from function.observability.metrics import Metrics
    from function.observability.spans import Spans

T = TypeVar("T")
_tokens_of: Callable[[Generation | Scores], Tokens] = attrgetter("tokens")


class Observed:
    """Passes calls on to a model, see :class:`function.backends.base.Model`.

    :param spans: None where nothing is traced.
    """

    __slots__ = ("_metrics", "_model", "_spans", "abilities", "backend", "name", "window")

    def __init__(self, model: Model, metrics: Metrics, spans: Spans | None) -> None:
        self.name = model.name
        self.backend = model.backend
        self.window = model.window
        self.abilities = model.abilities
        self._model = model
        self._metrics = metrics
        self._spans = spans

    def generate(self, turns: Sequence[Turn], **options: Any) -> Generation:
        """See :meth:`function.backends.base.Model.generate`."""
        if self._spans is None:
            return self._counted(lambda: self._model.generate(turns, **options), _tokens_of)
        call = partial(self._model.generate, turns, **options)
        return self._counted(partial(self._shown, lambda: [call()], turns, **options), total_of)[0]

    def generate_samples(self, turns: Sequence[Turn], **options: Any) -> list[Generation]:
        """See :meth:`function.backends.base.Model.generate_samples`."""
        call = partial(self._model.generate_samples, turns, **options)
        if self._spans is not None:
            call = partial(self._shown, call, turns, **options)
        return self._counted(call, total_of)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`."""
        call = partial(self._model.score, turns, continuations, deadline)
        if self._spans is not None:
            call = partial(self._spans.score, self, call)
        return self._counted(call, _tokens_of)

    def count_tokens(self, text: str) -> int:
        """See :meth:`function.backends.base.Model.count_tokens`."""
        return self._model.count_tokens(text)

    def close(self) -> None:
        """Do nothing: the chain closes its models."""

    def _counted(self, call: Callable[[], T], tokens_of: Callable[[T], Tokens]) -> T:
        started = perf_counter()
        try:
            made = call()
        except Exception as error:
            self._count(started, None, type(error).__name__)
            raise
        self._count(started, tokens_of(made))
        return made

    def _shown(
        self,
        call: Callable[[], list[Generation]],
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        temperature: float,
        schema: dict[str, Any] | None = None,
        **_: Any,
    ) -> list[Generation]:
        assert self._spans is not None
        json_wanted = schema is not None
        return self._spans.generate(self, turns, max_tokens, temperature, json_wanted, call)

    def _count(self, started: float, tokens: Tokens | None, error: str = "") -> None:
        seconds = perf_counter() - started
        self._metrics.count_call(self.backend, self.name, seconds, tokens, error)
