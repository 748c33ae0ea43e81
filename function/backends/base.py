"""The protocol that every model follows, the words it uses, and models that meter another one.

Calls are counted, timed and traced; the tokens that one event reads and writes at hosted models,
over all its calls, are limited.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

from function.backends.chat_templates import joined_messages
from function.backends.server_marks import harmless
from function.deadline import Deadline
from function.errors import ModelRefused
from function.telemetry import Tracer

if TYPE_CHECKING:
    from function.observability.metrics import Metrics

FinishReason = Literal["stop", "length", "deadline"]
Listen = Callable[[str], None]
"""Gets each piece of a text as it is written; may be called by a thread of the engine."""
Cut = Callable[[str], int | None]
"""Looks at the text so far: how many of its characters are the answer, None to go on."""


class Turn(NamedTuple):
    """One turn of the conversation shown to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(slots=True)
class Tokens:
    """Tokens of one call; ``cached`` is the part of ``prompt`` that was not computed again."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.cached + other.cached,
        )

    @property
    def total(self) -> int:
        """Prompt and completion."""
        return self.prompt + self.completion


@dataclass(frozen=True)
class Generation:
    """Text that a model wrote.

    ``log_probabilities`` holds the natural logarithm of each token's probability before sampling,
    or is None where the model reports none. ``finish_reason`` is ``length`` when ``max_tokens``
    cut the text and ``deadline`` when time did. ``schema_notes`` says, a line for each, which
    keywords of the schema decoding did not enforce.
    """

    text: str
    finish_reason: FinishReason
    tokens: Tokens
    log_probabilities: tuple[float, ...] | None = None
    schema_notes: tuple[str, ...] = ()


def shortened(generation: Generation, cut: Cut | None) -> Generation:
    """Return an answer without the text behind its cut."""
    kept = None if cut is None else cut(generation.text)
    if kept is None:
        return generation
    return replace(generation, text=generation.text[:kept], finish_reason="stop")


def total_of(written: Iterable[Generation]) -> Tokens:
    """Return the tokens of several answers together."""
    return sum((generation.tokens for generation in written), Tokens())


@dataclass(frozen=True)
class Score:
    """How likely a given text is: the sum of its tokens' log-probabilities, and their number."""

    log_probability: float
    length: int


@dataclass(frozen=True)
class Scores:
    """One :class:`Score` per continuation, in the order asked for, and the tokens it took."""

    scores: tuple[Score, ...]
    tokens: Tokens


@dataclass(frozen=True)
class Abilities:
    """What a model can do; one that does not write ``text`` refuses to generate and to score.

    ``samples`` is whether it writes several answers to one conversation and reads that only once,
    ``hosted`` whether a server runs it, which may ask money for each token, ``streams`` whether a
    text can be listened to while it is written.
    """

    text: bool = True
    json_schema: bool = False
    log_probabilities: bool = False
    scoring: bool = False
    samples: bool = False
    hosted: bool = False
    streams: bool = False


