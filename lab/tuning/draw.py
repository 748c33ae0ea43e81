"""Seeded choices from pools that are split into a training and a validation half."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Split = Literal["train", "validation"]
EVERY = 4
"""Of a pool one entry in this number is kept for validation."""
SMALLEST_SPLIT = 4
"""Entries under which a pool is shared by both halves."""

_AS_IS = ("{name}", "{key}", "{value}")


class Draw:
    """Choices for one example; equal seeds give equal choices.

    Every pool is split by the place of its entries: names, wordings and forms of the validation
    half never occur in training.
    """

    def __init__(self, seed: int, split: Split) -> None:
        self.split: Split = split
        self.random = random.Random(f"{split}:{seed}")

    def half(self, pool: Sequence[T]) -> Sequence[T]:
        """Return the entries of a pool that this half may use."""
        if len(pool) < SMALLEST_SPLIT:
            return pool
        held_out = self.split == "validation"
        return [item for place, item in enumerate(pool) if (place % EVERY == EVERY - 1) == held_out]

    def one(self, pool: Sequence[T]) -> T:
        """Return one entry."""
        return self.random.choice(self.half(pool))

    def any_of(self, pool: Sequence[T]) -> T:
        """Return one entry of a pool that is not split, such as an enumeration."""
        return self.random.choice(pool)

    def some(self, pool: Sequence[T], least: int, most: int) -> list[T]:
        """Return distinct entries in random order, fewer where the pool has fewer."""
        half = self.half(pool)
        count = self.random.randint(least, most)
        return self.random.sample(half, min(count, len(half)))

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random.random() < probability

    def integer(self, least: int, most: int) -> int:
        """Return an integer of the closed range."""
        return self.random.randint(least, most)

    def decimal(self, least: float, most: float, digits: int = 2) -> float:
        """Return a number with so many decimals."""
        return round(self.random.uniform(least, most), digits)

    def say(self, wordings: Sequence[str], **values: Any) -> str:
        """Return one of the wordings with its ``{fields}`` filled in.

        It begins with a capital letter, unless it begins with a name or a value.
        """
        wording = self.one(wordings)
        text = wording.format(**values)
        return text if wording.startswith(_AS_IS) else text[:1].upper() + text[1:]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        return self.random.sample(items, len(items))
