"""Runs the dead letter sink under gunicorn: ``python -m function dead-letters FOLDER``."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from function.dead_letters.service import DeadLetters
from function.dead_letters.store import LetterStore
from function.delivery.sink import Sink
from function.errors import ConfigurationError
from function.events.message import line
from function.http.sockets import address_to_listen_on
from function.http.wsgi import headers_of
from function.settings import Settings
from function.telemetry import Log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THREADS = 16
"""Twice as many as may resend at once: the broker and the probes always find one."""
LARGER = 4
"""How many times as long a body may be as one that the function takes: what the function refused
for its length is kept here."""
LONGEST_HEADER = 131_072
MOST_HEADERS = 1_000


class OneLineWorker(ThreadWorker):
    """gunicorn's thread worker; answers bytes that are not HTTP with one line, not with HTML."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that could not be read."""
        if isinstance(exc, LimitRequestLine):
            status = HTTPStatus.REQUEST_URI_TOO_LONG
        elif isinstance(exc, LimitRequestHeaders):
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        elif isinstance(exc, ParseException):
            status = HTTPStatus.BAD_REQUEST
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        text = f"{status.phrase}\n"
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
        head += f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
        with suppress(OSError):
            client.sendall((head + text).encode())


class Server(BaseApplication):
    """gunicorn configured in code: one process, which alone numbers the letters.

    :param folder: where they are kept.
    :raises ConfigurationError: ``K_SINK``, its certificates or the folder are unusable.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._address = address_to_listen_on(settings.host, settings.port)
        self._longest = settings.max_body_bytes * LARGER
        self._log = log = Log(settings.log_level)
        # Before gunicorn forks: what is wrong in its worker ends the start with a traceback.
        sink = None
        if settings.sink is not None:
            sink = Sink(settings.sink, ca_certs=settings.sink_ca_certs, log=log)
        tokens = [token.get_secret_value() for token in settings.dead_letters_tokens]
        try:
            store = LetterStore(folder)
        except OSError as error:
            raise ConfigurationError(f"the dead letters' folder: {error.strerror}") from None
        self._letters = DeadLetters(store, log, sink, tokens)
        self._started = {"tokens_required": bool(tokens), "resends": sink is not None}
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        options = {
            "bind": self._address,
            "worker_class": OneLineWorker,
            "threads": THREADS,
            "loglevel": "warning",
            "limit_request_field_size": LONGEST_HEADER,
            "limit_request_fields": MOST_HEADERS,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Iterable[bytes]]:
        """Start the worker; gunicorn calls this in its process."""
        self._log.info("trm_dead_letters_started", **self._started)
        return application(self._letters, self._longest, self._log)


def application(
    letters: DeadLetters, longest: int, log: Log
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """Return the WSGI application.

    :param longest: bytes of a body; a longer one is refused with 413.
    """

    def answer(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        # gunicorn ends the stream with the body, whether it has a length or comes in chunks.
        body = environ["wsgi.input"].read(longest + 1)
        method = environ["REQUEST_METHOD"]
        if len(body) > longest:
            reply = line(413, f"the body is longer than {longest} bytes", ("connection", "close"))
        else:
            path = environ.get("PATH_INFO", "/")
            try:
                reply = letters.answer(method, path, headers_of(environ), body)
            except Exception as error:  # the last guard: no request ends a connection unanswered
                place = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{place.name}:{place.lineno}"
                log.error("trm_bug", error=type(error).__name__, place=where)
                reply = line(500, "internal error")
        start(f"{reply.status} {HTTPStatus(reply.status).phrase}", reply.headers)
        return [b"" if method == "HEAD" else reply.body]

    return answer
