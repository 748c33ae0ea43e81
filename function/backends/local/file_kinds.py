"""Say what a file is that was given, or downloaded, in place of a model's."""

from __future__ import annotations

import codecs
from pathlib import Path

FETCH_AGAIN = "fetch the file again"

_HEAD = 512
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the file itself: git lfs pull"),
    (b"<", f"is a web page: {FETCH_AGAIN} from its download address"),
    (b"{", f"is a JSON document, perhaps a server's error message: {FETCH_AGAIN}"),
    (b"\x1f\x8b", "is compressed by gzip: unpack it"),
    (b"BZh", "is compressed by bzip2: unpack it"),
    (b"\xfd7zXZ\x00", "is compressed by xz: unpack it"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it"),
    (b"\x89HDF\r\n", "is an HDF5 file, which nothing here reads"),
)


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, enough for :func:`kind_of`.

    :raises OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(_HEAD)


def kind_of(head: bytes) -> str:
    """Return what a file with these first bytes is and what to do, to stand behind its name.

    Empty for anything else, among it every format of models but text.
    """
    if not head:
        return f"is empty: {FETCH_AGAIN}"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, problem in _BEGINNINGS:
        if head.startswith(beginning) or text.startswith(beginning):
            return problem
    if not head.strip(b"\0"):
        return f"begins with zeros only, perhaps half a download: {FETCH_AGAIN}"
    if all(byte >= 32 or byte in b"\t\n\r" for byte in head) and _is_utf8(head):
        return f"is a text, perhaps a server's error message: {FETCH_AGAIN}"
    return ""


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character at the end may be cut
    except UnicodeDecodeError:
        return False
    return True
