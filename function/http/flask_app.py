"""WSGI adapter: a Flask application over a service, for servers other than our own.

Flask itself serves the pages of the playground only. Routing, request and response objects cost it
as much time as the whole rest of an event, so everything else is answered before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from function.events.message import HttpResponse, line
from function.http.api.base import Response as ApiResponse
from function.http.http1 import DISCARDED_BYTES
from function.http.routes import Routes
from function.http.wsgi import Streamed, headers_of
from function.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def build_app(service: Service) -> Flask:
    """Return the WSGI application over a service."""
    app = Flask("function", static_folder=None)
    if service.history is not None:
        # Imported here: a cluster has no use for a page.
        from function.playground.pages import build_pages

        app.register_blueprint(build_pages(service, service.history))
    app.register_error_handler(HTTPException, _one_line)
    app.wsgi_app = EventEntrance(app.wsgi_app, service)  # type: ignore[assignment,method-assign]
    return app


def _one_line(error: HTTPException) -> Response:
    """Answer in text what Flask would answer in HTML."""
    status = HTTPStatus(error.code or 500)
    response = Response(f"{status.phrase.lower()}\n", status, content_type="text/plain")
    if methods := getattr(error, "valid_methods", None):
        response.headers["allow"] = ", ".join(sorted(methods))
    return response


class EventEntrance:
    """Answers every request but those for pages, before Flask sees it."""

    def __init__(self, inner: Callable[..., Any], service: Service) -> None:
        self._inner: WSGIApplication = inner
        self._routes = Routes(service)
        self._limit = service.exchange.max_body_bytes
        self._has_pages = service.settings.playground

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        path = environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace") or "/"
        answer = self._routes.early(method, path, headers_of(environ), self._has_pages)
        if answer is None and self._has_pages and self._routes.is_page(method, path):
            return self._inner(environ, start)
        if answer is None:
            answer = self._answer(environ, method, path)
        if isinstance(answer, Streamed):
            start(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
            return answer.pieces
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        if answer.status == 204:
            headers = []
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [] if method == "HEAD" else [answer.body]

    def _answer(self, environ: WSGIEnvironment, method: str, path: str) -> ApiResponse:
        limit = self._limit
        given = environ.get("CONTENT_LENGTH") or "0"
        if not given.isdecimal():
            return line(400, "content-length is not a number")
        stream = environ["wsgi.input"]
        if int(given) > limit:
            return _refuse(stream, limit)
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        body = stream.read(limit + 1) if chunked else stream.read(int(given))
        if len(body) > limit:
            return _refuse(stream, limit)
        if not chunked and len(body) < int(given):
            return line(400, "the body ended early")
        return self._routes.with_body(method, path, headers_of(environ), body)


def _refuse(stream: Any, limit: int) -> HttpResponse:
    """Few senders read before they have written everything: to the others the answer to a body
    that is not read is a broken connection, and a broker delivers the event again."""
    left = DISCARDED_BYTES
    while left > 0 and (part := stream.read(min(left, 65_536))):
        left -= len(part)
    return line(413, f"the body is longer than {limit} bytes", ("connection", "close"))
