"""Answer one event and report its progress as Server-Sent Events.

The stream is ``text/event-stream`` of the HTML standard, section 9.2: the pieces of texts under way
as events ``draft``, every reflection step as an event ``step``, then one ``reply`` with the whole
reply event, or one ``error``. A comment ``replayed`` goes before a reply that was made for an
earlier delivery of the event.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from function.contract import ReflectionStep
from function.events.message import HttpResponse
from function.events.strict_json import json_bytes
from function.pipeline.endpoint import REPLAYED, Exchange
from function.reflection.listener import Listener, Piece

_REPLAYED = b": replayed\n\n"
SILENT_SECONDS = 10.0
"""Pause after which a comment is sent, so that no proxy closes the connection."""


def watch(exchange: Exchange, headers: list[tuple[str, str]], body: bytes) -> Iterator[bytes]:
    """Answer a structured event; yields the stream piece by piece.

    The work goes on when the client is gone, as for every event: its reply is stored.

    :param headers: of the message, with the ``Prefer: reply`` that keeps the reply off the sink.
    """
    messages: SimpleQueue[bytes | None] = SimpleQueue()

    def on_step(step: ReflectionStep) -> None:
        messages.put(_message("step", step.model_dump_json().encode()))

    def on_piece(piece: Piece) -> None:
        messages.put(_message("draft", json_bytes(piece._asdict())))

    listener = Listener(on_step, on_piece)

    def work() -> None:
        messages.put(_last(exchange.answer(headers, body, listener)))
        messages.put(None)

    threading.Thread(target=work, name="playground", daemon=True).start()
    yield b": begun\n\n"
    while True:
        try:
            message = messages.get(timeout=SILENT_SECONDS)
        except Empty:
            message = b": at work\n\n"
        if message is None:
            return
        yield message


def _last(answer: HttpResponse) -> bytes:
    if answer.status == 200:
        mark = _REPLAYED if REPLAYED in dict(answer.headers) else b""
        return mark + _message("reply", answer.body)
    said = answer.body.decode().strip()
    if answer.status == 202:
        said = "the reply went to the sink"
    elif answer.status == 204:
        said = "events of this type are not answered"
    problem = {
        "status": answer.status,
        "message": said,
        "retry_after": dict(answer.headers).get("retry-after"),
    }
    return _message("error", json_bytes(problem))


def _message(event: str, data: bytes) -> bytes:
    lines = b"".join(b"data: %b\n" % line for line in data.splitlines())
    return b"event: %b\n%b\n" % (event.encode(), lines)
