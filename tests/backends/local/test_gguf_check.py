"""Files that are not models are told apart before llama.cpp sees them."""

from __future__ import annotations

import gzip
import json
import pickle
import random
import struct
import time
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from function.backends.local.gguf_check import check_gguf
from function.backends.local.llama_cpp import GgufModel
from function.errors import ModelUnavailable
from tests.backends.local.tiny_gguf import tiny_gguf
from tests.timing import timed

HEAD = struct.pack("<4sI", b"GGUF", 3)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:aaaa\nsize 98362432\n"


def field(key: str, kind: int, value: bytes) -> bytes:
    """Return one key of a header with a value that may not be what its type says."""
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + value


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


ARCHITECTURE = field("general.architecture", 8, text("llama"))
BEGINNINGS = {
    "empty": (b"", "is empty"),
    "a Git LFS pointer": (POINTER, "is a Git LFS pointer"),
    "a web page": (b"<!DOCTYPE html><html><head>", "is a web page"),
    "a web page behind blank lines": (b"\xef\xbb\xbf\n\n  <HTML lang=en>", "is a web page"),
    "an XML error of a bucket": (b'<?xml version="1.0"?><Error>', "is a web page"),
    "a JSON error page": (b'{"error":"Repository not found"}', "is a JSON document"),
    "a text": (b"Invalid username or password.", "is a text"),
    "a text in Japanese": ("見つかりません。".encode() * 90, "is a text"),
    "zeros": (bytes(5_000), "begins with zeros only"),
    "a pickle": (pickle.dumps({"weight": [1.0]}), "is a pickle"),
    "safetensors": (struct.pack("<Q", 40) + b'{"w":{"dtype":"F32"', "is a safetensors file"),
    "gzip": (gzip.compress(b"GGUF"), "is compressed by gzip"),
    "the format before GGUF": (b"tjgg" + bytes(50), "older than GGUF"),
    "a program": (b"\x7fELF\x02\x01" + bytes(range(200)), "is not a GGUF file"),
    "GGUF version 1": (b"GGUF" + struct.pack("<I", 1) + bytes(40), "of GGUF version 1, which"),
    "a later version": (b"GGUF" + struct.pack("<I", 9) + bytes(40), "of GGUF version 9"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 1, 1), "big-endian GGUF file"),
    "big-endian magic": (b"FUGG" + struct.pack(">IQQ", 3, 1, 1), "big-endian GGUF file"),
    "only the magic": (b"GGUF", "ends within its header"),
    "no keys": (HEAD + struct.pack("<QQ", 0, 0), "does not name its architecture"),
    "countless keys": (HEAD + struct.pack("<QQ", 1, 2**63), "metadata keys"),
    "countless tensors": (HEAD + struct.pack("<QQ", 2**64 - 1, 0), "tensors"),
    "an endless string": (
        HEAD + struct.pack("<QQ", 0, 1) + field("general.architecture", 8, b"\xff" * 8),
        "claims a string of 18446744073709551615 bytes",
    ),
    "an endless key": (HEAD + struct.pack("<QQQ", 0, 1, 2**40), "claims a string"),
    "an endless array": (
        HEAD + struct.pack("<QQ", 0, 1) + field("a", 9, struct.pack("<IQ", 4, 2**60)),
        "claims a header of more than 128 MiB",
    ),
    "an endless array of strings": (
        HEAD + struct.pack("<QQ", 0, 1) + field("a", 9, struct.pack("<IQ", 8, 2**23)),
        "ends within its header",
    ),
    "an array of arrays": (
        HEAD + struct.pack("<QQ", 0, 1) + field("a", 9, struct.pack("<IQ", 9, 1)),
        "an array of the unknown type 9",
    ),
    "an unknown type": (
        HEAD + struct.pack("<QQ", 0, 1) + field("a\n\x1b[31m", 77, b""),
        "unknown type 77 under a",
    ),
    "a key twice": (HEAD + struct.pack("<QQ", 0, 2) + 2 * ARCHITECTURE, "twice"),
    "an architecture that is a number": (
        HEAD + struct.pack("<QQ", 0, 1) + field("general.architecture", 4, bytes(4)),
        "does not name its architecture",
    ),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_each_file_that_is_no_model_is_named(name: str, tmp_path: Path) -> None:
    content, reason = BEGINNINGS[name]
    assert_refused(tmp_path, content, reason)


def assert_refused(folder: Path, content: bytes, reason: str) -> None:
    file = folder / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelUnavailable) as refused:
        GgufModel(file, "x", slots=1, window=512, threads=1)
    told = str(refused.value)
    assert told.startswith("model.gguf ") and reason in told
    assert told.isprintable() and len(told) < 300 and str(folder) not in told


