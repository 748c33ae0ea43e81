"""The Tiny Recursive Model with a reader in front that knows what words mean."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from function.trm.alert_triage.codec import KEY_PIECES, KEYS, SHAPES, VALUE_PIECES
from function.trm.config import NetworkConfig
from function.trm.network import Embedding, Linear, TinyRecursiveModel

NOISE = 0.2
"""Standard deviation of what is added to word vectors in training, where theirs is 1."""


class Reader(nn.Module):
    """Positions [..., features] of the codec to vectors [..., width]."""

    vectors: Tensor

    def __init__(self, entries: int, size: int, width: int) -> None:
        super().__init__()
        # Not trained: words that no training alert has keep their places among the others.
        self.register_buffer("vectors", torch.zeros(entries, size))
        self.keys = Embedding(len(KEYS) + 1, width, std=width**-0.5)
        self.shapes = Embedding(SHAPES, width, std=width**-0.5)
        self.key = Linear(size, width)
        self.value = Linear(size, width)
        self.word = Linear(size, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """`tokens` without the kind of position, which the network embeds itself."""
        key, shape, pieces = tokens[..., 0], tokens[..., 1], tokens[..., 2:]
        values = KEY_PIECES + VALUE_PIECES
        embedded: Tensor = self.keys(key) + self.shapes(shape)
        embedded = math.sqrt(embedded.shape[-1]) * embedded
        embedded = embedded + self.key(self._mean(pieces[..., :KEY_PIECES]))
        embedded = embedded + self.value(self._mean(pieces[..., KEY_PIECES:values]))
        embedded = embedded + self.word(self._mean(pieces[..., values:]))
        return embedded

    def _mean(self, pieces: Tensor) -> Tensor:
        known = (pieces > 0).unsqueeze(-1)
        vectors = F.embedding(pieces, self.vectors)
        mean: Tensor = (vectors * known).sum(-2) / known.sum(-2).clamp(min=1)
        if self.training:
            mean = mean + NOISE * torch.randn_like(mean) * known.any(-2)
        return mean


class AlertNetwork(TinyRecursiveModel):
    """Reads alerts; everything behind the embedding is the network of the paper."""

    def __init__(self, config: NetworkConfig, entries: int, size: int) -> None:
        super().__init__(config)
        self.reader = Reader(entries, size, config.hidden_size)

    def embed(self, tokens: Tensor, identifiers: Tensor | None = None) -> Tensor:
        """Alerts [batch, positions, features] to x [positions, batch, width]."""
        kinds: Tensor = self.inner.embed_tokens(tokens[..., 0])
        embedded: Tensor = self.reader(tokens[..., 1:])
        embedded = embedded + math.sqrt(self.config.hidden_size) * kinds
        return embedded.transpose(0, 1).contiguous()
