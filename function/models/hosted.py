"""What all models have in common that a server runs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable
from function.models.base import (
    Abilities,
    FinishReason,
    Generation,
    Scores,
    Tokens,
    Turn,
    WithoutSamples,
)
from function.models.call import OutOfTime, Silence
from function.models.remote import Remote

TURN_TOKENS = 8
"""What the template of a turn may take."""
SHORTEST_ANSWER = 16
UNREADABLE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(OverflowError, RecursionError),  # a count of 1e999, thousands of brackets
)
"""What comes of reading JSON that is not as an API's documentation has it."""


@dataclass
class Draft:
    """What a server has said so far; ``complete`` once nothing more is to be read."""

    pieces: list[str] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)
    finish: FinishReason | None = None
    tokens: Tokens = field(default_factory=Tokens)
    complete: bool = False
    signs: int = 0
    """Of work, thoughts that nobody sees included, but not of mere life."""

    def generation(self, finish: FinishReason) -> Generation:
        """The text so far; the pieces count as tokens where the server has not told."""
        tokens = self.tokens
        if not tokens.completion:
            tokens = Tokens(tokens.prompt, len(self.pieces), tokens.cached)
        text = whole_characters("".join(self.pieces))
        return Generation(text, finish, tokens, tuple(self.log_probabilities) or None)


@dataclass(frozen=True)
class Wish:
    """What a request asks of a server."""

    turns: Sequence[Turn]
    max_tokens: int
    temperature: float
    seed: int | None
    schema: dict[str, Any] | None


class HostedModel(WithoutSamples, ABC):
    """A model on a server that streams its answer. Safe to call from many threads."""

    backend: str
    abilities = Abilities(json_schema=True)
    path: str
    """Where a conversation is continued."""
    optional: tuple[str, ...] = ()
    """Fields that the server may refuse to know."""
    remembered: tuple[str, ...] = ()
    """Those of them that it refuses whatever their value."""

    def __init__(self, remote: Remote, name: str, window: int) -> None:
        self._remote = remote
        self.name = name
        self.window = window

    @abstractmethod
    def body(self, wish: Wish) -> dict[str, Any]:
        """The request as the server's documentation has it."""

    @abstractmethod
    def take(self, line: str, draft: Draft) -> None:
        """Add one line of the answer to the draft.

        Anything but the errors of :mod:`function.errors` means that it cannot be read.
        """

    def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
    ) -> Generation:
        """See :meth:`function.models.base.Model.generate`."""
        draft = Draft()
        silence = Silence(deadline)
        wish = Wish(turns, self._room(turns, max_tokens), temperature, seed, schema)
        lines = self._remote.lines(
            "POST", self.path, self.body(wish), deadline, self.optional, self.remembered, silence
        )
        try:
            with closing(lines):
                for line in lines:
                    signs = draft.signs
                    self._take(line, draft)
                    if draft.signs != signs:
                        silence.end()
                    if draft.complete:
                        break
        except OutOfTime:
            return draft.generation(draft.finish or "deadline")
        title = self._remote.title
        if draft.finish is None:
            raise ModelUnavailable(f"{title} broke its answer off", cause="HalfAnswer")
        if not "".join(draft.pieces).strip():
            raise ModelUnavailable(f"{title} answered with nothing", cause="EmptyAnswer")
        return draft.generation(draft.finish)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """No chat API tells the likelihood of a given text."""
        raise ModelRefused(f"{self._remote.title} cannot score given texts")

    def count_tokens(self, text: str) -> int:
        """An estimate: English text has about four characters a token; three is cautious."""
        return len(text) // 3 + 1

    def close(self) -> None:
        """Close the connections."""
        self._remote.close()

    def _take(self, line: str, draft: Draft) -> None:
        try:
            self.take(line, draft)
        except UNREADABLE:
            raise self._remote.nonsense() from None

    def _room(self, turns: Sequence[Turn], max_tokens: int) -> int:
        """Servers refuse what would not fit if the answer grew to its full length."""
        prompt = sum(self.count_tokens(turn.content) + TURN_TOKENS for turn in turns)
        return max(min(max_tokens, self.window - prompt), min(max_tokens, SHORTEST_ANSWER))


def said(value: object) -> str:
    """A piece of text out of an answer; None is none.

    :raises TypeError: it is something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("the text is no text")
    return value


def log_probability(value: Any) -> float:
    """A token's log-probability out of an answer.

    :raises ValueError: it is no number; Python's reader of JSON lets ``NaN`` through.
    """
    number = float(value)
    if math.isnan(number):
        raise ValueError("the log-probability is no number")
    return number


def whole_characters(text: str) -> str:
    """The text with both halves of a character together that was cut between two pieces.

    JSON may write a character beyond 16 bits as two escapes, each of which is none by itself; a
    half without the other could not be written into the reply.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def server_sent(line: str) -> str | None:
    """The data in a line of a stream of server-sent events; None for its other lines."""
    field_name, _, value = line.partition(":")
    return value.strip() if field_name == "data" else None
