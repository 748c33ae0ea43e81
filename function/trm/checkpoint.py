"""Read and write the weights of a Tiny Recursive Model.

Two layouts share one set of tensor names (arXiv 2510.04871, official code): a `step_N` file of
torch.save with `all_config.yaml` beside it, and `model.safetensors` with `config.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from function.trm.calibration import Calibration
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.network import TinyRecursiveModel

WEIGHTS, CONFIG, OFFICIAL_CONFIG = "model.safetensors", "config.json", "all_config.yaml"
PREFIXES = ("_orig_mod.", "model.")
REQUIRED = ("H_cycles", "L_cycles", "num_heads", "pos_encodings")
OFFICIAL_PUZZLE_POSITIONS = 16
MOST_LOGIT = 1e6
OFFICIAL_TOKENS = {11: 81, 6: 900, 12: 900}
"""Tokens of sudoku, mazes and ARC in the official data, by the size of their vocabularies."""


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to run, with what its files say about it."""

    model: TinyRecursiveModel
    path: Path
    task: str | None
    calibration: Calibration
    halt_above: float
    """The halting logit that an answer must exceed for its sample to stop."""
    averaged: bool
    """Whether the file already holds the moving average of the weights."""


def load_checkpoint(path: Path, seq_len: int | None = None) -> Checkpoint:
    """Load a weights file, or a folder that holds one, in fp32 on the CPU.

    `seq_len` is the number of tokens of the task; it is needed only where neither the configuration
    nor a tensor fixes it (official attention networks) and the vocabulary is of no official data
    set. Raises CheckpointError, which lists
    everything that is wrong with the file, its tensors and its configuration.
    """
    try:
        return _load(_weights_file(path), seq_len)
    except CheckpointError:
        raise
    except Exception as error:  # of a file, any library may find something unforeseen wrong
        reason = f"{type(error).__name__}: {_first_line(error)}"
        raise CheckpointError(f"{path} is no checkpoint that can be used ({reason})") from error


def _load(file: Path, seq_len: int | None) -> Checkpoint:
    tensors = _read_tensors(file)
    values = _read_config(file)
    config = _settle(values, tensors, seq_len)
    _compare(config, tensors, file)
    model = _network(config, tensors)
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    task = values.get("task")
    return Checkpoint(
        model.eval().requires_grad_(False),
        file,
        task if isinstance(task, str) else None,
        _calibration(values.get("calibration", {})),
        _number(values, "halt_above"),
        values.get("ema") is True,
    )


def _calibration(values: Any) -> Calibration:
    if not isinstance(values, dict) or not set(values) <= {"scale", "shift"}:
        raise CheckpointError("calibration must hold scale and shift")
    given = {name: _number(values, name) for name in values}
    return Calibration(**given)


def _number(values: Mapping[str, Any], name: str) -> float:
    """Return a finite number; 0 where there is none."""
    value = values.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckpointError(f"{name} must be a number, not {_brief(value)}")
    if not abs(value) <= MOST_LOGIT:
        raise CheckpointError(f"{name} must be within {MOST_LOGIT:g}, not {_brief(value)}")
    return float(value)


def _brief(value: object) -> str:
    return type(value).__name__ if isinstance(value, dict | list) else repr(value)[:40]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200]


