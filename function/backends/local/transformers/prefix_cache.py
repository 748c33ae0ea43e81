"""Keys and values of conversations that a network has seen, for those that begin alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

States = list[tuple[Tensor, Tensor]]
"""Keys and values of every layer, each [1, heads, tokens, size of a head]."""


class Kept(NamedTuple):
    """A conversation's tokens and their states."""

    ids: tuple[int, ...]
    states: States


class Prefixes:
    """The last few conversations; used by one thread.

    :param most: conversations kept; of more the one least lately used goes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[Kept] = []

    def longest(self, ids: Sequence[int]) -> tuple[int, Kept | None]:
        """Return how many first tokens the most alike conversation shares with ``ids``, and that
        one."""
        shared, best = 0, None
        for kept in self._kept:
            same = _common(kept.ids, ids)
            if same > shared:
                shared, best = same, kept
        if best is not None:
            self._kept.remove(best)
            self._kept.append(best)
        return shared, best

    def keep(self, ids: Sequence[int], states: States) -> None:
        """Remember a conversation; those that it continues are forgotten."""
        fresh = tuple(ids)
        self._kept = [k for k in self._kept if _common(k.ids, fresh) < len(k.ids)]
        self._kept.append(Kept(fresh, states))
        del self._kept[: -self._most]


def first(states: States, tokens: int) -> States:
    """Return the states of the first tokens."""
    return [(keys[:, :, :tokens], values[:, :, :tokens]) for keys, values in states]


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    for place, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return place
    return min(len(left), len(right))
