"""Routes of the playground: the page, its assets, recent events, the event stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from importlib.resources import files

from flask import Blueprint, Response, jsonify, render_template, request
from jinja2.utils import htmlsafe_json_dumps

from function.delivery.admission import WaitQueue
from function.errors import FunctionError
from function.events.codec import Mode, mode_of
from function.pipeline.history import History
from function.playground.event_stream import watch
from function.playground.examples import examples_of
from function.service import Service

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""No content of other sites is loaded, and no text of a request or a model can run."""


def build_pages(service: Service, history: History) -> Blueprint:
    """Return the page at ``/`` and everything below ``/playground/``."""
    pages = Blueprint("playground", __name__, template_folder="assets")
    assets = _assets()
    examples = [asdict(example) for example in examples_of(service.profiles)]
    types = sorted(service.handler.accepted_types)
    guarded = bool(service.settings.bearer_tokens)
    streams = WaitQueue(service.settings.waiters)

    @pages.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @pages.get("/")
    def page() -> str:
        ready, state = service.state
        return render_template(
            "page.html",
            examples=examples,
            examples_json=htmlsafe_json_dumps(examples),
            first_json=json.dumps(examples[0]["data"], indent=2, ensure_ascii=False),
            types=types,
            guarded=guarded,
            ready=ready,
            state=state,
        )

    @pages.get("/playground/<name>")
    def asset(name: str) -> tuple[bytes | str, int, dict[str, str]]:
        if name not in assets:
            return "no such file\n", 404, {"Content-Type": "text/plain"}
        kind = _TYPES[name.rpartition(".")[2]]
        return assets[name], 200, {"Content-Type": f"{kind}; charset=utf-8"}

    @pages.get("/playground/history")
    @_admitted(service)
    def entries() -> Response:
        return jsonify(history.entries())

    @pages.post("/playground/ask")
    def ask() -> Response:
        limit = service.exchange.max_body_bytes
        if request.content_length is None or request.content_length > limit:
            return _line(413, f"the body needs a length, of at most {limit} bytes")
        headers = [(name, value) for name, value in request.headers if name != "Prefer"]
        try:
            # Only this type: a page of another site cannot send it without a preflight request.
            structured = mode_of(headers) is Mode.STRUCTURED
        except FunctionError as error:
            return _line(error.status, str(error))
        if not structured:
            return _line(415, "send one event as application/cloudevents+json")
        if not streams.take():
            return _line(429, "too many streams are open", retry_after=1)
        stream = watch(service.exchange, [*headers, ("prefer", "reply")], request.get_data())
        response = Response(stream, content_type="text/event-stream")
        response.call_on_close(streams.leave)
        response.headers["X-Accel-Buffering"] = "no"
        return response

    return pages


def _admitted(service: Service) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """Admit senders as the endpoint of events does."""

    def guard(view: Callable[[], Response]) -> Callable[[], Response]:
        @wraps(view)
        def guarded() -> Response:
            try:
                service.exchange.admit(list(request.headers))
            except FunctionError as error:
                return _line(error.status, str(error))
            return view()

        return guarded

    return guard


def _line(status: int, text: str, retry_after: int | None = None) -> Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Response(f"{text}\n", status, headers, content_type="text/plain")


def _assets() -> dict[str, bytes]:
    folder = files("function.playground") / "assets"
    return {
        item.name: item.read_bytes()
        for item in folder.iterdir()
        if item.name.rpartition(".")[2] in _TYPES
    }
