"""Flask adapter: events on POST /, the probes and the schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify

from function.answer import Answer, line
from function.environ import headers_of
from function.event_types import schemas
from function.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DISCARDED_BYTES = 64 * 1_048_576
"""How much of a body that is too long is taken from its sender, and thrown away."""


def build_app(service: Service) -> Flask:
    """The WSGI application over a service."""
    app = Flask("function", static_folder=None)

    @app.get("/health/liveness")
    def liveness() -> tuple[str, int]:
        return "alive\n", 200

    @app.get("/health/readiness")
    def readiness() -> tuple[str, int]:
        ready, message = service.state
        return f"{message}\n", 200 if ready else 503

    @app.get("/health/backends")
    def backends() -> Response:
        return jsonify(service.backends)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(service.metrics.exposition(), mimetype="text/plain")

    @app.get("/schemas/")
    def list_schemas() -> Response:
        return jsonify({name: f"/schemas/{name}" for name in schemas()})

    @app.get("/schemas/<name>")
    def show_schema(name: str) -> tuple[Response | str, int]:
        schema = schemas().get(name)
        return (jsonify(schema), 200) if schema else ("no such schema\n", 404)

    if service.history is not None:
        # Imported here: a cluster has no use for a page.
        from function.playground.pages import build_pages

        app.register_blueprint(build_pages(service, service.history))
    app.wsgi_app = EventEntrance(app.wsgi_app, service)  # type: ignore[assignment,method-assign]
    return app


class EventEntrance:
    """Answers POST / before Flask sees it.

    Routing, request and response objects cost Flask as much time as the whole rest of an event;
    behind a broker that is most of what one core can do.
    """

    def __init__(self, inner: Callable[..., Any], service: Service) -> None:
        self._inner: WSGIApplication = inner
        self._exchange = service.exchange
        self._has_page = service.settings.playground

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "/") not in ("/", ""):
            return self._inner(environ, start)
        if self._has_page and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._inner(environ, start)
        if environ["REQUEST_METHOD"] == "POST":
            answer = self._answer(environ)
        else:
            answer = line(405, "post an event to /", ("allow", "POST"))
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        if answer.status == 204:
            headers = []
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        limit = self._exchange.max_body_bytes
        given = environ.get("CONTENT_LENGTH") or "0"
        if not given.isdecimal():
            return line(400, "content-length is no number")
        stream = environ["wsgi.input"]
        if int(given) > limit:
            return _refuse(stream, limit)
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        body = stream.read(limit + 1) if chunked else stream.read(int(given))
        if len(body) > limit:
            return _refuse(stream, limit)
        if not chunked and len(body) < int(given):
            return line(400, "the body ended early")
        return self._exchange.answer(headers_of(environ), body)


def _refuse(stream: Any, limit: int) -> Answer:
    """Few senders read before they have written everything: to the others the answer to a body
    that nobody takes is a broken connection, and a broker delivers the event again."""
    left = DISCARDED_BYTES
    while left > 0 and (part := stream.read(min(left, 65_536))):
        left -= len(part)
    return line(413, f"the body is longer than {limit} bytes", ("connection", "close"))
