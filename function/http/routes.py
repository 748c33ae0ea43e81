"""Which request gets which answer: events, probes, metrics and schemas, and one line for the rest.

Shared by the server, the WSGI application and the Knative Functions adapter.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from function.events.message import HttpResponse, line, message_of
from function.events.strict_json import json_bytes
from function.events.types import schemas
from function.http.api.base import Response
from function.http.api.router import ApiRouter
from function.http.http1 import Headers
from function.service import Service

RESERVED = ("/health/", "/schemas/", "/playground/")
"""Where no event is taken."""
AGENTS_PROBES = ("/health", "/ready")
"""Probes where events are taken as well."""
LONGEST_ORIGIN = 256
_ONLY_GET = line(405, "this path can only be read", ("allow", "GET, HEAD"))
_ONLY_POST = line(405, "post an event to /", ("allow", "POST"))
_NOT_FOUND = line(404, "nothing is found here; post an event to /")


class Routes:
    """Answers requests of the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._apis = ApiRouter(service)
        self.event = service.exchange.answer
        self._probes: dict[str, Callable[[], HttpResponse]] = {
            "/health/liveness": self._liveness,
            "/health/readiness": self._readiness,
            "/health/backends": lambda: _json(service.backends),
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
        }

    def answer(
        self, method: str, path: str, headers: Headers, body: bytes, has_pages: bool = False
    ) -> Response | None:
        """Answer one request; None for those of the pages, where there are any.

        :param path: decoded, without a query.
        """
        found = self.early(method, path, headers, has_pages)
        if found is not None or (has_pages and self.is_page(method, path)):
            return found
        return self.with_body(method, path, headers, body)

    def with_body(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Answer a request that :meth:`early` left: an event, or one of another API."""
        if self._apis.owns(path) and not _has_event(headers):
            return self._apis.answer(method, path, headers, body)
        return self.event(headers, body)

    def early(
        self, method: str, path: str, headers: Headers, has_pages: bool = False
    ) -> Response | None:
        """Answer what needs no body; None for the rest and for pages."""
        is_api = self._apis.owns(path)
        if method == "POST" and (is_api or path in AGENTS_PROBES) and _has_event(headers):
            return None
        if is_api:
            return self._apis.early(method, path, headers)
        if _reads(method):
            found = self.probe(method, path) or self._schema(path)
            if found is not None:
                return found
        if has_pages and self.is_page(method, path):
            return None
        if path in self._probes or path.startswith(RESERVED):
            known = path in self._probes or self._schema(path) is not None
            return _ONLY_GET if known else _NOT_FOUND
        if method == "POST":
            return None
        if method == "OPTIONS":
            return _permission(headers)
        return _ONLY_POST if path == "/" or not _reads(method) else _NOT_FOUND

    def is_page(self, method: str, path: str) -> bool:
        """Return whether the playground answers this, where there is one."""
        return path.startswith("/playground/") or (path == "/" and _reads(method))

    def probe(self, method: str, path: str) -> HttpResponse | None:
        """Answer a probe, which takes no thread's time; None for every other request."""
        found = self._probes.get(path) if _reads(method) else None
        return None if found is None else found()

    def _liveness(self) -> HttpResponse:
        problem = self._service.stuck
        return _text(503, f"stuck: {problem}") if problem else _text(200, "alive")

    def _readiness(self) -> HttpResponse:
        ready, message = self._service.state
        return _text(200 if ready else 503, message)

    def _health(self) -> HttpResponse:
        """Answer as the agents' own services do: 200, and in the body how it is."""
        ready, message = self._service.state
        return _json(
            {
                "status": "healthy" if ready else "degraded",
                "model_loaded": ready,
                "device": self._service.settings.device,
                "gpu_available": False,
                "detail": message,
            }
        )

    def _ready(self) -> HttpResponse:
        ready, message = self._service.state
        status = "ready" if ready else "not_ready"
        return _json({"status": status, "detail": message}, 200 if ready else 503)

    def _metrics(self) -> HttpResponse:
        kind = ("content-type", "text/plain; version=0.0.4; charset=utf-8")
        return HttpResponse(200, message_of([kind], self._service.metrics.exposition()))

    def _schema(self, path: str) -> HttpResponse | None:
        if path == "/schemas/":
            return _json({name: f"/schemas/{name}" for name in schemas()})
        if not path.startswith("/schemas/"):
            return None
        schema = schemas().get(path.removeprefix("/schemas/"))
        return _json(schema) if schema else None


def _permission(headers: Headers) -> HttpResponse:
    """Grant a sender of webhooks what it asks for before it sends events.

    See the CloudEvents specification "HTTP 1.1 Web Hooks for Event Delivery", section 4.
    """
    given = {name.lower(): value for name, value in headers}
    origin = given.get("webhook-request-origin", "")
    if not origin or len(origin) > LONGEST_ORIGIN or not origin.isprintable():
        return _ONLY_POST
    granted = [("allow", "POST"), ("webhook-allowed-origin", origin)]
    if "webhook-request-rate" in given:
        granted.append(("webhook-allowed-rate", "*"))
    return HttpResponse(200, message_of(granted, b""))


def _has_event(headers: Headers) -> bool:
    """Whether a request carries an event: a Trigger may name any path."""
    for name, value in headers:
        lowered = name.lower()
        if lowered == "ce-specversion":
            return True
        if lowered == "content-type" and value.lower().startswith("application/cloudevents"):
            return True
    return False


def _reads(method: str) -> bool:
    return method in ("GET", "HEAD")


def _text(status: int, text: str) -> HttpResponse:
    return line(HTTPStatus(status).value, text)


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(
        status, message_of([("content-type", "application/json")], json_bytes(value))
    )
