"""Bytes that a model will take, computed from its files before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from function.backends.local.checkpoint_files import check_folder, count_numbers, weight_files
from function.backends.local.gguf_check import check_gguf, parts_of
from function.backends.local.gguf_header import Header

MIB = 1024 * 1024
HALF, SINGLE = 2, 4
"""Bytes of a number of fp16 and fp32."""


def gguf_bytes(path: Path, slots: int, window: int) -> int:
    """Return the bytes of a GGUF model's weights, and of keys and values in fp16.

    :param path: the file, or the first of its parts.
    :param slots: conversations of as many tokens as the window has, or the model if it has fewer.
    :raises ModelUnavailable: see :func:`function.backends.local.gguf_check.check_gguf`.
    """
    header = check_gguf(path)
    weights = sum(part.stat().st_size for part in parts_of(path, header))
    tokens = slots * min(window, header.context_length)
    return weights + tokens * HALF * _gguf_cached_numbers(header)


def folder_bytes(folder: Path, tokens: int, single: bool) -> int:
    """Weights of a folder of Hugging Face's format, and keys and values of ``tokens`` tokens.

    :param single: whether it is computed in fp32, else in the precision of its files.
    :raises ModelUnavailable: the folder holds no weights.
    """
    config = check_folder(folder)
    files = weight_files(folder)
    if single and all(file.suffix == ".safetensors" for file in files):
        weights = SINGLE * sum(count_numbers(file) for file in files)
    else:
        weights = sum(file.stat().st_size for file in files)
    try:
        cached = _config_cached_numbers(config)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
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


def _gguf_cached_numbers(header: Header) -> int:
    """Return the keys and values of one token over all layers; none in a recurrent network."""
    kind = header.architecture

    def most(name: str, otherwise: float = 0) -> float:
        return max(header.numbers(f"{kind}.{name}"), default=otherwise)

    heads = most("attention.head_count")
    shared = most("attention.head_count_kv", heads)
    usual = most("embedding_length") // max(heads, 1)
    key, value = most("attention.key_length", usual), most("attention.value_length", usual)
    return int(most("block_count") * shared * (key + value))
