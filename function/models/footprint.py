"""Bytes that a model will take, told from its files before anything is loaded."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, BinaryIO

from function.errors import ModelUnavailable
from function.models.tensors import weight_files

MIB = 1024 * 1024
HALF, SINGLE = 2, 4
"""Bytes of a number of fp16 and fp32."""
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}
_NUMBERS[12] = "d"
_STRING, _ARRAY = 8, 9
_MOST_KEYS = 100_000


def gguf_bytes(parts: list[Path], tokens: int) -> int:
    """Weights of a GGUF file in parts, and keys and values of so many tokens in fp16.

    :raises ModelUnavailable: the first part is no GGUF file.
    """
    weights = sum(part.stat().st_size for part in parts)
    try:
        with parts[0].open("rb") as file:
            return weights + tokens * HALF * _gguf_cached_numbers(_gguf_metadata(file))
    except (OSError, struct.error, ValueError, KeyError, TypeError):
        raise ModelUnavailable(f"{parts[0].name} is no GGUF file that can be read") from None


def folder_bytes(folder: Path, tokens: int, single: bool) -> int:
    """Weights of a folder of Hugging Face's format, and keys and values of so many tokens.

    :param single: whether it is computed in fp32, else in the precision of its files.
    :raises ModelUnavailable: the folder holds no weights.
    """
    files = weight_files(folder)
    if single and all(file.suffix == ".safetensors" for file in files):
        weights = SINGLE * sum(_count_numbers(file) for file in files)
    else:
        weights = sum(file.stat().st_size for file in files)
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        cached = _config_cached_numbers(config)
    except (OSError, ValueError, KeyError, TypeError):
        cached = 0  # a network without keys and values, or one that torch will refuse
    return weights + tokens * (SINGLE if single else HALF) * cached


def _config_cached_numbers(config: dict[str, Any]) -> int:
    heads = config.get("num_attention_heads") or config["n_head"]
    width = config.get("hidden_size") or config["n_embd"]
    if "n_physical_layers" in config:
        layers = config["n_physical_layers"] * config["n_loops"]
    else:
        layers = config.get("num_hidden_layers") or config["n_layer"]
    length = config.get("head_dim") or width // heads
    return int(2 * layers * (config.get("num_key_value_heads") or heads) * length)


def _count_numbers(file: Path) -> int:
    """Numbers in all tensors of a safetensors file, by its header."""
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > file.stat().st_size:
                raise ValueError
            header = json.loads(opened.read(length))
        header.pop("__metadata__", None)
        total = 0
        for tensor in header.values():
            numbers = 1
            for side in tensor["shape"]:
                numbers *= side
            total += numbers
        return total
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError):
        raise ModelUnavailable(f"{file.name} is no safetensors file that can be read") from None


def _gguf_cached_numbers(metadata: dict[str, Any]) -> int:
    """Keys and values of one token over all layers."""
    kind = metadata["general.architecture"]
    heads = _most(metadata[f"{kind}.attention.head_count"])
    shared = _most(metadata.get(f"{kind}.attention.head_count_kv", heads))
    usual = metadata[f"{kind}.embedding_length"] // max(heads, 1)
    key = metadata.get(f"{kind}.attention.key_length", usual)
    value = metadata.get(f"{kind}.attention.value_length", usual)
    return int(metadata[f"{kind}.block_count"] * shared * (key + value))


def _most(told: Any) -> int:
    return int(max(told)) if isinstance(told, list) else int(told)


def _gguf_metadata(file: BinaryIO) -> dict[str, Any]:
    """Keys and values at the head of a GGUF file (its specification: ggml, docs/gguf.md)."""
    magic, _, _, keys = struct.unpack("<4sIQQ", file.read(24))
    if magic != b"GGUF" or keys > _MOST_KEYS:
        raise ValueError("no GGUF file")
    return {_text(file): _value(file, *struct.unpack("<I", file.read(4))) for _ in range(keys)}


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        inner, length = struct.unpack("<IQ", file.read(12))
        return [_value(file, inner) for _ in range(length)]
    code = "<" + _NUMBERS[kind]
    return struct.unpack(code, file.read(struct.calcsize(code)))[0]


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    return file.read(length).decode("utf-8", "replace")
