"""Read the weights of a Tiny Recursive Model.

All layouts share one set of tensor names (arXiv 2510.04871, official code): a file of torch.save
with the official configuration beside it or without any, and `model.safetensors` with
`config.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from function.trm.calibration import PlattScaling
from function.trm.checkpoint_files import find_weights_file, read_config
from function.trm.checkpoint_sizes import brief, settle
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.numpy_network import NumpyNetwork
from function.trm.tensor_files import read_safetensors, read_torch_file
from function.trm.tensor_shapes import Shape, reader_shapes, tensor_shapes

if TYPE_CHECKING:
    from function.trm.network import TinyRecursiveModel

PREFIXES = ("_orig_mod.", "module.", "model.")
WRAPPERS = ("model", "state_dict", "model_state_dict")
"""Keys under which trainers keep the state dict beside the state of the optimizer."""
MOST_LOGIT = 1e6
WORDS = "reader.vectors"
Array = NDArray[Any]


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to run, with what its files say about it."""

    config: NetworkConfig
    tensors: Mapping[str, NDArray[np.float32]]
    path: Path
    task: str | None
    calibration: PlattScaling
    halt_above: float
    """The halting logit that an answer must exceed for its sample to stop."""
    averaged: bool
    """Whether the file already holds the moving average of the weights."""

    @property
    def model(self) -> TinyRecursiveModel:
        """The network in torch, on the CPU; made anew each time."""
        import torch

        from function.trm.alert_triage.network import AlertNetwork
        from function.trm.network import TinyRecursiveModel

        words = self.tensors.get(WORDS)
        if words is None:
            model = TinyRecursiveModel(self.config)
        else:
            model = AlertNetwork(self.config, *words.shape)
        model.load_state_dict({name: torch.from_numpy(each) for name, each in self.tensors.items()})
        return model.eval().requires_grad_(False)

    @property
    def numpy_network(self) -> NumpyNetwork:
        """The network in numpy."""
        if WORDS not in self.tensors:
            return NumpyNetwork(self.config, self.tensors)
        from function.trm.alert_triage.numpy_network import NumpyAlertNetwork

        return NumpyAlertNetwork(self.config, self.tensors)


def load_checkpoint(
    path: Path, seq_len: int | None = None, fields: Mapping[str, Any] | None = None
) -> Checkpoint:
    """Load a weights file, or a folder that holds one, in fp32 on the CPU.

    `seq_len` is the number of tokens of the task; it is needed only where neither the configuration
    nor a tensor fixes it (official attention networks) and the vocabulary is of no official data
    set. `fields` replace those of the configuration. Raises CheckpointError, which lists
    everything that is wrong with the file, its tensors and its configuration.
    """
    try:
        return _load(find_weights_file(path), seq_len, fields or {})
    except CheckpointError:
        raise
    except Exception as error:  # of a file, any library may find something unforeseen wrong
        reason = f"{type(error).__name__}: {_first_line(error)}"
        raise CheckpointError(f"{path} is not a checkpoint that can be used ({reason})") from error


def _load(file: Path, seq_len: int | None, fields: Mapping[str, Any]) -> Checkpoint:
    beside = read_config(file)
    tensors = _read_tensors(file)
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    config = settle(beside, fields, shapes, seq_len)
    values = {**(beside or {}), **fields}
    _compare(config, tensors, file)
    task = values.get("task")
    return Checkpoint(
        config,
        {name: tensor.astype(np.float32, copy=False) for name, tensor in tensors.items()},
        file,
        task if isinstance(task, str) else None,
        _calibration(values.get("calibration", {})),
        _number(values, "halt_above"),
        values.get("ema") is True,
    )


def _calibration(values: Any) -> PlattScaling:
    if not isinstance(values, dict) or not set(values) <= {"scale", "shift"}:
        raise CheckpointError("calibration must hold scale and shift")
    given = {name: _number(values, name) for name in values}
    return PlattScaling(**given)


def _number(values: Mapping[str, Any], name: str) -> float:
    """Return a finite number; 0 where there is none."""
    value = values.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckpointError(f"{name} must be a number, not {brief(value)}")
    if not abs(value) <= MOST_LOGIT:
        raise CheckpointError(f"{name} must be within {MOST_LOGIT:g}, not {brief(value)}")
    return float(value)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200]


def _read_tensors(file: Path) -> dict[str, Array]:
    values: Any
    try:
        read = read_safetensors if file.suffix == ".safetensors" else read_torch_file
        values = read(file)
    except Exception as error:  # a torn or a crafted file raises what its reader stumbles over
        reason = _first_line(error) or type(error).__name__
        raise CheckpointError(f"{file} cannot be read as plain tensors: {reason}") from error
    values = _unwrapped(values)
    if not isinstance(values, Mapping) or not values:
        raise CheckpointError(f"{file} holds no tensors by name")
    problems = [f"{brief(name)} is not a tensor of floating point numbers"
                for name, value in values.items()
                if not isinstance(name, str) or not _is_plain(value)]  # fmt: skip
    if problems:
        raise CheckpointError(f"{file} is not a state dict", problems)
    tensors: dict[str, Array] = {}
    for full, tensor in values.items():
        name = full
        while (prefix := next((p for p in PREFIXES if name.startswith(p)), None)) is not None:
            name = name.removeprefix(prefix)
        if name in tensors:
            raise CheckpointError(f"{file} holds two tensors named {name}, with and without prefix")
        tensors[name] = tensor
    return tensors


def _unwrapped(values: Any) -> Any:
    """Return the state dict inside what a trainer saved with it."""
    if isinstance(values, Mapping):
        for key in WRAPPERS:
            if isinstance(values.get(key), Mapping):
                return values[key]
    return values


def _is_plain(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _expected(config: NetworkConfig, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the shapes of the tensors; a network that reads words has a table of their vectors."""
    expected = tensor_shapes(config)
    words = shapes.get(WORDS)
    if words is not None and len(words) == 2:
        from function.trm.alert_triage.codec import KEYS, SHAPES

        expected |= reader_shapes(config, words, len(KEYS), SHAPES)
    return expected


def _compare(config: NetworkConfig, tensors: Mapping[str, Array], file: Path) -> None:
    expected = _expected(config, {name: tensor.shape for name, tensor in tensors.items()})
    problems = [f"missing: {name} {list(expected[name])}"
                for name in expected if name not in tensors]  # fmt: skip
    for name, tensor in tensors.items():
        if name not in expected:
            problems.append(f"unexpected: {name} {list(tensor.shape)}")
        elif tensor.shape != expected[name]:
            wanted = list(expected[name])
            problems.append(f"wrong size: {name} is {list(tensor.shape)}, expected {wanted}")
        elif not np.isfinite(tensor).all():
            problems.append(f"not finite: {name}")
    if problems:
        raise CheckpointError(f"{file} does not fit its configuration", problems)
