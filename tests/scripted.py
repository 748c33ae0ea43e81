"""A model that says what a test wrote down, and remembers what it was asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from function.backends.base import (
    Abilities,
    Cut,
    FinishReason,
    Generation,
    Listen,
    Score,
    Scores,
    Tokens,
    Turn,
    shortened,
)
from function.deadline import Deadline


@dataclass(frozen=True)
class Call:
    """What one call of the model was given."""

    turns: tuple[Turn, ...]
    max_tokens: int
    temperature: float
    seed: int | None
    schema: dict[str, Any] | None


ABILITIES = Abilities(json_schema=True, log_probabilities=True, scoring=True)
STREAMS = replace(ABILITIES, streams=True)


@dataclass
class ScriptedModel:
    """Says ``texts`` in turn, the last one for ever; or what ``say`` makes of a call.

    ``between`` is called behind each piece of a text that is listened to, ``likelihood`` gives the
    log-probability of a continuation after a conversation.
    """

    texts: Sequence[str] = ("done",)
    log_probabilities: tuple[float, ...] | None = (-0.1, -0.2)
    finish_reason: FinishReason = "stop"
    say: Callable[[Call], str] | None = None
    between: Callable[[str], None] = lambda piece: None
    likelihood: Callable[[Sequence[Turn], str], float] = lambda turns, text: -1.0
    name: str = "scripted"
    backend: str = "test"
    window: int = 4_096
    abilities: Abilities = ABILITIES
    calls: list[Call] = field(default_factory=list)
    closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        call = Call(tuple(turns), max_tokens, temperature, seed, schema)
        with self._lock:
            place = sum(1 for _ in self.calls)
            self.calls.append(call)
        text = self.say(call) if self.say else self.texts[min(place, len(self.texts) - 1)]
        tokens = Tokens(10, len(text.split()), 5)
        if listen is not None:
            for piece in re.findall(r"\s*\S+|\s+$", text):
                listen(piece)
                self.between(piece)
        said = Generation(text, self.finish_reason, tokens, self.log_probabilities)
        return shortened(said, cut)

    def generate_samples(
        self, turns: Sequence[Turn], *, count: int, seed: int, **options: Any
    ) -> list[Generation]:
        return [self.generate(turns, seed=seed + place, **options) for place in range(count)]

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        scores = [Score(self.likelihood(turns, text), 1) for text in continuations]
        return Scores(tuple(scores), Tokens(10, len(scores), 0))

    def count_tokens(self, text: str) -> int:
        return len(text) // 4 + 1

    def close(self) -> None:
        self.closed = True
