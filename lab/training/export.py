"""Write the averaged weights of a grid network as they are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from lab.training.recursion import RecursiveNetwork


def export(
    network: RecursiveNetwork,
    weights: Mapping[str, Tensor],
    architecture: str,
    folder: Path,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write `model.safetensors` and `config.json` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.to("cpu", dtype).contiguous() for name, tensor in weights.items()}
    file = folder / "model.safetensors"
    save_file(tensors, file)
    file.chmod(0o644)
    config = {
        "architecture": architecture, "depth": len(network.layers), "cycles": network.cycles,
        "updates": network.updates,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
