"""Check that a file is a GGUF model before llama.cpp reads it, which gives no reason or aborts the
process."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from function.backends.local.file_kinds import FETCH_AGAIN, head_of, kind_of
from function.backends.local.gguf_header import (
    MAGIC,
    Header,
    HeaderError,
    HeaderTooShort,
    read_header,
    shown,
)
from function.errors import ModelUnavailable

PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)")
"""The end of the name of one part of a model in several files."""
CONVERT = "convert it with llama.cpp's convert_hf_to_gguf.py"

MOST_PARTS = 1_000

_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"FUGG", "is a big-endian GGUF file: convert the model for little-endian machines"),
    (b"PK\x03\x04", f"is a zip archive, as PyTorch saves models: unpack it, or {CONVERT}"),
    (b"\x80", f"is a pickle, as PyTorch saves models: {CONVERT}"),
    *((old, "is in a format older than GGUF: convert the model again")
      for old in (b"lmgg", b"tjgg", b"fmgg", b"algg")),
)  # fmt: skip
_KINDS = {
    "adapter": "holds a LoRA adapter, not a model: merge it into its model first",
    "mmproj": "holds the vision part of a model: name the file of its language model",
    "imatrix": "holds an importance matrix, not a model",
}
_LIMITS = {
    "block_count": (1, 512),
    "context_length": (1, 1 << 28),
    "embedding_length": (1, 1 << 20),
    "feed_forward_length": (0, 1 << 24),
    "attention.head_count": (0, 1 << 14),
    "attention.head_count_kv": (0, 1 << 14),
    "attention.key_length": (1, 1 << 16),
    "attention.value_length": (1, 1 << 16),
    "rope.dimension_count": (0, 1 << 16),
    "expert_count": (0, 1 << 12),
    "expert_used_count": (0, 1 << 12),
    "vocab_size": (1, 1 << 24),
}
"""Least and most of what llama.cpp computes sizes from, by the key behind the architecture's name;
512 layers are its own limit, the others are far above any known model."""
_NEEDED = ("block_count", "context_length", "embedding_length")


def check_gguf(path: Path) -> Header:
    """Return the header of a model file, all of whose parts are there and whole.

    :param path: the file, or the first of its parts.
    :raises ModelUnavailable: it is not a model that llama.cpp can load; one line says why, and what
        to do.
    """
    if not path.is_file():
        raise ModelUnavailable(f"no model file {path.name}")
    try:
        header = _header_of(path)
        problem = next(_problems(path, header), None)
        if problem is None:
            for part in parts_of(path, header)[1:]:
                if not part.is_file():
                    raise HeaderError(f"lacks its part {part.name}: fetch all parts")
                _check_tensors(part, _header_of(part))
    except HeaderError as error:
        problem = str(error)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
    if problem is not None:
        raise ModelUnavailable(f"{path.name} {problem}")
    return header


def parts_of(path: Path, header: Header) -> list[Path]:
    """Return all files of a model whose first part, or only file, is ``path``."""
    count = header.values.get("split.count", 0)
    if not isinstance(count, int) or count < 2:
        return [path]
    return [
        path.with_name(PART.sub(f"-{number:05}-of-{count:05}", path.name))
        for number in range(1, count + 1)
    ]


def _header_of(path: Path) -> Header:
    """Read a header; where there is none, say what the file is instead."""
    head = head_of(path)
    if not head.startswith(MAGIC):
        raise HeaderError(_other_kind(head))
    try:
        return read_header(path)
    except HeaderTooShort as error:
        raise HeaderError(f"{error}, perhaps half a download: {FETCH_AGAIN}") from None


def _other_kind(head: bytes) -> str:
    for beginning, problem in _FORMATS:
        if head.startswith(beginning):
            return problem
    if head[8:9] == b"{" and 0 < int.from_bytes(head[:8], "little") < 1 << 40:
        return "is a safetensors file: name its folder instead, with config.json and tokenizer"
    return kind_of(head) or f"is not a GGUF file: {CONVERT}"


def _problems(path: Path, header: Header) -> Iterator[str]:
    """Yield what is wrong with the file of a model, in the order of what helps most."""
    yield from _problems_of_part(path, header)
    kind, architecture = header.text("general.type"), header.architecture
    if kind in _KINDS or architecture == "clip":
        yield _KINDS.get(kind, _KINDS["mmproj"])
    if not architecture:
        yield "does not name its architecture (general.architecture)"
    yield from _problems_of_sizes(header, architecture)
    tokens = header.count("tokenizer.ggml.tokens")
    if not header.texts("tokenizer.ggml.tokens", {0}):
        yield "has no vocabulary (tokenizer.ggml.tokens)"
    for key in ("tokenizer.ggml.token_type", "tokenizer.ggml.scores"):
        if header.count(key) not in (0, tokens):
            yield f"has {tokens} tokens, but {header.count(key)} values in {key}"
    if not header.tensors and header.values.get("split.count", 0) in (0, 1):
        yield "holds a vocabulary only, no weights: name the file with the weights"
    _check_tensors(path, header)


def _problems_of_part(path: Path, header: Header) -> Iterator[str]:
    number, count = header.values.get("split.no", 0), header.values.get("split.count", 0)
    if not isinstance(number, int) or not isinstance(count, int) or count > MOST_PARTS:
        yield "has no usable numbers in split.no and split.count"
    elif number > 0:
        first = PART.sub(f"-00001-of-{count:05}", path.name)
        named = f" ({first})" if first != path.name else ""
        yield f"is part {number + 1} of {count} of a model: name part 1{named}"
    elif count > 1 and not path.name.endswith(f"-00001-of-{count:05}.gguf"):
        yield f"is part 1 of {count}, but its name does not end in -00001-of-{count:05}.gguf"


def _problems_of_sizes(header: Header, architecture: str) -> Iterator[str]:
    for name, (least, most) in _LIMITS.items():
        key = f"{architecture}.{name}"
        found = header.numbers(key)
        if not found and name in _NEEDED:
            yield f"does not say its {shown(key)}"
        for value in found:
            if not isinstance(value, int) or not least <= value <= most:
                yield f"has {shown(key)} {value}, which is outside {least} to {most}"
    for key, held in header.values.items():
        if isinstance(held, float) and not math.isfinite(held):
            yield f"has {shown(key)} {held}"


def _check_tensors(path: Path, header: Header) -> None:
    """Check that the file holds its tensors.

    :raises HeaderError: the file ends before its tensors do, or a tensor cannot be.
    """
    held = path.stat().st_size
    needed = header.data_start
    for tensor in header.tensors:
        if any(not 0 < side < 1 << 40 for side in tensor.sides) or not tensor.sides:
            raise HeaderError(f"has a tensor {shown(tensor.name)} of impossible size")
        needed = max(needed, header.data_start + tensor.offset + tensor.size)
    if header.tensors and needed > held:
        raise HeaderError(
            f"is shorter than its tensors ({held} of {needed} bytes), "
            f"perhaps half a download: {FETCH_AGAIN}"
        )
