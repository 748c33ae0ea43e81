"""What all models have in common that a server runs."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from function.backends.base import (
    Abilities,
    Cut,
    FinishReason,
    Generation,
    Listen,
    Scores,
    Tokens,
    Turn,
    WithoutSamples,
    shortened,
)
from function.backends.hosted.client import Remote
from function.backends.hosted.forms import SHORTEST_ANSWER, Forms
from function.backends.hosted.refusals import fault_of, read_refusal
from function.backends.server_marks import restored
from function.backends.thoughts import OnlyThoughts, only_closed, spoken
from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable
from function.outbound.call import OutOfTime, Refused, Silence

TURN_TOKENS = 8
"""What the template of a turn may take."""
BYTE_ORDER_MARK = "\ufeff"
THOUGHT_TOKENS = 2_048
"""Room for the thoughts of a model that was seen to think, beside the answer that is asked for."""
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
    """Chunks that show progress, hidden reasoning included; keep-alive chunks do not count."""
    thoughts: bool = False
    """Whether the server sent thoughts outside the text."""
    rest: list[str] = field(default_factory=list)
    """Lines that are not part of a stream."""
    listen: Listen | None = None
    """Gets the pieces of the answer."""
    _logged: bool = True

    def say(self, content: object) -> None:
        """Add a piece of the answer: a text, or a list of parts of which some are thoughts.

        :raises Unreadable: it is something else.
        """
        if isinstance(content, str):
            if content:
                self.pieces.append(content)
                if self.listen is not None:
                    self.listen(content)
        elif isinstance(content, list):
            for part in content:
                self.say(part)
        elif isinstance(content, dict):
            if isinstance(text := content.get("text"), str):
                self.say(text)
            else:
                self.thoughts = True
        elif content is not None:
            raise Unreadable("content is not text")

    def log(self, items: object) -> None:
        """Add log-probabilities; those of an answer are of use only if all can be read."""
        try:
            for item in items if isinstance(items, list) else ():
                self.log_probabilities.append(log_probability(item["logprob"]))
        except UNREADABLE:
            self._logged = False

    def generation(self, finish: FinishReason) -> Generation:
        """Return the text so far; the pieces count as tokens where the server sent no count."""
        tokens = self.tokens
        if not tokens.completion:
            tokens = Tokens(tokens.prompt, len(self.pieces), tokens.cached)
        text = restored(whole_characters("".join(self.pieces)))
        logged = tuple(self.log_probabilities) if self._logged else ()
        return Generation(text, finish, tokens, logged or None)


class Unreadable(ValueError):
    """A part of an answer is not as documented; the message names it and holds none of it."""


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
    abilities = Abilities(json_schema=True, hosted=True, streams=True)
    path: str
    """Where a conversation is continued."""
    optional: tuple[str, ...] = ()
    """Fields that the server may refuse to know."""
    remembered: tuple[str, ...] = ()
    """Those of them that it refuses whatever their value."""
    schema_field: str
    """The one with the schema of the answer."""

    def __init__(self, remote: Remote, name: str, window: int) -> None:
        self._remote = remote
        self._forms = Forms(self.optional, self.remembered, self.schema_field)
        self._thinks = False
        self._begins = False
        self.name = name
        self.window = window

    @abstractmethod
    def body(self, wish: Wish) -> dict[str, Any]:
        """Return the request as the server's documentation has it."""

    @abstractmethod
    def take(self, line: str, draft: Draft) -> None:
        """Add one line of the answer to the draft.

        Anything but the errors of :mod:`function.errors` and ``Refused`` means that it cannot be
        read.
        """

    def take_whole(self, text: str, draft: Draft) -> None:
        """Add an answer that came in one piece where a stream was asked for."""
        raise Unreadable("no stream")

    def check(self, wish: Wish, draft: Draft) -> None:
        """Look whether the server read all of the conversation.

        :raises PromptTooLong: it did not.
        """

    def unenforced(self, schema: dict[str, Any] | None, sent: dict[str, Any]) -> tuple[str, ...]:
        """Return which parts of a schema the server was not asked to enforce, a line for each.

        :param sent: the request as it was answered.
        """
        if schema is None or self.schema_field in sent:
            return ()
        return (f"schema: checked after decoding, {self._remote.title} cannot use it",)

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
        """See :meth:`function.backends.base.Model.generate`."""
        while True:
            thought = self._thinks
            room = self._room(turns, max_tokens + THOUGHT_TOKENS * thought)
            try:
                wish = Wish(turns, room, temperature, seed, schema)
                said = self._write(wish, deadline, None if self._begins else listen)
                return shortened(said, cut)
            except OnlyThoughts:
                self._thinks = True
                if thought or max_tokens <= SHORTEST_ANSWER:
                    raise

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """Refuse: no chat API scores a given text."""
        raise ModelRefused(f"{self._remote.title} cannot score given texts")

    def count_tokens(self, text: str) -> int:
        """Return an estimate: English text has about four characters a token, three is cautious;
        other scripts take more tokens for as much text, as they take more bytes."""
        return len(text.encode("utf-8", "surrogatepass")) // 3 + 1

    def close(self) -> None:
        """Close the connections."""
        self._remote.close()

    def _write(self, wish: Wish, deadline: Deadline, listen: Listen | None) -> Generation:
        """Have the server answer, in the first form of the request that it takes."""
        body = self.body(wish)
        form = self._forms.first(body)
        silence = Silence(deadline)
        limited = False
        while True:
            draft = Draft(listen=listen)
            try:
                self._read(self._forms.apply(form, body), draft, deadline, silence)
            except OutOfTime:
                return self._spoken(draft, draft.finish or "deadline")
            except Refused as refused:
                refusal = read_refusal(
                    refused.status, refused.text, (turn.content for turn in wish.turns)
                )
                other = None if draft.pieces else self._forms.next(form, body, refusal)
                if other is None:
                    advised = self._remote.advice(refused)
                    raise fault_of(self._remote.title, refusal, advised) from None
                limited = refusal.kind == "output" and refusal.of_every_answer
                form = other
            else:
                self._forms.keep(form, body, limited)
                break
        title = self._remote.title
        self.check(wish, draft)
        if draft.finish is None:
            raise ModelUnavailable(f"{title} broke its answer off", cause="HalfAnswer")
        said = self._spoken(draft, draft.finish)
        if not said.text.strip():
            raise ModelUnavailable(f"{title} answered with nothing", cause="EmptyAnswer")
        sent = self._forms.apply(form, body)
        return replace(said, schema_notes=self.unenforced(wish.schema, sent))

    def _read(
        self, body: dict[str, Any], draft: Draft, deadline: Deadline, silence: Silence
    ) -> None:
        lines = self._remote.lines("POST", self.path, body, deadline, silence)
        try:
            with closing(lines):
                for line in lines:
                    signs = draft.signs
                    self.take(line.removeprefix(BYTE_ORDER_MARK), draft)
                    if draft.signs != signs:
                        silence.end()
                    if draft.complete:
                        return
            if draft.rest and draft.finish is None:
                self.take_whole("\n".join(draft.rest), draft)
        except UNREADABLE as error:
            raise self._remote.nonsense(_problem_of(error)) from None

    def _spoken(self, draft: Draft, finish: FinishReason) -> Generation:
        generation = draft.generation(finish)
        # Tokens without any text are thoughts that the server keeps to itself.
        hidden = draft.thoughts or (finish == "length" and not generation.text.strip())
        said = spoken([generation], self._remote.title, hidden, self._begins)[0]
        self._thinks |= hidden or said is not generation
        self._begins |= only_closed(generation.text)
        return said

    def _room(self, turns: Sequence[Turn], max_tokens: int) -> int:
        """Servers refuse what would not fit if the answer grew to its full length."""
        prompt = sum(self.count_tokens(turn.content) + TURN_TOKENS for turn in turns)
        return max(min(max_tokens, self.window - prompt), min(max_tokens, SHORTEST_ANSWER))


