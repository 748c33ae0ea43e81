"""Routes and errors of the APIs that the function speaks beside CloudEvents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from function.errors import (
    FieldError,
    FunctionError,
    InvalidRequest,
    RequestFailed,
    SenderRefused,
    SenderUnknown,
    TryAgain,
)
from function.events.message import HttpResponse, message_of
from function.events.strict_json import json_bytes, strict_json
from function.http.http1 import Headers
from function.http.wsgi import Streamed

JSON = ("content-type", "application/json")
LONGEST_MESSAGE = 1_000
LONGEST_FIELD = 200
_JSON_TYPE = re.compile(
    r"application/(?:json|[\w.+-]+\+json)\s*(?:;\s*charset=\"?utf-8\"?)?\s*", re.I
)
_FORM_TYPE = "application/x-www-form-urlencoded"

Response = HttpResponse | Streamed


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its headers, its body, and the rest of its path behind that of its route."""

    headers: Headers
    body: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The handler of a method at a path; a path that ends with a slash takes one more part.

    ``guarded`` is whether a bearer token is needed where the function requires one.
    """

    method: Literal["GET", "POST"]
    path: str
    handle: Callable[[Call], Response]
    guarded: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that each API writes in its own form."""

    status: int
    message: str
    code: str
    field: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Api(Protocol):
    """The routes of one API and the form of its errors."""

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error in one line of JSON."""


class WrongCall(FunctionError):
    """The request is not one of this API; ``field`` names what is wrong."""

    def __init__(
        self, status: int, message: str, code: str = "invalid_request", field: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field


def unsupported(field: str, reason: str) -> WrongCall:
    """Return the error for a field that is not supported."""
    return WrongCall(400, f"{field} is not supported: {reason}", "unsupported_parameter", field)


def problem_of(error: FunctionError) -> Problem:
    """Return the status, message and code of an error."""
    message = str(error)[:LONGEST_MESSAGE]
    if isinstance(error, WrongCall):
        return Problem(error.status, message, error.code, error.field)
    if isinstance(error, TryAgain):
        code = "rate_limit_exceeded" if error.status == 429 else "unavailable"
        wait = ("retry-after", str(error.retry_after))
        return Problem(error.status, message, code, None, (wait,))
    if isinstance(error, InvalidRequest):
        field = error.fields[0].field[:LONGEST_FIELD] if error.fields else None
        return Problem(400, message, error.code, field or None)
    if isinstance(error, RequestFailed):
        return Problem(400, message, error.code)
    if isinstance(error, SenderUnknown | SenderRefused):
        known = isinstance(error, SenderRefused)
        challenge = [] if known else [("www-authenticate", "Bearer")]
        return Problem(error.status, message, "invalid_api_key", None, tuple(challenge))
    codes = {413: "request_too_large", 415: "unsupported_media_type", 500: "internal_error"}
    return Problem(error.status, message, codes.get(error.status, "invalid_request"))


def json_answer(
    value: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> HttpResponse:
    """Return an answer of one line of JSON."""
    return HttpResponse(status, message_of([JSON, *headers], json_bytes(value) + b"\n"))


def require_json(call: Call, takes_forms: bool = False) -> None:
    """Check the content type of a body.

    :param takes_forms: see :func:`read_object`.
    :raises WrongCall: it is not JSON.
    """
    given = {name.lower(): value for name, value in call.headers}
    kind = given.get("content-type", "").strip()
    if not _JSON_TYPE.fullmatch(kind):
        is_program = "origin" not in given and takes_forms
        if not (is_program and kind.partition(";")[0].strip().lower() in ("", _FORM_TYPE)):
            raise WrongCall(415, "send application/json", "unsupported_media_type")


def read_object(call: Call, takes_forms: bool = False) -> dict[str, Any]:
    """Return the JSON object in a body, without its fields that are null.

    :param takes_forms: whether the content type that curl sends by default is taken for JSON. A
        page of another site could send it too, but never without an ``Origin``.
    :raises WrongCall: it is not a JSON object.
    """
    require_json(call, takes_forms)
    try:
        data = strict_json(call.body)
    except ValueError as error:
        raise WrongCall(400, f"the body is not JSON: {error}"[:LONGEST_FIELD]) from None
    if not isinstance(data, dict):
        raise WrongCall(400, "the body must be a JSON object")
    return {name: value for name, value in data.items() if value is not None}


def renamed(error: InvalidRequest, names: Mapping[str, str]) -> InvalidRequest:
    """Return an error whose fields have the names that the sender gave them."""
    fields = [
        FieldError(names.get(head, head) + dot + rest, item.problem)
        for item in error.fields
        for head, dot, rest in [item.field.partition(".")]
    ]
    return InvalidRequest(fields)
