"""Read the shipped grid networks: `model.safetensors` with `config.json` beside it."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController

from function.trm.grid_networks import CandidateNetwork, ConvolutionNetwork, GridNetwork
from function.trm.names import WEIGHTS

ARCHITECTURES: dict[str, type[GridNetwork]] = {
    "candidates": CandidateNetwork,
    "convolution": ConvolutionNetwork,
}


@cache
def load_grid_network(name: str) -> GridNetwork:
    """Return the network of this name, read once a process; it may be shared by threads."""
    _compute_on_one_thread()
    folder = WEIGHTS / name
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = load_file(folder / "model.safetensors")
    architecture = ARCHITECTURES[config["architecture"]]
    return architecture(
        {key: each.astype(np.float32) for key, each in tensors.items()},
        config["depth"],
        config["cycles"],
        config["updates"],
    )


def _compute_on_one_thread() -> None:
    """Keep numpy's products on the calling thread.

    They are too small to share: beside busy processes OpenBLAS' threads wait for each other, and a
    step took 12 times as long on two cores as on one.
    """
    ThreadpoolController().select(internal_api="openblas").limit(limits=1)
