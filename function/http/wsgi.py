"""Runs a WSGI application (PEP 3333) on one whole request."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from function.events.message import HttpMessage, HttpResponse, message_of
from function.http.http1 import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Streamed:
    """An answer whose length is unknown: status, header lines, and pieces as they come."""

    def __init__(self, status: int, head: str, pieces: Iterable[bytes]) -> None:
        self.status = status
        self.head = head
        self.pieces = pieces

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names in lower case and values."""
        return HttpMessage(self.head, b"").headers

    def close(self) -> None:
        """Signal the application that no more pieces are taken."""
        close: Callable[[], None] | None = getattr(self.pieces, "close", None)
        if close is not None:
            close()


def run_app(app: WSGIApplication, request: Request) -> HttpResponse | Streamed:
    """Return the answer of ``app``, whole where it says how long it is."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], problem: object = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return _refuse_to_write

    pieces = app(_environ_of(request), start_response)
    status, headers = started[0]
    number = int(status.partition(" ")[0])
    named = [(name.lower(), value) for name, value in headers]
    head = message_of([each for each in named if each[0] != "content-length"], b"").head
    answer = Streamed(number, head, pieces)
    if len(named) == len(head.split("\r\n")) - 1:
        return answer
    try:
        return HttpResponse(number, HttpMessage(head, b"".join(pieces)))
    finally:
        answer.close()


def _refuse_to_write(data: bytes) -> object:
    raise NotImplementedError("write() is not supported")


def _environ_of(request: Request) -> dict[str, Any]:
    target = request.target
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": target.partition("?")[2],
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            key = f"HTTP_{name.upper().replace('-', '_')}"
            # Headers with a low line in their names would be taken for those with a hyphen.
            if "_" not in name:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def headers_of(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers of a request, without its length."""
    found = [
        (name[5:].replace("_", "-"), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if content_type := environ.get("CONTENT_TYPE"):
        found.append(("content-type", content_type))
    return found
