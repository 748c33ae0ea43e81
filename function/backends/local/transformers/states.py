"""States of conversations, in and out of the caches of transformers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.cache_utils import DynamicCache

from function.backends.local.transformers.prefix_cache import States


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