class Model(Protocol):
    """Something that drafts answers. Synchronous and safe to call from many threads."""

    @property
    def name(self) -> str:
        """The model's name as the reply reports it."""

    @property
    def backend(self) -> str:
        """What runs the model: ``llama.cpp``, ``ollama``, ..."""

    @property
    def window(self) -> int:
        """Tokens of prompt plus answer that fit."""

    @property
    def abilities(self) -> Abilities:
        """What this model can do."""

    def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> Generation:
        """Write the next turn.

        ``schema`` constrains decoding where :attr:`Abilities.json_schema` is set and the engine
        supports the schema; the caller still validates. At the deadline the text so far is
        returned with finish reason ``deadline``. Text behind what ``cut`` returns is not part of
        the answer, and need not be written; the finish reason is ``stop`` then.

        ``listen`` is given only where :attr:`Abilities.streams` is set. The pieces that it gets are
        those of the text, those behind the cut perhaps included; a model that thinks before it
        answers shows none, or its thoughts between their marks.

        :raises ModelRefused: the conversation does not fit, or can never be processed.
        :raises ModelUnavailable: the model cannot answer for the moment.
        """

    def generate_samples(
        self,
        turns: Sequence[Turn],
        *,
        count: int,
        max_tokens: int,
        temperature: float,
        seed: int,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> list[Generation]:
        """Write the next turn several times side by side, with the seeds from ``seed`` on.

        Once at least, and up to ``count`` times if there is room for them now. Only where
        :attr:`Abilities.samples` is set; each is what :meth:`generate` returns for its seed.
        ``listen`` gets the first of them.
        Errors as there.
        """

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """Return how likely each continuation is as the next turn's beginning.

        Only where :attr:`Abilities.scoring` is set. Errors as for :meth:`generate`.
        """

    def count_tokens(self, text: str) -> int:
        """Return tokens in a text; an estimate where the model cannot count."""

    def close(self) -> None:
        """Give back memory and connections; no call may follow."""


@runtime_checkable
class Watchable(Protocol):
    """A model whose engine runs in this process and may stop for good."""

    @property
    def silence(self) -> float:
        """Seconds for which a call under way has made no progress; 0 while all of them move."""


class WithoutSamples:
    """For models that write one answer at a time: who wants several asks several times."""

    def generate_samples(
        self, turns: Sequence[Turn], *, count: int, **options: Any
    ) -> list[Generation]:
        """Never asked for, see :attr:`Abilities.samples`."""
        raise ModelRefused("this model writes one answer at a time")


class Observed:
    """Passes calls on to a model, see :class:`Model`."""

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
        """See :meth:`Model.generate`."""
        started = perf_counter()
        with self._tracer.generate(self, turns, options) as span:
            try:
                written = self._model.generate(turns, **options)
            except Exception as error:
                self._count(started, None, error)
                raise
            span.end([written])
        self._count(started, written.tokens)
        return written

    def generate_samples(self, turns: Sequence[Turn], **options: Any) -> list[Generation]:
        """See :meth:`Model.generate_samples`."""
        started = perf_counter()
        with self._tracer.generate(self, turns, options) as span:
            try:
                written = self._model.generate_samples(turns, **options)
            except Exception as error:
                self._count(started, None, error)
                raise
            span.end(written)
        self._count(started, total_of(written))
        return written

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`Model.score`."""
        started = perf_counter()
        with self._tracer.score(self) as span:
            try:
                scores = self._model.score(turns, continuations, deadline)
            except Exception as error:
                self._count(started, None, error)
                raise
            span.end(scores)
        self._count(started, scores.tokens)
        return scores

    def count_tokens(self, text: str) -> int:
        """See :meth:`Model.count_tokens`."""
        return self._model.count_tokens(text)

    def close(self) -> None:
        """Do nothing: the chain closes its models."""

    def _count(self, started: float, tokens: Tokens | None, error: Exception | None = None) -> None:
        name = "" if error is None else type(error).__name__
        seconds = perf_counter() - started
        self._metrics.count_call(self.backend, self.name, seconds, tokens, name)


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
    """A hosted model whose calls draw on an allowance, as :class:`Model`."""

    __slots__ = ("_allowance", "_model", "abilities", "backend", "name", "window")

    def __init__(self, model: Model, allowance: Allowance) -> None:
        self.name = model.name
        self.backend = model.backend
        self.window = model.window
        self.abilities = model.abilities
        self._model = model
        self._allowance = allowance

    def generate(self, turns: Sequence[Turn], *, max_tokens: int, **options: Any) -> Generation:
        """See :meth:`Model.generate`.

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
        """See :meth:`Model.generate_samples`."""
        return self._model.generate_samples(turns, **options)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`Model.score`."""
        return self._model.score(turns, continuations, deadline)

    def count_tokens(self, text: str) -> int:
        """See :meth:`Model.count_tokens`."""
        return self._model.count_tokens(text)

    def close(self) -> None:
        """Do nothing: the chain closes its models."""


def plain_messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return the conversation as chat APIs take it, with no known mark of a template in its texts.

    Neighbours of one role are joined: servers refuse a second system turn where the model's
    template does.
    """
    plain = [{"role": turn.role, "content": harmless(turn.content)} for turn in turns]
    return joined_messages(plain)