def save_checkpoint(
    model: TinyRecursiveModel,
    folder: Path,
    task: str,
    calibration: Calibration | None = None,
    halt_above: float = 0.0,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write `model.safetensors` and `config.json` for averaged weights into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.to("cpu", dtype).contiguous() for name, t in model.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    calibration = calibration or Calibration()
    values = {"task": task, "ema": True, "halt_above": halt_above}
    values |= {"calibration": calibration.to_dict()} | model.config.to_dict()
    (folder / CONFIG).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _weights_file(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise CheckpointError(f"there is no checkpoint at {path}")
    if (path / WEIGHTS).is_file():
        return path / WEIGHTS
    steps = [(int(match[1]), file) for file in path.iterdir()
             if (match := re.fullmatch(r"step_(\d+)", file.name))]  # fmt: skip
    if not steps:
        raise CheckpointError(f"{path} holds neither {WEIGHTS} nor a file named step_N")
    return max(steps)[1]


def _read_tensors(file: Path) -> dict[str, Tensor]:
    values: Any
    try:
        if file.suffix == ".safetensors":
            values = load_file(file)
        else:
            values = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # a torn or a crafted file raises what its reader stumbles over
        reason = _first_line(error) or type(error).__name__
        raise CheckpointError(f"{file} cannot be read as plain tensors: {reason}") from error
    if not isinstance(values, Mapping) or not values:
        raise CheckpointError(f"{file} holds no tensors by name")
    problems = [f"{_brief(name)} is no tensor of floating point numbers"
                for name, value in values.items()
                if not isinstance(name, str) or not _is_plain(value)]  # fmt: skip
    if problems:
        raise CheckpointError(f"{file} is no state dict", problems)
    tensors = {}
    for name, tensor in values.items():
        while (prefix := next((p for p in PREFIXES if name.startswith(p)), None)) is not None:
            name = name.removeprefix(prefix)
        tensors[name] = tensor
    return tensors


def _is_plain(value: object) -> bool:
    return (
        isinstance(value, Tensor)
        and value.is_floating_point()
        and value.layout == torch.strided
        and value.device.type == "cpu"
    )


def _read_config(file: Path) -> dict[str, Any]:
    own, official = file.with_name(CONFIG), file.with_name(OFFICIAL_CONFIG)
    chosen = own if own.is_file() else official
    if not chosen.is_file():
        raise CheckpointError(f"neither {CONFIG} nor {OFFICIAL_CONFIG} is beside {file}")
    if chosen == official:
        return _read_official(chosen)
    try:
        values = json.loads(chosen.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{chosen} cannot be parsed: {_first_line(error)}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{chosen} has no section with the configuration of the network")
    return values


def _read_official(chosen: Path) -> dict[str, Any]:
    import yaml  # here: only files of the official code need it

    try:
        values = yaml.safe_load(chosen.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise CheckpointError(f"{chosen} cannot be parsed: {_first_line(error)}") from error
    if not isinstance(values, dict) or not isinstance(values.get("arch"), dict):
        raise CheckpointError(f"{chosen} has no section with the configuration of the network")
    arch = dict(values["arch"])
    # The official default counts even where the file leaves the field out.
    positions = OFFICIAL_PUZZLE_POSITIONS if arch.get("puzzle_emb_ndim") else 0
    arch.setdefault("puzzle_emb_len", positions)
    return arch | {"ema": values.get("ema", False)}


def _settle(
    values: dict[str, Any], tensors: dict[str, Tensor], seq_len: int | None
) -> NetworkConfig:
    """The configuration, with the sizes that depend on the data set read off the tensors."""
    problems = [f"the configuration lacks {name}" for name in REQUIRED if name not in values]
    config = dict(values)
    table = tensors.get("inner.embed_tokens.embedding_weight")
    if table is None or table.ndim != 2:
        problems.append("inner.embed_tokens.embedding_weight [vocabulary, width] is missing")
    else:
        config["vocab_size"] = table.shape[0]
        config.setdefault("hidden_size", table.shape[1])
    puzzles = tensors.get("inner.puzzle_emb.weights")
    if puzzles is not None and puzzles.ndim == 2:
        config["num_puzzle_identifiers"] = puzzles.shape[0]
        config.setdefault("puzzle_emb_ndim", puzzles.shape[1])
    layers = {int(match[1]) for name in tensors
              if (match := re.match(r"inner\.L_level\.layers\.(\d+)\.", name))}  # fmt: skip
    config.setdefault("L_layers", max(layers, default=0) + 1)
    mixer = tensors.get("inner.L_level.layers.0.mlp_t.down_proj.weight")
    config.setdefault("mlp_t", mixer is not None)
    wrong = _wrong_types(config)
    if problems or wrong:
        raise CheckpointError("the checkpoint cannot be understood", problems + wrong)
    places = mixer if mixer is not None else tensors.get("inner.embed_pos.embedding_weight")
    seq_len = seq_len or config.get("seq_len") or OFFICIAL_TOKENS.get(config["vocab_size"])
    config["seq_len"] = seq_len or 1
    front = NetworkConfig.from_dict(config).puzzle_positions
    if places is not None:
        config["seq_len"] = places.shape[0] - front
    elif not seq_len:
        raise CheckpointError("the number of tokens (seq_len) is in no tensor: name the task")
    return NetworkConfig.from_dict(config)


def _wrong_types(config: Mapping[str, Any]) -> list[str]:
    kinds: dict[str, type | tuple[type, ...]] = {
        "str": str,
        "PositionEncoding": str,
        "bool": bool,
        "int": int,
        "float": (int, float),
    }
    problems = []
    for name, kind in NetworkConfig.__annotations__.items():
        value = config.get(name)
        if name in config and (
            not isinstance(value, kinds[kind]) or isinstance(value, bool) != (kind == "bool")
        ):
            problems.append(f"{name} must be of type {kind}, not {_brief(value)}")
    return problems


def _network(config: NetworkConfig, tensors: Mapping[str, Tensor]) -> TinyRecursiveModel:
    """A network of these sizes; one that reads words has a table of their vectors."""
    vectors = tensors.get("reader.vectors")
    if vectors is None or vectors.ndim != 2:
        return TinyRecursiveModel(config)
    from function.trm.tasks.alert_triage.network import AlertNetwork

    return AlertNetwork(config, *vectors.shape)


def _compare(config: NetworkConfig, tensors: dict[str, Tensor], file: Path) -> None:
    with torch.device("meta"):
        expected = _network(config, tensors).state_dict()
    problems = [f"missing: {name} {list(expected[name].shape)}"
                for name in expected if name not in tensors]  # fmt: skip
    for name, tensor in tensors.items():
        if name not in expected:
            problems.append(f"unexpected: {name} {list(tensor.shape)}")
        elif tensor.shape != expected[name].shape:
            wanted = list(expected[name].shape)
            problems.append(f"wrong size: {name} is {list(tensor.shape)}, expected {wanted}")
        elif not torch.isfinite(tensor.float()).all():
            problems.append(f"not finite: {name}")
    if problems:
        raise CheckpointError(f"{file} does not fit its configuration", problems)
