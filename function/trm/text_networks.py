"""Symbols of networks that read and write text as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from function.trm.config import NetworkConfig

VOCABULARY = 258
FIRST_BYTE = 2
"""Symbol 0 pads, 1 ends, byte b is symbol b + 2."""


def reads_bytes(config: NetworkConfig) -> bool:
    """Return whether a network of these sizes reads bytes."""
    return config.vocab_size == VOCABULARY and not config.features
