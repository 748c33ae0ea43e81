"""A network of the native TRM in the place of a text model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from function.backends.base import Abilities, Cut, Listen, Turn, WithoutSamples
from function.deadline import Deadline
from function.errors import ModelRefused
from function.trm.names import PREFIX, shown_name
from function.trm.registry import Networks


class RecursiveModel(WithoutSamples):
    """Stands for a network that answers native tasks, and refuses every text.

    The network is loaded here, so that a name that means none is found out at the start.

    :raises CheckpointError: the name means no network that can be loaded.
    """

    backend = "trm"
    window = 0
    abilities = Abilities(text=False)

    def __init__(self, name: str, networks: Networks) -> None:
        self.name = shown_name(PREFIX + name)
        networks.warm(name)

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
    ) -> NoReturn:
        """Raise ModelRefused: a network writes no text."""
        self._refuse()

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> NoReturn:
        """Raise ModelRefused: a network writes no text."""
        self._refuse()

    def count_tokens(self, text: str) -> int:
        return 0

    def close(self) -> None:
        """Do nothing: the service closes its networks."""

    def _refuse(self) -> NoReturn:
        raise ModelRefused(f"{self.name} answers puzzles; no text model is configured here")
