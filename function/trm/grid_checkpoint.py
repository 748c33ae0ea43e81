"""Read the shipped grid networks: `model.safetensors` with `config.json` beside it."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from safetensors.numpy import load_file

from function.trm.blas_threads import compute_on_one_thread
from function.trm.grid_networks import CandidateNetwork, ConvolutionNetwork, GridNetwork
from function.trm.names import WEIGHTS

ARCHITECTURES: dict[str, type[GridNetwork]] = {
    "candidates": CandidateNetwork,
    "convolution": ConvolutionNetwork,
}


@cache
def load_grid_network(name: str) -> GridNetwork:
    """Return the network of this name, read once a process; it may be shared by threads."""
    compute_on_one_thread()
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