def _problem_of(error: Exception) -> str:
    """Return name what could not be read, without anything of the answer itself."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON at character {error.pos}"
    if isinstance(error, KeyError) and error.args:
        return f"no field {error.args[0]}"
    return f"not as documented ({type(error).__name__})"


def count_of(value: object) -> int:
    """Return a count of tokens; 0 where the server sent none that can be read."""
    try:
        return max(int(value), 0) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


def log_probability(value: Any) -> float:
    """Return a token's log-probability out of an answer.

    :raises ValueError: it is not a number; Python's reader of JSON lets ``NaN`` through.
    """
    number = float(value)
    if math.isnan(number):
        raise ValueError("the log-probability is not a number")
    return number


def whole_characters(text: str) -> str:
    """Return the text with both halves of a character together that was cut between two pieces.

    JSON may write a character beyond 16 bits as two escapes, each of which is none by itself; a
    half without the other could not be written into the reply.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def server_sent(line: str) -> str | None:
    """Return the data in a line of a stream of server-sent events; None for its other lines."""
    field_name, _, value = line.partition(":")
    return value.strip() if field_name == "data" else None


def is_loose(line: str) -> bool:
    """Return whether a line is not part of a stream of server-sent events."""
    name = line.partition(":")[0].strip().lower()
    return bool(line.strip()) and name not in ("", "data", "event", "id", "retry")
