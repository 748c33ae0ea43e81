"""Routing to the APIs beside CloudEvents, by the first part of the path."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from function.http.api.base import Api, Call, Problem, Response, Route, problem_of

if TYPE_CHECKING:
    from function.http.http1 import Headers
    from function.service import Service

LONGEST_SHOWN = 100
MCP = "/mcp"


class ApiRouter:
    """Answers each request of an API by its route, within the limits of events.

    An API is imported by the first request for one of its paths.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._made: dict[str, tuple[Api, dict[tuple[str, str], Route]]] = {}
        self._closed = () if service.settings.mcp else (MCP,)

    def owns(self, path: str) -> bool:
        """Return whether a path belongs to one of the APIs, served or not."""
        return path not in self._closed and _prefix_of(path) is not None

    def early(self, method: str, path: str, headers: Headers) -> Response | None:
        """Answer what needs no body; None for the rest, which :meth:`answer` takes with it."""
        api, route, methods = self._find(method, path)
        if route is None:
            return api.refuse(_no_route(path, methods))
        if route.method == "POST":
            return None
        return self.answer(method, path, headers, b"")

    def answer(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Answer one whole request; never raises."""
        api, route, methods = self._find(method, path)
        if route is None:
            return api.refuse(_no_route(path, methods))
        call = Call(headers, body, path[len(route.path) :])
        return self._service.exchange.serve(
            route.method,
            route.path,
            call.headers,
            call.body,
            partial(route.handle, call),
            lambda error: api.refuse(problem_of(error)),
            route.guarded,
        )

    def _find(self, method: str, path: str) -> tuple[Api, Route | None, list[str]]:
        """Return the API of a path, the route of a request, and the methods of its path."""
        prefix = _prefix_of(path)
        assert prefix is not None
        if prefix not in self._made:
            api = _APIS[prefix](self._service)
            self._made[prefix] = api, {(each.method, each.path): each for each in api.routes}
        api, routes = self._made[prefix]
        wanted = "GET" if method == "HEAD" else method
        found = {known: _route(routes, known, path) for known in ("GET", "POST")}
        return api, found.get(wanted), [known for known, route in found.items() if route]


def _route(routes: dict[tuple[str, str], Route], method: str, path: str) -> Route | None:
    """Return the route of a path, or the one that takes it as its last part, slashes included."""
    if (method, path) in routes:
        return routes[method, path]
    for (known, begin), route in routes.items():
        if known == method and begin.endswith("/") and path.startswith(begin):
            return route
    return None


def _no_route(path: str, methods: list[str]) -> Problem:
    if methods:
        allowed = ", ".join(name for method in methods for name in _also(method))
        message = f"this path takes {allowed}"
        return Problem(405, message, "method_not_allowed", None, (("allow", allowed),))
    shown = "".join(letter for letter in path if letter.isprintable())[:LONGEST_SHOWN]
    return Problem(404, f"nothing is at {shown}", "not_found")


def _also(method: str) -> tuple[str, ...]:
    return ("GET", "HEAD") if method == "GET" else (method,)


def _prefix_of(path: str) -> str | None:
    if path in _APIS:
        return path
    first, slash, _ = path[1:].partition("/")
    prefix = f"/{first}/"
    return prefix if slash and prefix in _APIS else None


def _openai(service: Service) -> Api:
    from function.http.api.openai import OpenAi

    return OpenAi(service)


def _ollama(service: Service) -> Api:
    from function.http.api.ollama import Ollama

    return Ollama(service)


def _alerts(service: Service) -> Api:
    from function.http.api.alerts import Alerts

    return Alerts(service)


def _reason(service: Service) -> Api:
    from function.http.api.reason import Reasoning

    return Reasoning(service)


def _mcp(service: Service) -> Api:
    from function.http.api.mcp import Mcp

    return Mcp(service)


_APIS: dict[str, Callable[[Service], Api]] = {
    "/v1/": _openai,
    "/api/": _ollama,
    "/alerts": _alerts,
    "/reason": _reason,
    MCP: _mcp,
}
