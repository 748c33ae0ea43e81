"""Which events ended the process that worked on them.

A broker delivers an event again when the function crashes on it, and the function crashes again.
So the beginning of work is noted where a crash does not erase it, and its end erases the note.
"""

from __future__ import annotations

import struct
import threading
from mmap import mmap
from typing import Protocol

_ENTRY = struct.Struct("32sB")
ENTRIES = 1_024
MEMORY_BYTES = ENTRIES * _ENTRY.size
_EMPTY = bytes(32)
_MOST = 255


class CrashLog(Protocol):
    """Counts, by event, work that began and never ended.

    Keys are those of :func:`function.delivery.dedupe.event_key`.
    """

    def unended(self, key: str) -> int:
        """Return how often work on the event began and did not end."""

    def begin(self, key: str) -> None:
        """Note that work begins."""

    def end(self, key: str) -> None:
        """Work has ended, well or not; forget the event."""


class SharedMemoryLog(CrashLog):
    """Notes in memory that the server's main process shares with the one that works.

    It outlives the worker and not the server: of a container that is killed as a whole only a
    shared store can know. Safe for the threads of one process.

    :param memory: :data:`MEMORY_BYTES` long; what an earlier process noted in it counts.
    """

    def __init__(self, memory: mmap) -> None:
        self._memory = memory
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}
        self._free: list[int] = []
        self._left_behind: list[int] = []
        for place in range(ENTRIES):
            digest, _ = self._read(place)
            if digest == _EMPTY:
                self._free.append(place)
            else:
                self._places[digest.hex()] = place
                self._left_behind.append(place)

    def unended(self, key: str) -> int:
        """See :meth:`CrashLog.unended`."""
        if key not in self._places:  # as nearly all are
            return 0
        with self._lock:
            place = self._places.get(key)
            return 0 if place is None else self._read(place)[1]

    def begin(self, key: str) -> None:
        """See :meth:`CrashLog.begin`."""
        digest = bytes.fromhex(key)
        with self._lock:
            place = self._places.get(key)
            if place is not None:
                self._write(place, digest, min(self._read(place)[1] + 1, _MOST))
                return
            place = self._find_place()
            if place is not None:
                self._places[key] = place
                self._write(place, digest, 1)

    def end(self, key: str) -> None:
        """See :meth:`CrashLog.end`."""
        with self._lock:
            place = self._places.pop(key, None)
            if place is not None:
                self._write(place, _EMPTY, 0)
                self._free.append(place)
                if place in self._left_behind:
                    self._left_behind.remove(place)

    def _find_place(self) -> int | None:
        if self._free:
            return self._free.pop()
        if not self._left_behind:
            return None
        # It was not delivered again while all other places were filled.
        place = self._left_behind.pop(0)
        del self._places[self._read(place)[0].hex()]
        return place

    def _read(self, place: int) -> tuple[bytes, int]:
        digest, count = _ENTRY.unpack_from(self._memory, place * _ENTRY.size)
        return digest, count

    def _write(self, place: int, digest: bytes, count: int) -> None:
        _ENTRY.pack_into(self._memory, place * _ENTRY.size, digest, count)


class PoisonGuard:
    """Lets events that may have ended a process be worked on one at a time.

    Everything under way when a process ends is under suspicion. Alone, the guilty event is the
    only suspect that the next crash can blame, and the others clear themselves.
    """

    def __init__(self, log: CrashLog) -> None:
        self._log = log
        self._alone = threading.Lock()

    def watch(self, key: str) -> _Watch:
        """Work on an event; enters with the number of times that this ended a process before."""
        return _Watch(self._log, self._alone, key)


class _Watch:
    __slots__ = ("_alone", "_before", "_key", "_log")

    def __init__(self, log: CrashLog, alone: threading.Lock, key: str) -> None:
        self._log, self._alone, self._key = log, alone, key
        self._before = log.unended(key)

    def __enter__(self) -> int:
        # Noted only when its turn has come, or those that wait would be blamed as well.
        if self._before:
            self._alone.acquire()
        self._log.begin(self._key)
        return self._before

    def __exit__(self, *problem: object) -> None:
        self._log.end(self._key)
        if self._before:
            self._alone.release()
