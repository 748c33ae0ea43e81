"""The protocol that every model follows, and the words it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from function.backends.chat_templates import joined_messages
from function.backends.server_marks import harmless
from function.deadline import Deadline
from function.errors import ModelRefused

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


def plain_messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return the conversation as chat APIs take it, with no known mark of a template in its texts.

    Neighbours of one role are joined: servers refuse a second system turn where the model's
    template does.
    """
    plain = [{"role": turn.role, "content": harmless(turn.content)} for turn in turns]
    return joined_messages(plain)
