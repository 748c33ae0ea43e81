"""Dead letters on disk: one file each, numbered in the order of their arrival."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from cloudevents.core.v1.event import CloudEvent

from function.events import STRUCTURED_TYPE, Mode, decode, encode, is_json, strict_json

KEPT = 1_000
"""How many are kept; the oldest goes when one more comes."""


class Shelf:
    """Numbered events in a folder; safe to share between threads, and to open again.

    :param folder: made if it is missing; holds nothing else.
    """

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._kept = kept
        self._lock = threading.Lock()

    def add(self, event: CloudEvent) -> int:
        """Keep an event; returns its number once it is on disk.

        :raises OSError: the disk refused it.
        """
        body = encode(_readable(event), Mode.STRUCTURED).body
        with self._lock:
            numbers = self.numbers()
            number = max(numbers, default=0) + 1
            draft = self._folder / "draft"
            with draft.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path(number))
            for old in sorted(numbers)[: max(len(numbers) + 1 - self._kept, 0)]:
                self._path(old).unlink(missing_ok=True)
        return number

    def numbers(self) -> list[int]:
        """The numbers that are taken, in no order."""
        return [int(path.stem) for path in self._folder.glob("*.json")]

    def text(self, number: int) -> bytes | None:
        """One event as structured JSON; None where there is none."""
        try:
            return self._path(number).read_bytes()
        except FileNotFoundError:
            return None

    def event(self, number: int) -> CloudEvent | None:
        """One event; None where there is none."""
        text = self.text(number)
        return None if text is None else decode([("content-type", STRUCTURED_TYPE)], text)

    def newest(self) -> Iterator[tuple[int, CloudEvent]]:
        """All events with their numbers, the newest first."""
        for number in sorted(self.numbers(), reverse=True):
            if event := self.event(number):
                yield number, event

    def remove(self, number: int) -> None:
        """Forget an event; nothing happens where there is none."""
        self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}.json"


def _readable(event: CloudEvent) -> CloudEvent:
    """The event with its data as JSON where it is JSON, for the people who read it."""
    data = event.get_data()
    if not isinstance(data, bytes) or not is_json(event.get_datacontenttype()):
        return event
    try:
        value = strict_json(data)
    except ValueError:
        return event
    readable = CloudEvent(dict(event.get_attributes()), value)
    if event.get_time() is None:
        readable.get_attributes().pop("time", None)  # the SDK makes one up
    return readable
