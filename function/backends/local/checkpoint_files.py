"""The files of a checkpoint's folder, checked and read without running anything they hold."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from function.backends.local.file_kinds import FETCH_AGAIN, head_of, kind_of
from function.errors import ModelUnavailable

if TYPE_CHECKING:
    from torch import Tensor

SAFETENSORS, PICKLE = "model.safetensors", "pytorch_model.bin"
CONFIG = "config.json"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
LONGEST_HEADER = 100_000_000
"""Bytes; the limit of the safetensors library."""
LIMITS = dict.fromkeys(("num_hidden_layers", "n_layer", "n_physical_layers"), (1, 1_024))
LIMITS |= dict.fromkeys(("n_loops", "num_experts", "num_local_experts"), (0, 4_096))
LIMITS |= dict.fromkeys(("num_attention_heads", "num_key_value_heads", "n_head"), (0, 1 << 14))
LIMITS |= dict.fromkeys(("hidden_size", "n_embd"), (1, 1 << 17))
LIMITS |= dict.fromkeys(("head_dim", "intermediate_size", "n_inner"), (0, 1 << 24))
LIMITS["vocab_size"] = (1, 1 << 24)
"""Least and most of what the libraries build layers and tensors from, above any known model."""
_TOKENIZERS = ("tokenizer*", "vocab*", "*.model", "*.tiktoken")


def check_folder(folder: Path, files: Sequence[Path] | None = None) -> dict[str, Any]:
    """Return the configuration of a folder in Hugging Face's format whose files are whole.

    :param files: its weights; otherwise those that :func:`weight_files` finds.
    :raises ModelUnavailable: it holds no such model; one line says why, and what to do.
    """
    config = read_config(folder)
    for file in weight_files(folder) if files is None else files:
        if file.suffix == ".safetensors":
            count_numbers(file)
        elif kind := kind_of(head_of(file)):
            raise ModelUnavailable(f"{file.name} {kind}")
    if not any(path.is_file() for pattern in _TOKENIZERS for path in folder.glob(pattern)):
        raise ModelUnavailable(f"{folder.name} has no tokenizer ({', '.join(_TOKENIZERS)})")
    for name in TOKENIZER:
        if (folder / name).is_file():
            _read_object(folder / name)
    return config


def read_config(folder: Path) -> dict[str, Any]:
    """Return the configuration of a folder.

    :raises ModelUnavailable: there is none, or one of its sizes cannot be.
    """
    if not (folder / CONFIG).is_file():
        if ggufs := sorted(path.name for path in folder.glob("*.gguf")):
            raise ModelUnavailable(f"{folder.name} holds GGUF files: name one, such as {ggufs[0]}")
        raise ModelUnavailable(f"{folder.name} has no {CONFIG}")
    config = _read_object(folder / CONFIG)
    inner = config.get("text_config")
    for values in (config, inner if isinstance(inner, dict) else {}):
        for name, (least, most) in LIMITS.items():
            value = values.get(name)
            if isinstance(value, int) and not least <= value <= most:
                raise ModelUnavailable(f"{CONFIG} has {name} outside {least} to {most}")
    return config


def count_numbers(file: Path) -> int:
    """Return how many numbers all tensors of a safetensors file hold, by its header.

    :raises ModelUnavailable: it is no such file, or shorter than its tensors.
    """
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > LONGEST_HEADER:
                raise ValueError
            header = json.loads(opened.read(length))
        header.pop("__metadata__", None)
        numbers = sum(prod(tensor["shape"]) for tensor in header.values())
        end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        needed, held = 8 + length + end, file.stat().st_size
    except OSError as error:
        raise _unreadable(file, error) from None
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError):  # fmt: skip
        kind = kind_of(head_of(file)) or f"is not a readable safetensors file: {FETCH_AGAIN}"
        raise ModelUnavailable(f"{file.name} {kind}") from None
    if needed > held:
        raise ModelUnavailable(
            f"{file.name} is shorter than its tensors ({held} of {needed} bytes), "
            f"perhaps half a download: {FETCH_AGAIN}"
        )
    return int(numbers)


def weight_files(folder: Path) -> list[Path]:
    """Return the files that hold a folder's weights: safetensors, and a pickle only without any.

    :raises ModelUnavailable: there are none, or a part that the index names is missing.
    """
    for name in (SAFETENSORS, PICKLE):
        index = folder / f"{name}.index.json"
        if (folder / name).is_file():
            return [folder / name]
        if index.is_file():
            try:
                parts = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
            except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
                raise ModelUnavailable(f"{index.name} cannot be read") from None
            # A name with a folder in it could point anywhere.
            if lost := [part for part in parts if not _is_beside(folder, part)]:
                raise ModelUnavailable(f"{index.name} names missing files: {', '.join(lost)}")
            return [folder / part for part in parts]
    raise ModelUnavailable(f"{folder.name} holds neither {SAFETENSORS} nor {PICKLE}")


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Return every tensor by its name, on the CPU.

    A pickle is read by torch's restricted reader, which builds tensors and calls nothing.

    :raises ModelUnavailable: no weights, or files that hold something else.
    """
    import torch
    from safetensors.torch import load_file

    tensors: dict[str, Tensor] = {}
    for file in weight_files(folder):
        try:
            held: Any = (
                load_file(file)
                if file.suffix == ".safetensors"
                else torch.load(file, map_location="cpu", weights_only=True)
            )
        except Exception as error:  # a torn or a crafted file raises what its reader meets
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


def _read_object(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _unreadable(file, error) from None
    except (ValueError, RecursionError):
        head = head_of(file)
        kind = "" if head.lstrip().startswith(b"{") else kind_of(head)
        problem = kind or f"is not JSON: {FETCH_AGAIN}"
        raise ModelUnavailable(f"{file.name} {problem}") from None
    if not isinstance(found, dict):
        raise ModelUnavailable(f"{file.name} holds no JSON object: {FETCH_AGAIN}")
    return found


def _unreadable(file: Path, error: OSError) -> ModelUnavailable:
    return ModelUnavailable(f"{file.name} cannot be read: {error.strerror or type(error).__name__}")
