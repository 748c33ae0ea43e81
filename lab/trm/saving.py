"""Write the weights of a Tiny Recursive Model as :mod:`function.trm.checkpoint` reads them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from function.trm.calibration import PlattScaling
from function.trm.checkpoint_files import CONFIG, WEIGHTS
from function.trm.network import TinyRecursiveModel


def save_checkpoint(
    model: TinyRecursiveModel,
    folder: Path,
    task: str,
    calibration: PlattScaling | None = None,
    halt_above: float = 0.0,
    dtype: torch.dtype | None = None,
) -> None:
    """Write `model.safetensors` and `config.json` for averaged weights into `folder`.

    `dtype` is the type that they are stored in, fp32 by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: tensor.to("cpu", dtype or tensor.dtype).contiguous()
        for name, tensor in model.state_dict().items()
    }
    save_file(tensors, folder / WEIGHTS)
    calibration = calibration or PlattScaling()
    values = {"task": task, "ema": True, "halt_above": halt_above}
    values |= {"calibration": calibration.to_dict()} | model.config.to_dict()
    (folder / CONFIG).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
