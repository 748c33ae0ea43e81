"""Streams: how many, what goes out while nothing is emitted, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from function.deadline import Cancellation
from function.errors import FunctionError, Overloaded
from function.http.api.stream import Emit, StreamOpener
from function.http.wsgi import Streamed
from tests.conftest import Running

Run = Callable[..., Running]
PATIENCE = 20.0


def opener(run: Run, places: int = 8, beat_seconds: float = PATIENCE) -> StreamOpener:
    return StreamOpener(run().service.exchange, places, beat_seconds)


def open_stream(streams: StreamOpener, work: Callable[[Emit, Cancellation], None]) -> Streamed:
    return streams.open(work, [], lambda: b"beat", lambda error: f"failed: {error}".encode())


def test_no_more_streams_than_places(run: Run) -> None:
    streams = opener(run, places=1)

    def work(emit: Emit, cancellation: Cancellation) -> None:
        emit(b"begun")

    first = open_stream(streams, work)
    with pytest.raises(Overloaded):
        open_stream(streams, work)
    first.close()
    first.close()  # a place is given back once
    second = open_stream(streams, work)
    with pytest.raises(Overloaded):
        open_stream(streams, work)
    assert list(second.pieces) == [b"begun"]
    second.close()


def test_an_error_before_anything_was_emitted_is_raised_and_frees_its_place(run: Run) -> None:
    streams = opener(run, places=1)

    def work(emit: Emit, cancellation: Cancellation) -> None:
        raise Overloaded("too many requests are waiting", 3)

    for _ in range(3):
        with pytest.raises(Overloaded, match="waiting"):
            open_stream(streams, work)


def test_an_error_after_that_is_the_last_piece(run: Run) -> None:
    def work(emit: Emit, cancellation: Cancellation) -> None:
        emit(b"one")
        raise FunctionError("gone")

    streamed = open_stream(opener(run), work)
    assert list(streamed.pieces) == [b"one", b"failed: gone"]
    streamed.close()


def test_a_bug_is_logged_and_shows_nothing(run: Run) -> None:
    running = run()

    def work(emit: Emit, cancellation: Cancellation) -> None:
        emit(b"one")
        raise RuntimeError("/srv/secret")

    streamed = open_stream(StreamOpener(running.service.exchange, 1), work)
    assert list(streamed.pieces) == [b"one", b"failed: internal error"]
    assert running.logged[-1]["event"] == "trm_bug"


def test_beats_are_sent_while_nothing_is_emitted(run: Run) -> None:
    go_on = threading.Event()

    def work(emit: Emit, cancellation: Cancellation) -> None:
        emit(b"one")
        assert go_on.wait(PATIENCE)
        emit(b"two")

    streamed = open_stream(opener(run, beat_seconds=0.01), work)
    pieces = iter(streamed.pieces)
    assert next(pieces) == b"one"
    assert next(pieces) == b"beat"
    go_on.set()
    assert [piece for piece in pieces if piece != b"beat"] == [b"two"]
    streamed.close()


def test_closing_a_stream_cancels_its_work(run: Run) -> None:
    ended = threading.Event()

    def work(emit: Emit, cancellation: Cancellation) -> None:
        emit(b"one")
        pause = threading.Event()
        while not cancellation.cancelled:
            pause.wait(0.01)
        ended.set()

    open_stream(opener(run), work).close()
    assert ended.wait(PATIENCE)
