"""The reader of alerts and the network behind it, in numpy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from function.trm.alert_triage.codec import KEY_PIECES, VALUE_PIECES
from function.trm.config import NetworkConfig
from function.trm.numpy_network import Floats, NumpyNetwork, Tensors, take


class NumpyAlertNetwork(NumpyNetwork):
    """Reads alerts; everything behind the embedding is the network of the paper."""

    def __init__(self, config: NetworkConfig, tensors: Tensors) -> None:
        super().__init__(config, tensors)
        self._reader = {
            name.removeprefix("reader."): np.ascontiguousarray(tensor)
            for name, tensor in tensors.items()
            if name.startswith("reader.")
        }

    def embed(self, tokens: NDArray[np.int64], identifiers: NDArray[np.int64] | None) -> Floats:
        """Alerts [batch, positions, features] to x [positions, batch, width]."""
        reader = self._reader
        kind, key, shape, pieces = (
            tokens[..., 0], tokens[..., 1], tokens[..., 2], tokens[..., 3:],
        )  # fmt: skip
        embedded = take(self._inner["embed_tokens.embedding_weight"], kind)
        embedded = embedded + take(reader["keys.embedding_weight"], key)
        embedded += take(reader["shapes.embedding_weight"], shape)
        embedded *= embedded.dtype.type(math.sqrt(self.config.hidden_size))
        ends = KEY_PIECES, KEY_PIECES + VALUE_PIECES
        for name, part in zip(("key", "value", "word"), np.split(pieces, ends, -1), strict=True):
            embedded += self._mean(part) @ reader[f"{name}.weight"].T
        return np.ascontiguousarray(embedded.swapaxes(0, 1))

    def _mean(self, pieces: NDArray[np.int64]) -> Floats:
        """Return the mean vector of the pieces that there are; piece 0 stands for none."""
        known = (pieces > 0)[..., None]
        vectors = take(self._reader["vectors"], pieces)
        counted = np.maximum(known.sum(-2), 1).astype(vectors.dtype)
        mean: Floats = (vectors * known).sum(-2) / counted
        return mean
