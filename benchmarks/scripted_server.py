"""The function's own server around a model that answers at once: ``python -m`` this module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from function.backends.base import (
    Abilities,
    Cut,
    Generation,
    Listen,
    Scores,
    Tokens,
    Turn,
    WithoutSamples,
)
from function.backends.registry import Member
from function.deadline import Deadline
from function.http.server import Server
from function.settings import load_settings

_GENERATION = Generation(
    "Loki fails 3 % of its requests since 03:04.", "stop", Tokens(48, 14, 24), (-0.1, -0.2, -0.3)
)


class InstantModel(WithoutSamples):
    """Says one sentence to everything and takes no time over it."""

    name = "scripted"
    backend = "benchmark"
    window = 4_096
    abilities = Abilities(log_probabilities=True)

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
        """Return a constant answer."""
        return _GENERATION

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """Not among its abilities."""
        raise NotImplementedError

    def count_tokens(self, text: str) -> int:
        """Return an estimate."""
        return len(text) // 4 + 1

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


if __name__ == "__main__":
    Server(load_settings(), members=[Member("scripted", InstantModel)]).run()
