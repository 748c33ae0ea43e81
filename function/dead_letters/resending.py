"""Gives dead letters back to the broker, one or all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from function.dead_letters.letter import Letter
from function.dead_letters.store import LetterStore, Torn
from function.deadline import Deadline
from function.errors import TryAgain
from function.telemetry import Log

if TYPE_CHECKING:
    from function.delivery.sink import Sink

SECONDS = 600.0
"""How long one letter waits for the broker, which may answer only after the event's reply has been
delivered."""
AT_ONCE = 4
"""Letters of "all" that are under way together."""
MOST = 8
"""Letters under way together: each holds a thread of the server."""
FAILURES = 5
"""Refused letters in a row that end a run over all of them."""
LONGEST_LOGGED = 200


class Busy(TryAgain):
    """The letter, or too many others, are on their way already."""


class Resender:
    """Sends letters and forgets those that the broker took. Safe for many threads.

    :param sink: the broker.
    """

    def __init__(self, store: LetterStore, sink: Sink, log: Log) -> None:
        self._store = store
        self._sink = sink
        self._log = log
        self._lock = threading.Lock()
        self._under_way: set[int] = set()
        self._run: threading.Thread | None = None

    def send(self, number: int) -> bool:
        """Send one letter as it first came; False where there is none.

        :raises Torn: its file is incomplete.
        :raises TryAgain: the broker did not take it, or it is on its way already; it stays.
        """
        with self._marked(number):
            letter = self._store.read(number)
            if letter is None:
                return False
            named = names_of(number, letter)
            self._sink.post(letter.message_again(), Deadline.after(SECONDS), named)
            self._store.remove(number)
        self._log.info("trm_dead_letter_resent", **named)
        return True

    def send_all(self) -> int:
        """Begin to send every letter that is there now; returns how many there are.

        What comes back as a new letter is not sent again.

        :raises Busy: an earlier run has not ended.
        """
        with self._lock:
            if self._run is not None and self._run.is_alive():
                raise Busy("all dead letters are being sent already", 5)
            numbers = sorted(self._store)
            self._run = threading.Thread(target=self._send_each, args=(numbers,), daemon=True)
            self._run.start()
        return len(numbers)

    def join(self) -> None:
        """Wait until a run over all letters has ended."""
        if self._run is not None:
            self._run.join()

    def _send_each(self, numbers: list[int]) -> None:
        failures = _Row()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent = sum(pool.map(lambda number: self._try(number, failures), numbers))
        kept = len(numbers) - sent
        self._log.info("trm_dead_letters_resent", sent=sent, kept=kept)

    def _try(self, number: int, failures: _Row) -> bool:
        if failures.length >= FAILURES:
            return False
        try:
            sent = self.send(number)
        except (TryAgain, Torn):  # the sink has logged why
            failures.add()
            return False
        failures.end()
        return sent

    @contextmanager
    def _marked(self, number: int) -> Iterator[None]:
        with self._lock:
            if number in self._under_way:
                raise Busy("this dead letter is being sent already", 5)
            if len(self._under_way) >= MOST:
                raise Busy(f"{MOST} dead letters are being sent already", 5)
            self._under_way.add(number)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(number)


class _Row:
    """Failures since the last success."""

    def __init__(self) -> None:
        self.length = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        with self._lock:
            self.length += 1

    def end(self) -> None:
        with self._lock:
            self.length = 0


def names_of(number: int, letter: Letter) -> dict[str, str | int]:
    """Return what log lines call a letter; ids are cut."""
    given = letter.attributes
    named: dict[str, str | int] = {"number": number}
    for name in ("id", "type"):
        named[name] = given.get(name, "")[:LONGEST_LOGGED]
    return named
