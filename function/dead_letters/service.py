"""What the dead letter sink answers.

A broker posts here what it could not deliver; ``GET /`` lists it without its data, ``GET /7`` shows
one with its data, ``POST /7/resend`` gives it back to the broker. The log never holds data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudevents.core.v1.event import CloudEvent

from function.answer import Answer, line, message_of
from function.dead_letters.shelf import Shelf
from function.deadline import Deadline
from function.delivery.outlet import SINK_SECONDS
from function.errors import FunctionError, TryAgain
from function.events import STRUCTURED_TYPE, decode
from function.telemetry import Log

if TYPE_CHECKING:
    from function.delivery.sink import Sink

COLUMNS = ("type", "agent", "source", "id", "knativeerrorcode", "knativeerrordest")
"""What the list tells of an event: names and places, nothing that somebody wrote."""
_MARK = "knativeerror"


class DeadLetters:
    """HTTP in, HTTP out, over a shelf.

    :param sink: where events are given back; None if there is no such place.
    """

    def __init__(self, shelf: Shelf, log: Log, sink: Sink | None = None) -> None:
        self._shelf = shelf
        self._log = log
        self._sink = sink

    def answer(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Answer one request; raises nothing that a sender can cause."""
        parts = [part for part in path.partition("?")[0].split("/") if part]
        try:
            match (method, parts):
                case ("POST", []):
                    return self._keep(headers, body)
                case ("GET", []):
                    return self._list()
                case ("GET", ["health", "liveness"]):
                    return line(200, "alive")
                case ("GET", [number]) if number.isdecimal():
                    return self._show(int(number))
                case ("DELETE", [number]) if number.isdecimal():
                    self._shelf.remove(int(number))
                    return Answer(204)
                case ("POST", [number, "resend"]) if number.isdecimal():
                    return self._resend(int(number))
        except TryAgain as error:
            return line(503, str(error), ("retry-after", str(error.retry_after)))
        except FunctionError as error:
            return line(error.status, str(error))
        return line(404, "no such dead letter")

    def _keep(self, headers: list[tuple[str, str]], body: bytes) -> Answer:
        event = decode(headers, body)
        number = self._shelf.add(event)
        given = event.get_attributes()
        self._log.warning(
            "trm_dead_letter",
            number=number,
            id=event.get_id(),
            type=event.get_type(),
            code=str(given.get("knativeerrorcode", "")),
        )
        return Answer(202)

    def _list(self) -> Answer:
        rows: list[tuple[str, ...]] = [("number", *COLUMNS)]
        for number, event in self._shelf.newest():
            given = event.get_attributes()
            rows.append((str(number), *(str(given.get(name, "-")) for name in COLUMNS)))
        text = "\n".join("  ".join(row) for row in rows)
        headers = [("content-type", "text/plain; charset=utf-8")]
        return Answer(200, message_of(headers, f"{text}\n".encode()))

    def _show(self, number: int) -> Answer:
        text = self._shelf.text(number)
        if text is None:
            return line(404, "no such dead letter")
        return Answer(200, message_of([("content-type", STRUCTURED_TYPE)], text))

    def _resend(self, number: int) -> Answer:
        """Give an event back as it first came; it is forgotten once the broker has it."""
        event = self._shelf.event(number)
        if event is None:
            return line(404, "no such dead letter")
        if self._sink is None:
            return line(503, "K_SINK is not set: there is nowhere to send it")
        attributes: dict[str, Any] = {
            name: value
            for name, value in event.get_attributes().items()
            if not name.startswith(_MARK)
        }
        again = CloudEvent(attributes, event.get_data())
        if event.get_time() is None:
            again.get_attributes().pop("time", None)  # the SDK would make one up
        self._sink.send(again, Deadline.after(SINK_SECONDS))
        self._shelf.remove(number)
        return Answer(202)
