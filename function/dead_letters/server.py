"""Runs the dead letter sink under gunicorn: ``python -m function dead-letters FOLDER``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication

from function.answer import line
from function.dead_letters.service import DeadLetters
from function.dead_letters.shelf import Shelf
from function.delivery.sink import Sink
from function.environ import headers_of
from function.listening import address_to_listen_on
from function.settings import Settings
from function.telemetry import Log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THREADS = 4


class Server(BaseApplication):
    """gunicorn configured in code: one process, which alone numbers the letters.

    :param folder: where they are kept.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._address = address_to_listen_on(settings.host, settings.port)
        self._folder = folder
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        options = {
            "bind": self._address,
            "worker_class": "gthread",
            "threads": THREADS,
            "loglevel": "warning",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Iterable[bytes]]:
        """Called by gunicorn in the worker process.

        :raises ConfigurationError: ``K_SINK`` or its certificates are unusable.
        """
        settings = self._settings
        log = Log(settings.log_level)
        sink = None
        if settings.sink is not None:
            sink = Sink(settings.sink, ca_certs=settings.sink_ca_certs, log=log)
        return application(DeadLetters(Shelf(self._folder), log, sink), settings.max_body_bytes)


def application(letters: DeadLetters, longest: int) -> Callable[..., Iterable[bytes]]:
    """The WSGI application.

    :param longest: bytes of a body; a longer one is refused with 413.
    """

    def answer(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        # gunicorn ends the stream with the body, whether it has a length or comes in chunks.
        body = environ["wsgi.input"].read(longest + 1)
        if len(body) > longest:
            reply = line(413, f"the body is longer than {longest} bytes", ("connection", "close"))
        else:
            path = environ.get("PATH_INFO", "/")
            reply = letters.answer(environ["REQUEST_METHOD"], path, headers_of(environ), body)
        start(f"{reply.status} {HTTPStatus(reply.status).phrase}", reply.headers)
        return [reply.body]

    return answer
