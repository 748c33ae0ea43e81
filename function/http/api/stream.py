"""Streamed answers: work in a thread of its own, and what it emits as it comes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from function.deadline import Cancellation
from function.delivery.admission import WaitQueue
from function.errors import FunctionError, Overloaded
from function.events.message import message_of
from function.http.wsgi import Streamed

if TYPE_CHECKING:
    from function.pipeline.endpoint import Exchange

FIRST_SECONDS = 5.0
"""Time in which an error still gets its own status; then the stream begins with 200."""
BEAT_SECONDS = 1.0
"""Pause after which a beat is sent, so that the server notices a client that is gone."""

MOST_PIECES = 200
_WORDS = re.compile(r"\S+\s*|\s+")

Emit = Callable[[bytes], None]
Work = Callable[[Emit, Cancellation], None]


class StreamOpener:
    """Opens streams, a bounded number at a time.

    :param places: how many may be open; one more is refused with 429.
    :param beat_seconds: see :data:`BEAT_SECONDS`.
    """

    def __init__(self, exchange: Exchange, places: int, beat_seconds: float = BEAT_SECONDS) -> None:
        self._exchange = exchange
        self._places = WaitQueue(places)
        self._beat_seconds = beat_seconds

    def open(
        self,
        work: Work,
        headers: Iterable[tuple[str, str]],
        beat: Callable[[], bytes],
        failure: Callable[[FunctionError], bytes],
    ) -> Streamed:
        """Run ``work`` and return what it emits; the work is cancelled when the stream is closed.

        :param beat: makes what is sent where nothing else is.
        :param failure: writes an error that comes after the stream has begun.
        :raises Overloaded: too many streams are open.
        :raises FunctionError: the work failed before it had emitted anything.
        """
        if not self._places.take():
            raise Overloaded("too many streams are open")
        pieces = _Pieces(self._exchange, work, beat, failure, self._places, self._beat_seconds)
        try:
            pieces.wait_for_the_first(FIRST_SECONDS)
        except BaseException:
            pieces.close()
            raise
        lines = [*headers, ("cache-control", "no-cache"), ("x-accel-buffering", "no")]
        return Streamed(200, message_of(lines, b"").head, pieces)


class _Pieces(Iterator[bytes]):
    """What one piece of work emits; closing it cancels the work."""

    def __init__(
        self,
        exchange: Exchange,
        work: Work,
        beat: Callable[[], bytes],
        failure: Callable[[FunctionError], bytes],
        places: WaitQueue,
        beat_seconds: float,
    ) -> None:
        self._exchange = exchange
        self._beat = beat
        self._failure = failure
        self._places = places
        self._beat_seconds = beat_seconds
        self._cancellation = Cancellation(time.monotonic)
        self._emitted: SimpleQueue[bytes | FunctionError | None] = SimpleQueue()
        self._first: bytes | FunctionError | None = b""
        self._ended = False
        self._closing = threading.Lock()
        self._closed = False
        run = exchange.carried(self._run)
        threading.Thread(target=run, args=(work,), name="stream", daemon=True).start()

    def wait_for_the_first(self, seconds: float) -> None:
        """Wait a short time for the first piece.

        :raises FunctionError: the work failed first.
        """
        try:
            self._first = self._emitted.get(timeout=seconds)
        except Empty:
            return
        if isinstance(self._first, FunctionError):
            raise self._first

    def __next__(self) -> bytes:
        piece, self._first = self._first, b""
        if self._ended:
            raise StopIteration
        if piece == b"":
            try:
                piece = self._emitted.get(timeout=self._beat_seconds)
            except Empty:
                return self._beat()
        if piece is None:
            self._ended = True
            raise StopIteration
        if isinstance(piece, FunctionError):
            self._ended = True
            return self._failure(piece)
        return piece

    def close(self) -> None:
        """Cancel the work and give the place back; called by the server when the stream ends."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._cancellation.cancel()
        self._places.leave()

    def _run(self, work: Work) -> None:
        try:
            work(self._emitted.put, self._cancellation)
            self._emitted.put(None)
        except FunctionError as error:
            self._emitted.put(error)
        except Exception as error:
            self._exchange.note_bug(error)
            self._emitted.put(FunctionError("internal error"))


class EarlyText:
    """Emits the text of an answer under way.

    :param emit: sends a piece.
    """

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._shown = ""

    @property
    def begun(self) -> bool:
        """Whether anything was emitted."""
        return bool(self._shown)

    def show(self, text: str) -> None:
        """Emit a piece that stays in the answer."""
        self._emit(text)
        self._shown += text

    def rest_of(self, answer: str) -> str:
        """Return what of the whole answer was not emitted.

        :raises FunctionError: the answer does not begin with what was.
        """
        if not answer.startswith(self._shown):
            raise FunctionError("the answer is another one than its beginning that was sent")
        return answer[len(self._shown) :]


def pieces_of(text: str) -> Iterator[str]:
    """Cut a text between words, into a bounded number of pieces."""
    words = _WORDS.findall(text)
    size = len(words) // MOST_PIECES + 1
    for begin in range(0, len(words), size):
        yield "".join(words[begin : begin + size])
