"""Keys and values of conversations that a network has read, for those that begin alike."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from transformers.cache_utils import DynamicCache

from function.deadline import Deadline
from function.errors import RequestExpired

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


def cache_of(states: States) -> DynamicCache:
    """Return a cache of transformers that begins with these states."""
    cache = DynamicCache()
    for layer, (keys, values) in enumerate(states):
        cache.update(keys, values, layer)
    return cache


def states_of(cache: DynamicCache) -> States:
    """Return what a cache of transformers holds."""
    layers: list[Any] = cache.layers  # whichever kind: those without keys are refused on loading
    return [(layer.keys, layer.values) for layer in layers]


def padded(texts: list[States]) -> States:
    """States of several texts in one, [texts, heads, tokens, size], empty places on the left."""
    if not texts:
        return []
    length = max(states[0][0].shape[2] for states in texts)

    def filled(tensor: Tensor) -> Tensor:
        return functional.pad(tensor, (0, 0, length - tensor.shape[2], 0))

    return [
        (
            torch.cat([filled(states[layer][0]) for states in texts]),
            torch.cat([filled(states[layer][1]) for states in texts]),
        )
        for layer in range(len(texts[0]))
    ]


PREFILL_CHUNK = 256
"""Prompt tokens between two looks at the deadline."""
SCORED_TOGETHER = 16


class Reader:
    """A network with the beginnings of conversations that it knows; used by one thread.

    :param network: a causal language model of transformers, ready to run.
    :param kept: conversations whose states are kept.
    """

    def __init__(self, network: Any, kept: int) -> None:
        self._network = network
        known = inspect.signature(network.forward).parameters
        self._takes_positions = "position_ids" in known
        self._takes_last = "logits_to_keep" in known
        # Its prompt is read as a whole, every token looking at all others.
        self._is_prefix_lm = "token_type_ids" in known and bool(
            getattr(network.config, "prefix_lm", False)
        )
        self.prefixes = Prefixes(kept)

    def read(self, ids: list[int], deadline: Deadline) -> tuple[States, int, tuple[int, ...]]:
        """Return the states of all but the last token.

        With them come the number of tokens that were known, and what was said after these.

        :raises RequestExpired: the deadline passed first.
        """
        if self._is_prefix_lm:
            return self._read_prefix(ids, deadline), 0, ()
        ids = ids[:-1]
        shared, kept = self.prefixes.longest(ids)
        cache = cache_of(first(kept.states, shared)) if kept and shared else DynamicCache()
        for start in range(shared, len(ids), PREFILL_CHUNK):
            if deadline.passed:
                raise RequestExpired("the deadline passed before the prompt was read")
            chunk = ids[start : start + PREFILL_CHUNK]
            self.forward([chunk], cache, start, 1)
        states = states_of(cache)
        self.prefixes.keep(ids, states)
        return states, shared, kept.ids[shared:] if kept else ()

    def keep(self, ids: Sequence[int], states: States) -> None:
        """Remember a conversation, unless what follows it would change its states."""
        if not self._is_prefix_lm:
            self.prefixes.keep(ids, states)

    def _read_prefix(self, ids: list[int], deadline: Deadline) -> States:
        """Return the states of all but the last token, which looks at them again when it is read.

        Nothing is reused and nothing split: with another ending each token has another state.
        """
        if deadline.passed:
            raise RequestExpired("the deadline passed before the prompt was read")
        cache = DynamicCache()
        self.forward([ids], cache, 0, 1, is_prefix=True)
        return first(states_of(cache), len(ids) - 1)

    def score(
        self, prompt: list[int], continuations: Sequence[list[int]], deadline: Deadline
    ) -> tuple[list[float], int]:
        """Return the log-likelihood of each continuation, and how many prompt tokens were known.

        :raises RequestExpired: the deadline passed first.
        """
        states, cached, _ = self.read(prompt, deadline)
        sums: list[float] = []
        for start in range(0, len(continuations), SCORED_TOGETHER):
            if deadline.passed:
                raise RequestExpired("the deadline passed while the choices were scored")
            some = continuations[start : start + SCORED_TOGETHER]
            longest = max(map(len, some))
            # Padding on the right is never looked at: attention goes to the left.
            rows = [prompt[-1:] + ids + [0] * (longest - len(ids)) for ids in some]
            repeated = [
                (keys.expand(len(some), -1, -1, -1), values.expand(len(some), -1, -1, -1))
                for keys, values in states
            ]
            logits = self.forward(rows, cache_of(repeated), len(prompt) - 1, longest + 1)
            for row, ids in zip(logits, some, strict=True):
                likely = functional.log_softmax(row[: len(ids)], dim=-1)
                sums.append(float(likely[torch.arange(len(ids)), torch.tensor(ids)].sum()))
        return sums, cached

    def forward(
        self,
        rows: list[list[int]],
        cache: DynamicCache,
        seen: int,
        wanted: int,
        pads: list[int] | None = None,
        is_prefix: bool = False,
    ) -> Tensor:
        """Return logits [texts, wanted, vocabulary] of the last tokens, in fp32 on the CPU.

        ``seen`` is the number of places in the cache, ``pads`` how many of them are empty;
        ``is_prefix`` has every token look at all others.
        """
        device = self._network.device
        options: dict[str, Any] = {}
        empty = torch.tensor(pads or [0] * len(rows), device=device)[:, None]
        if empty.any():
            places = torch.arange(seen + len(rows[0]), device=device)
            options["attention_mask"] = (places[None] >= empty).long()
        if self._takes_positions:
            places = torch.arange(seen, seen + len(rows[0]), device=device)
            options["position_ids"] = places[None] - empty
        if is_prefix:
            options["token_type_ids"] = torch.ones(len(rows), len(rows[0]), dtype=torch.long).to(
                device
            )
        if self._takes_last:
            options["logits_to_keep"] = wanted
        output = self._network(
            input_ids=torch.tensor(rows, device=device),
            past_key_values=cache,
            use_cache=True,
            **options,
        )
        logits: Tensor = output.logits[:, -wanted:]
        return logits.float().cpu()
