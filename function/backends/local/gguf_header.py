"""Read the header of a GGUF file, its metadata and the list of its tensors (ggml, docs/gguf.md).

The reader of the ``gguf`` package takes 2.5 s for a vocabulary of 49,152 tokens and brings numpy;
this one takes 20 ms, skips what it is not asked for, and stays within the file whatever its counts
say.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

from function.backends.local.control_tokens import END_MARKS, may_speak

Scalar = int | float | bool | str

MAGIC = b"GGUF"
VERSIONS = (2, 3)
LONGEST_HEADER = 128 * 1024 * 1024
"""Bytes; the longest vocabularies known take an eighth of it."""
MOST_KEYS, MOST_TENSORS, MOST_DIMENSIONS = 65_536, 65_536, 4
LONGEST_KEY = 65_535
DEFAULT_ALIGNMENT = 32

_SCALARS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_UNKNOWN, _ADDED = 2, 4
"""Types of tokens (``tokenizer.ggml.token_type``) that are not spelled from characters:
the first and the last, between them the control tokens."""
_CHUNK = 4 * 1024 * 1024
_LENGTH = struct.Struct("<Q")

# Numbers that share a block, and the bytes of that block, by the type of a tensor (ggml.h).
_BLOCKS = {0: (1, 4), 1: (1, 2), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8)}
_BLOCKS |= {2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40)}
_BLOCKS |= {10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210)}
_BLOCKS |= {15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50)}
_BLOCKS |= {20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 29: (256, 56)}
_BLOCKS |= {30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18)}


class HeaderError(ValueError):
    """The header cannot be read; the message completes "the file ..."."""


class HeaderTooShort(HeaderError):
    """The file ends within its header."""


@dataclass(frozen=True)
class Tensor:
    """One tensor: its name, its sides, the code of its type, and where its bytes begin."""

    name: str
    sides: tuple[int, ...]
    kind: int
    offset: int

    @property
    def size(self) -> int:
        """Bytes of its data; at least one bit a number for a type that is not in the table."""
        numbers, taken = _BLOCKS.get(self.kind, (8, 1))
        return -(-prod(self.sides) // numbers) * taken


@dataclass(frozen=True)
class Array:
    """An array in the header that was skipped: its type, its length, and where it stands."""

    kind: int
    length: int
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a GGUF file says of itself; arrays are read when asked for."""

    version: int
    values: dict[str, Scalar]
    arrays: dict[str, Array]
    tensors: tuple[Tensor, ...]
    data_start: int
    _bytes: bytes

    def numbers(self, key: str) -> list[int | float]:
        """Return the array of numbers under ``key``; a single number counts as an array of one."""
        if key in self.arrays:
            found = self.arrays[key]
            if (code := _SCALARS.get(found.kind)) is None:
                raise HeaderError(f"has strings in {key}, where numbers belong")
            return list(struct.unpack_from(f"<{found.length}{code}", self._bytes, found.start))
        value = self.values.get(key)
        if value is not None and not isinstance(value, int | float):
            raise HeaderError(f"has no number in {key}")
        return [] if value is None else [value]

    def texts(self, key: str, places: Collection[int]) -> dict[int, str]:
        """Return those strings of the array under ``key`` whose index is in ``places``."""
        found = self.arrays.get(key)
        if found is None or found.kind != _STRING:
            return {}
        data, at, texts = self._bytes, found.start, dict[int, str]()
        for index in range(min(max(places, default=-1) + 1, found.length)):
            (length,) = _LENGTH.unpack_from(data, at)
            at += 8
            if index in places:
                texts[index] = data[at : at + length].decode("utf-8", "replace")
            at += length
        return texts

    @property
    def architecture(self) -> str:
        """The name of the network's architecture, with which its keys begin."""
        return self.text("general.architecture")

    @property
    def context_length(self) -> int:
        """Tokens of prompt plus answer that the model was trained for."""
        return int(max(self.numbers(f"{self.architecture}.context_length")))

    def control_tokens(self) -> set[str]:
        """Return the tokens that llama.cpp looks for in a whole conversation.

        These are the control, unknown and added tokens, and those that end a turn by their text.
        """
        kinds = self.numbers("tokenizer.ggml.token_type")
        looked_for = {place: kind for place, kind in enumerate(kinds) if _UNKNOWN <= kind <= _ADDED}
        tokens = self.texts("tokenizer.ggml.tokens", looked_for)
        marks = {
            token for place, token in tokens.items()
            if looked_for[place] != _ADDED or may_speak(token)
        }  # fmt: skip
        found = self.arrays["tokenizer.ggml.tokens"]
        return marks | {mark for mark in END_MARKS if self._holds(found, mark)}

    def _holds(self, found: Array, text: str) -> bool:
        """Return whether an array of strings holds this one."""
        encoded = text.encode()
        prefix, at = _LENGTH.pack(len(encoded)), self._bytes.find(encoded, found.start, found.end)
        while at >= 0:
            if self._bytes.endswith(prefix, found.start, at):
                return True
            at = self._bytes.find(encoded, at + 1, found.end)
        return False

    def count(self, key: str) -> int:
        """Return the length of the array under ``key``, 0 without one."""
        return self.arrays[key].length if key in self.arrays else 0

    def text(self, key: str) -> str:
        """Return the string under ``key``, empty without one."""
        value = self.values.get(key, "")
        return value if isinstance(value, str) else ""


