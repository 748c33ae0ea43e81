"""Weights of a checkpoint's folder as plain tensors, without running anything that it holds."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from function.errors import ModelUnavailable

if TYPE_CHECKING:
    from torch import Tensor

SAFETENSORS, PICKLE = "model.safetensors", "pytorch_model.bin"


def weight_files(folder: Path) -> list[Path]:
    """The files that hold a folder's weights: safetensors, and a pickle only without any.

    :raises ModelUnavailable: there are none, or a part that the index names is missing.
    """
    for name in (SAFETENSORS, PICKLE):
        index = folder / f"{name}.index.json"
        if (folder / name).is_file():
            return [folder / name]
        if index.is_file():
            try:
                parts = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
            except (ValueError, KeyError, AttributeError, TypeError):
                raise ModelUnavailable(f"{index.name} cannot be read") from None
            # A name with a folder in it could point anywhere.
            if lost := [part for part in parts if not _is_beside(folder, part)]:
                raise ModelUnavailable(f"{index.name} names missing files: {', '.join(lost)}")
            return [folder / part for part in parts]
    raise ModelUnavailable(f"{folder.name} holds neither {SAFETENSORS} nor {PICKLE}")


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Every tensor by its name, on the CPU.

    A pickle is read by torch's restricted reader, which builds tensors and calls nothing.

    :raises ModelUnavailable: no weights, or files that hold something else.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    tensors: dict[str, Tensor] = {}
    for file in weight_files(folder):
        try:
            held: Any = (
                load_file(file)
                if file.suffix == ".safetensors"
                else torch.load(file, map_location="cpu", weights_only=True)
            )
        except (OSError, SafetensorError, pickle.UnpicklingError, EOFError, RuntimeError) as error:
            kind = type(error).__name__
            raise ModelUnavailable(f"{file.name} does not hold plain tensors ({kind})") from None
        if not isinstance(held, dict) or not all(
            isinstance(t, torch.Tensor) for t in held.values()
        ):
            raise ModelUnavailable(f"{file.name} does not hold tensors by name")
        tensors |= held
    return tensors


def _is_beside(folder: Path, name: object) -> bool:
    return isinstance(name, str) and Path(name).name == name and (folder / name).is_file()
