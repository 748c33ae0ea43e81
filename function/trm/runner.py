"""What an engine computes with: the states of the samples under way, in numpy or in torch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from function.extras import is_installed
from function.trm.attempt import Tokens
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.numpy_network import Floats
from function.trm.numpy_runner import NumpyRunner

if TYPE_CHECKING:
    from function.trm.checkpoint import Checkpoint

Device = Literal["auto", "cpu", "cuda", "mps"]
BLOCKS = "inner.L_level."
LARGE = 2_000_000
"""Weights of the blocks from which torch is used where it is installed: one of the shipped sizes
gains less than its import costs."""


class Runner(Protocol):
    """Holds the states of samples in the order in which they joined; used by one thread at a time.

    `smallest` is how many samples are always worth computing together.
    """

    config: NetworkConfig
    smallest: int

    def prepare(self) -> None:
        """Set up the calling thread, which is the one that calls the methods below."""

    def join(self, tokens: Tokens, identifiers: Tokens | None) -> None:
        """Add samples: tokens [samples, ...] and puzzle identifiers [samples].

        :raises IndexError: a token or an identifier is not in the network's table.
        """

    def advance(self, noise: Sequence[Floats | None]) -> tuple[Tokens, list[float]]:
        """Take one of a step's `H_cycles` cycles; returns answers [samples, tokens] and halting
        logits.

        `noise` [positions, width] is added to the latent of each sample before it.
        """

    def keep(self, places: Sequence[int]) -> None:
        """Drop the samples that are not at these places."""

    def close(self) -> None:
        """End the threads."""


def runner_for(checkpoint: Checkpoint, threads: int = 0, device: Device = "auto") -> Runner:
    """Return the runner of a network: numpy, or torch for a large one where it is installed.

    A small one is computed in torch, too, where the process has imported it already and the CPU is
    fast in bf16. It computes on `threads` cores, 0 for all that the process may use. Raises
    CheckpointError when `device` names an accelerator that a large network cannot have.
    """
    sizes = (t.size for name, t in checkpoint.tensors.items() if name.startswith(BLOCKS))
    large = sum(sizes) >= LARGE
    if large and is_installed("torch"):
        from function.trm.torch_runner import TorchRunner, place_for

        return TorchRunner(checkpoint.model.to(place_for(device)), threads)
    # Networks that read features answer in a step or two and are calibrated for their confidence.
    if "torch" in sys.modules and not (large or checkpoint.config.features):
        import torch

        from function.trm.torch_runner import TorchRunner, multiplies_faster_in_bf16

        if multiplies_faster_in_bf16():
            return TorchRunner(checkpoint.model.to(torch.bfloat16), threads)
    if large and device in ("cuda", "mps"):
        raise CheckpointError(
            f"DEVICE is {device}, which needs torch: pip install 'function[transformers]'"
        )
    return NumpyRunner(checkpoint.numpy_network, threads)