def test_an_archive_of_pytorch_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02")
    assert_refused(tmp_path, (tmp_path / "made.zip").read_bytes(), "is a zip archive")


@pytest.mark.parametrize(
    ("name", "value"),
    [("block_count", value) for value in (0, 513, 2**31 - 1, 2**32 - 1)]
    + [("context_length", value) for value in (0, 2**32 - 1)]
    + [("head_count", value) for value in (2**31, 2**32 - 1)],
)
def test_sizes_that_cannot_be_are_named(name: str, value: int, tmp_path: Path) -> None:
    whole = tiny_gguf(tmp_path / "made.gguf", **cast(dict[str, Any], {name: value})).read_bytes()
    assert_refused(tmp_path, whole, f"{name} {value}, which is outside")


def test_a_size_that_is_no_number_is_named(tmp_path: Path) -> None:
    whole = tiny_gguf(tmp_path / "made.gguf").read_bytes()
    key = b"llama.block_count"
    changed = whole.replace(key + struct.pack("<I", 4), key + struct.pack("<I", 6))
    assert_refused(tmp_path, changed, "llama.block_count")


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.999])
def test_half_a_download_is_named(share: float, tmp_path: Path) -> None:
    whole = tiny_gguf(tmp_path / "made.gguf").read_bytes()
    assert_refused(tmp_path, whole[: int(len(whole) * share)], "perhaps half a download")
    assert_refused(tmp_path, whole[:-1], "is shorter than its tensors")


def test_a_vocabulary_alone_is_named(tmp_path: Path) -> None:
    whole = tiny_gguf(tmp_path / "made.gguf", tensors=False).read_bytes()
    assert_refused(tmp_path, whole, "holds a vocabulary only")


@pytest.mark.parametrize(
    ("kind", "reason"), [("adapter", "LoRA"), ("mmproj", "vision"), ("imatrix", "importance")]
)
def test_files_beside_a_model_are_named(kind: str, reason: str, tmp_path: Path) -> None:
    assert_refused(tmp_path, tiny_gguf(tmp_path / "made.gguf", kind=kind).read_bytes(), reason)


def test_parts_of_a_model_are_named(tmp_path: Path) -> None:
    def named(number: int) -> Path:
        return tmp_path / f"m-{number:05}-of-00002.gguf"

    first = tiny_gguf(named(1), part=(0, 2))
    with pytest.raises(ModelUnavailable, match=r"lacks its part m-00002-of-00002\.gguf"):
        check_gguf(first)
    second = tiny_gguf(named(2), part=(1, 2))
    with pytest.raises(ModelUnavailable, match=r"is part 2 of 2 .* \(m-00001-of-00002\.gguf\)"):
        check_gguf(second)
    assert check_gguf(first).tensors
    second.write_bytes(second.read_bytes()[:-500])
    with pytest.raises(ModelUnavailable, match="shorter than its tensors"):
        check_gguf(first)
    renamed = first.rename(tmp_path / "renamed.gguf")
    with pytest.raises(ModelUnavailable, match=r"does not end in -00001-of-00002\.gguf"):
        check_gguf(renamed)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"^no model file gone\.gguf$"):
        check_gguf(tmp_path / "gone.gguf")


def test_a_model_passes(tmp_path: Path) -> None:
    header = check_gguf(tiny_gguf(tmp_path / "made.gguf"))
    assert (header.architecture, header.context_length) == ("llama", 256)


@timed
def test_any_header_is_read_in_bounded_time(tmp_path: Path) -> None:
    whole = tiny_gguf(tmp_path / "made.gguf").read_bytes()
    chance = random.Random(1)
    file = tmp_path / "model.gguf"
    refused = 0
    started = time.monotonic()
    for _ in range(1_000):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(4, 9_000)
            changed[at : at + 8] = chance.choice(
                [bytes([chance.randrange(256)]), b"\xff" * 8, bytes(8), chance.randbytes(8), b""]
            )
        del changed[chance.choice([len(changed), len(changed), chance.randrange(len(changed))]) :]
        file.write_bytes(changed)
        try:
            check_gguf(file)
        except ModelUnavailable as error:
            refused += 1
            assert str(error).isprintable() and len(str(error)) < 400
    assert 100 < refused < 1_000
    assert time.monotonic() - started < 60


def test_a_json_error_says_nothing_of_its_content(tmp_path: Path) -> None:
    content = json.dumps({"error": "the token hf_secret is not valid"}).encode()
    (tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(ModelUnavailable) as refused:
        check_gguf(tmp_path / "model.gguf")
    assert "secret" not in str(refused.value)
