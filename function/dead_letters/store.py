"""Dead letters on disk: one file each, numbered in the order of their arrival.

A file is written beside its place and moved there, so a full volume or a power cut leaves no half
letter and takes none of those before it. Files that are not letters are ignored.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from function.dead_letters.letter import Letter
from function.events.codec import STRUCTURED_TYPE

KEPT = 1_000
"""How many are kept; the oldest goes when one more comes."""
SUFFIX = ".http"
OLDER_SUFFIX = ".json"
"""Earlier releases kept structured JSON."""
COUNTER = "last-number"
_NAME = re.compile(r"([0-9]{8,12})(\.http|\.json)")
_LENGTH = "content-length"


class Torn(Exception):
    """The file of a letter is incomplete or cannot be read."""


class Added(NamedTuple):
    """The number of a new letter, and those of older ones that had to go for it."""

    number: int
    dropped: list[int]


class LetterStore:
    """Numbered letters in a folder; safe to share between threads, and to open again.

    :param folder: made if it is missing.
    :raises OSError: it cannot be made or read.
    """

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._kept = kept
        self._lock = threading.Lock()
        self._files()

    def add(self, letter: Letter) -> Added:
        """Keep a letter; returns when it is on disk.

        :raises OSError: the disk refused it; all others stay.
        """
        headers = [*letter.headers, (_LENGTH, str(len(letter.body)))]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        head = f"{lines}\r\n".encode("latin-1", "replace")
        with self._lock:
            numbers = self.numbers()
            # Never a used one: a caller that noted it would resend another event.
            number = max(self._last(), max(numbers, default=0)) + 1
            self._write(self._folder / COUNTER, str(number).encode())
            self._write(self._folder / f"{number:08}{SUFFIX}", head, letter.body)
            dropped = sorted(numbers)[: max(len(numbers) + 1 - self._kept, 0)]
            for old in dropped:
                self.remove(old)
        return Added(number, dropped)

    def numbers(self) -> list[int]:
        """Return the numbers that are taken, the newest first."""
        return sorted(self._files(), reverse=True)

    def read(self, number: int, longest: int | None = None) -> Letter | None:
        """Return one letter; None where there is none.

        :param longest: bytes of its file that are read, for its attributes alone.
        :raises Torn: its file is incomplete or cannot be read.
        """
        path = self._path(number)
        if path is None:
            return None
        try:
            with _opened(path) as file:
                size = os.fstat(file.fileno()).st_size
                content = file.read(-1 if longest is None else longest)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Torn(error.strerror) from None
        if path.suffix == OLDER_SUFFIX:
            if content[:1] != b"{" or (len(content) == size and content.rstrip()[-1:] != b"}"):
                raise Torn("incomplete")
            return Letter([("content-type", STRUCTURED_TYPE)], content)
        head, end, body = content.partition(b"\r\n\r\n")
        parts = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")]
        headers = [(name, value) for name, _, value in parts]
        name, length = headers.pop()
        if not end or name != _LENGTH or length != str(size - len(head) - len(end)):
            raise Torn("incomplete")
        return Letter(headers, body)

    def raw(self, number: int) -> bytes | None:
        """Return the bytes of a letter's file, torn or not; None where there is none."""
        path = self._path(number)
        try:
            if path is None:
                return None
            with _opened(path) as file:
                return file.read()
        except OSError:
            return None

    def arrived(self, number: int) -> float | None:
        """Return when a letter was kept, in seconds since the epoch."""
        path = self._path(number)
        try:
            return None if path is None else path.stat().st_mtime
        except OSError:
            return None

    def remove(self, number: int) -> bool:
        """Forget a letter; False where there is none."""
        path = self._path(number)
        if path is None:
            return False
        with suppress(FileNotFoundError):
            path.unlink()
        return True

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers())

    def _files(self) -> dict[int, Path]:
        found = {}
        for path in self._folder.iterdir():
            if (match := _NAME.fullmatch(path.name)) and path.stem == f"{int(match[1]):08}":
                found[int(match[1])] = path
        return found

    def _path(self, number: int) -> Path | None:
        for suffix in (SUFFIX, OLDER_SUFFIX):
            path = self._folder / f"{number:08}{suffix}"
            if path.exists():
                return path
        return None

    def _last(self) -> int:
        try:
            text = (self._folder / COUNTER).read_text()
        except (OSError, UnicodeDecodeError):
            return 0
        return int(text) if re.fullmatch("[0-9]{1,12}", text) else 0

    def _sync(self) -> None:
        """Have the names of the files on disk too."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, path: Path, *parts: bytes) -> None:
        draft = self._folder / "draft"
        try:
            with draft.open("wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            self._sync()
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise


def _opened(path: Path) -> BinaryIO:
    """Open a regular file: a pipe would be waited for, a link may lead out of the folder.

    :raises OSError: it is something else, or cannot be read.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)

    file = open(path, "rb", opener=opener)  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return file
