"""What the dead letter sink answers.

A broker posts here what it could not deliver, and anything is taken: this is the last place for
it. ``GET /`` lists the letters without their data, ``GET /7`` shows one whole, ``POST /7/resend``
gives it back to the broker, ``POST /resend`` all of them, ``DELETE /7`` forgets one.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from function.dead_letters.letter import Letter
from function.dead_letters.listing import table
from function.dead_letters.resending import Busy, Resender, names_of
from function.dead_letters.store import LetterStore, Torn
from function.errors import FunctionError, SenderRefused, TryAgain
from function.events.codec import STRUCTURED_TYPE
from function.events.message import HttpResponse, line, message_of
from function.pipeline.auth import BearerAuth
from function.telemetry import Log

if TYPE_CHECKING:
    from function.delivery.sink import Sink

_NUMBER = re.compile("[0-9]{1,12}")
_NEAR = re.compile(
    r"([a-z0-9-]+|[a-z0-9.-]+\.svc(\.cluster\.local)?|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]+)?"
)
"""One label, as ``localhost``; a Service's name; an address."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_TEXT = [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")]


class DeadLetters:
    """HTTP in, HTTP out, over a store.

    :param sink: where events are given back; None if there is no such place.
    :param tokens: one of them is required of every caller but the broker; empty for none.
    """

    def __init__(
        self, store: LetterStore, log: Log, sink: Sink | None = None, tokens: Sequence[str] = ()
    ) -> None:
        self._store = store
        self._log = log
        self.resender = None if sink is None else Resender(store, sink, log)
        self._auth = BearerAuth(tokens)
        self._guarded = bool(tokens)

    def answer(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> HttpResponse:
        """Answer one request; raises nothing that a sender can cause."""
        parts = [part for part in path.partition("?")[0].split("/") if part]
        method = "GET" if method == "HEAD" else method
        try:
            if (method, parts) == ("GET", ["health", "liveness"]):
                return line(200, "alive")
            if method != "GET":
                _refuse_web_pages(headers)
            if (method, parts) == ("POST", []):
                return self._keep(headers, body)
            self._auth.admit(headers)
            if not self._guarded:
                _refuse_foreign_host(headers)
            return self._serve(method, parts)
        except Busy as error:
            return line(409, str(error), ("retry-after", str(error.retry_after)))
        except TryAgain as error:
            return line(503, str(error), ("retry-after", str(error.retry_after)))
        except Torn as error:
            return line(409, f"the file of this dead letter is unreadable: {error}")
        except FunctionError as error:
            more = [("www-authenticate", "Bearer")] if error.status == 401 else []
            return line(error.status, str(error), *more)
        except OSError as error:
            return self._failed(error)

    def _serve(self, method: str, parts: list[str]) -> HttpResponse:
        match (method, parts):
            case ("GET", []):
                return HttpResponse(200, message_of(_TEXT, table(self._store).encode()))
            case ("POST", ["resend"]):
                return self._resend_all()
            case ("GET", [number]) if _NUMBER.fullmatch(number):
                return self._show(int(number))
            case ("DELETE", [number]) if _NUMBER.fullmatch(number):
                return HttpResponse(204) if self._store.remove(int(number)) else _missing()
            case ("POST", [number, "resend"]) if _NUMBER.fullmatch(number):
                return self._resend(int(number))
        return _missing()

    def _keep(self, headers: list[tuple[str, str]], body: bytes) -> HttpResponse:
        letter = Letter.received(headers, body)
        if not body and not letter.attributes:
            return line(400, "an empty message")
        try:
            number, dropped = self._store.add(letter)
        except OSError as error:
            return self._failed(error, letter)
        code = letter.attributes.get("knativeerrorcode", "")[:10]
        self._log.warning("trm_dead_letter", **names_of(number, letter), code=code)
        for old in dropped:
            self._log.warning("trm_dead_letter_dropped", number=old)
        return HttpResponse(202)

    def _show(self, number: int) -> HttpResponse:
        try:
            letter = self._store.read(number)
            shown = None if letter is None else letter.event_json()
        except Torn:
            shown = None
        if shown is not None:
            return HttpResponse(
                200, message_of([("content-type", STRUCTURED_TYPE), *_TEXT[1:]], shown)
            )
        raw = self._store.raw(number)
        return _missing() if raw is None else HttpResponse(200, message_of(_TEXT, raw))

    def _resend(self, number: int) -> HttpResponse:
        if self.resender is None:
            return _no_sink()
        return HttpResponse(202) if self.resender.send(number) else _missing()

    def _resend_all(self) -> HttpResponse:
        if self.resender is None:
            return _no_sink()
        return line(202, f"sending {self.resender.send_all()} dead letters")

    def _failed(self, error: OSError, letter: Letter | None = None) -> HttpResponse:
        """Answer what the volume refused; a broker tries a 5xx again."""
        named = {} if letter is None else names_of(0, letter)
        named.pop("number", None)
        reason = errno.errorcode.get(error.errno or 0, "OSError")
        self._log.error("trm_dead_letter_refused", **named, reason=reason)
        if error.errno in _FULL:
            return line(507, "the volume is full: resend or delete dead letters")
        return line(503, f"the volume failed: {reason}", ("retry-after", "10"))


def _refuse_web_pages(headers: list[tuple[str, str]]) -> None:
    """Refuse what a browser sends for a page: beside a port-forward any page could resend."""
    given = {name.lower(): value for name, value in headers}
    if "origin" in given or given.get("sec-fetch-site", "none") != "none":
        raise SenderRefused("requests of web pages are refused")


def _refuse_foreign_host(headers: list[tuple[str, str]]) -> None:
    """Refuse names that are not of the cluster or this machine: by DNS rebinding a web page could
    read what a port-forward shows, under a name of its own."""
    for name, value in headers:
        if name.lower() == "host" and not _NEAR.fullmatch(value.strip().lower()):
            raise SenderRefused("this Host needs a token: set TRM_DEAD_LETTERS_TOKENS")


def _missing() -> HttpResponse:
    return line(404, "no such dead letter")


def _no_sink() -> HttpResponse:
    return line(503, "K_SINK is not set: there is nowhere to send it", ("retry-after", "60"))
