"""Checkpoints as the official code writes them, made of small random networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import yaml

from function.trm.config import NetworkConfig
from function.trm.network import TinyRecursiveModel


def write_grid_checkpoint(
    folder: Path, vocabulary: int, tokens: int = 900, identifiers: int = 1, step: int = 7
) -> Path:
    """Return a tiny random attention network of official layout, such as those for mazes and
    ARC."""
    torch.manual_seed(5)
    arch = {
        "H_cycles": 1, "L_cycles": 1, "H_layers": 0, "L_layers": 1, "hidden_size": 16,
        "num_heads": 2, "expansion": 1, "pos_encodings": "rope", "mlp_t": False,
        "puzzle_emb_ndim": 16, "puzzle_emb_len": 16, "halt_max_steps": 3,
        "halt_exploration_prob": 0.1, "forward_dtype": "bfloat16",
    }  # fmt: skip
    sizes = {"seq_len": tokens, "vocab_size": vocabulary, "num_puzzle_identifiers": identifiers}
    model = TinyRecursiveModel(NetworkConfig.from_dict({**arch, "expansion": 1.0, **sizes}))
    return write_official(folder, model, arch, step)


def write_official(
    folder: Path, model: TinyRecursiveModel, arch: dict[str, Any], step: int = 100
) -> Path:
    """Return a file as the official code writes it: compiled and wrapped, with its bf16 buffers."""
    tensors = {f"_orig_mod.model.{name}": t for name, t in model.state_dict().items()}
    for name in ("H_init", "L_init"):
        tensors[f"_orig_mod.model.inner.{name}"] = tensors[
            f"_orig_mod.model.inner.{name}"
        ].bfloat16()
    torch.save(tensors, folder / f"step_{step}")
    text = yaml.safe_dump({"arch": arch, "ema": True, "global_batch_size": 768})
    (folder / "all_config.yaml").write_text(text)
    return folder / f"step_{step}"