def read_header(path: Path) -> Header:
    """Read the header of the file at ``path``.

    :raises HeaderError: it is not a GGUF header of a version in :data:`VERSIONS`, or it is damaged.
    :raises OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        source = _Source(file)
        magic, version = source.unpack("4sI")
        if magic != MAGIC:
            raise HeaderError("is not a GGUF file")
        if version not in VERSIONS:
            raise HeaderError(_version_problem(version))
        tensors, keys = source.unpack("QQ")
        if keys > MOST_KEYS or tensors > MOST_TENSORS:
            raise HeaderError(f"claims {keys} metadata keys and {tensors} tensors")
        values: dict[str, Scalar] = {}
        arrays: dict[str, Array] = {}
        for _ in range(keys):
            key = source.text(LONGEST_KEY)
            if key in values or key in arrays:
                raise HeaderError(f"has the metadata key {shown(key)} twice")
            (kind,) = source.unpack("I")
            if kind == _ARRAY:
                arrays[key] = source.array(key)
            else:
                values[key] = source.value(kind, key)
        listed = tuple(_tensors(source, tensors))
        alignment = values.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not _is_alignment(alignment):
            raise HeaderError(f"has general.alignment {shown(str(alignment))}, no power of two")
        start = -(-source.at // alignment) * alignment
        return Header(version, values, arrays, listed, start, bytes(source.data[: source.at]))


def shown(text: str, longest: int = 64) -> str:
    """Return a string of a file as an error message may show it: short and printable."""
    return "".join(c if c.isprintable() else "?" for c in text[:longest])


def _tensors(source: _Source, count: int) -> Iterator[Tensor]:
    names: set[str] = set()
    for _ in range(count):
        name = source.text(LONGEST_KEY)
        if name in names:
            raise HeaderError(f"has the tensor {shown(name)} twice")
        names.add(name)
        (dimensions,) = source.unpack("I")
        if dimensions > MOST_DIMENSIONS:
            raise HeaderError(f"has a tensor {shown(name)} of {dimensions} dimensions")
        sides = source.unpack(f"{dimensions}Q")
        kind, offset = source.unpack("IQ")
        yield Tensor(name, sides, kind, offset)


def _version_problem(version: int) -> str:
    swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
    if swapped in (*VERSIONS, 1):
        return "is a big-endian GGUF file: convert the model for little-endian machines"
    if version == 1:
        return "is of GGUF version 1, which llama.cpp no longer reads: convert the model again"
    return f"is of GGUF version {version}; llama.cpp reads {' and '.join(map(str, VERSIONS))}"


def _is_alignment(number: int) -> bool:
    return 8 <= number <= _CHUNK and number & (number - 1) == 0


class _Source:
    """The beginning of a file, read as far as it is needed."""

    def __init__(self, file: BinaryIO) -> None:
        self.data = bytearray()
        self.at = 0
        self._file = file

    def unpack(self, codes: str) -> tuple[Any, ...]:
        layout = struct.Struct("<" + codes)
        self._need(layout.size)
        found = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return found

    def text(self, longest: int = LONGEST_HEADER) -> str:
        (length,) = self.unpack("Q")
        if length > longest:
            raise HeaderError(f"claims a string of {length} bytes in its header")
        self._need(length)
        begin, self.at = self.at, self.at + length
        return self.data[begin : self.at].decode("utf-8", "replace")

    def value(self, kind: int, key: str) -> Scalar:
        if kind == _STRING:
            return self.text()
        if kind not in _SCALARS:
            raise HeaderError(f"has a value of the unknown type {kind} under {shown(key)}")
        (value,) = self.unpack(_SCALARS[kind])
        return cast(Scalar, value)

    def array(self, key: str) -> Array:
        """Skip an array."""
        kind, length = self.unpack("IQ")
        start = self.at
        if kind in _SCALARS:
            size = length * struct.calcsize("<" + _SCALARS[kind])
            self._need(size)
            self.at += size
        elif kind == _STRING:
            self._skip_texts(length)
        else:
            raise HeaderError(f"has an array of the unknown type {kind} under {shown(key)}")
        return Array(kind, length, start, self.at)

    def _skip_texts(self, count: int) -> None:
        self._need(8 * count)  # their lengths alone
        read, at = _LENGTH.unpack_from, self.at
        for _ in range(count):
            if at + 8 > len(self.data):
                self._need(at + 8 - self.at)
            at += 8 + read(self.data, at)[0]
        self._need(at - self.at)
        self.at = at

    def _need(self, size: int) -> None:
        """Read on until ``size`` more bytes are at hand."""
        wanted = self.at + size
        if wanted > LONGEST_HEADER:
            raise HeaderError(f"claims a header of more than {LONGEST_HEADER >> 20} MiB")
        while len(self.data) < wanted:
            more = self._file.read(max(_CHUNK, wanted - len(self.data)))
            if not more:
                raise HeaderTooShort("ends within its header")
            self.data += more
