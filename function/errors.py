"""Every error the function raises on purpose, and what its sender gets for it.

::

    FunctionError                    status  what the sender receives
    ├── NotAnEvent                   400     one line: the message is not a CloudEvent
    ├── SenderUnknown                401     one line: no bearer token
    ├── SenderRefused                403     one line: a wrong bearer token
    ├── BodyTooLarge                 413     one line
    ├── UnsupportedMode              415     one line: batches are off
    ├── UnsupportedCoding            415     one line and Accept-Encoding: a compressed body
    ├── TryAgain                     503     one line and Retry-After
    │   ├── NotReady                 503     the model is loading, or the process drains
    │   ├── Overloaded               429     the queue is full
    │   ├── ModelUnavailable         503     no model can answer for the moment
    │   └── SinkUnavailable          503     the sink did not take the reply (delivery/sink.py)
    ├── RequestFailed                200     a ``failed`` reply event that carries code and message
    │   ├── InvalidRequest           200     code ``invalid_request``; names every bad field
    │   ├── RequestExpired           200     code ``expired``
    │   ├── TooManyHops              200     code ``too_many_hops``: agents answer each other
    │   ├── Poisonous                200     code ``crashed``: the work on it ended the process
    │   ├── ModelRefused             200     code ``model_refused``: the model can never answer this
    │   └── ReplyTooLarge            200     code ``reply_too_large``: over what a broker takes
    └── ConfigurationError           —       stops the start with one line

A permanent failure is a 200 with a ``failed`` reply, because a broker drops or dead-letters a
4xx and the agent that asked would never hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

    from function.contract import Attempt


class FunctionError(Exception):
    """Root of the hierarchy; ``str(error)`` is safe to show to a sender.

    ``detail`` is what a server said about it, shortened, for the log only.
    """

    status: int = 500
    detail: str = ""


class NotAnEvent(FunctionError):
    """The HTTP message does not carry a valid CloudEvent."""

    status = 400


class SenderUnknown(FunctionError):
    """The sender presents no credentials."""

    status = 401


class SenderRefused(FunctionError):
    """The sender's credentials are wrong."""

    status = 403


class BodyTooLarge(FunctionError):
    """The HTTP body is longer than the configured limit."""

    status = 413


class UnsupportedMode(FunctionError):
    """The message uses a content mode that this function does not accept."""

    status = 415


class UnsupportedCoding(FunctionError):
    """The body has a content coding, such as gzip."""

    status = 415


class TryAgain(FunctionError):
    """The same event can succeed later; ``retry_after`` is the advised wait in seconds."""

    status = 503

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotReady(TryAgain):
    """The process is loading its model or is shutting down."""


class Overloaded(TryAgain):
    """More work is queued than can be done."""

    status = 429


class ModelUnavailable(TryAgain):
    """No configured model can answer for the moment.

    ``cause`` is the class of what went wrong (``ConnectTimeout``, ``status 503``, ...), short and
    free of everything that a sender or a server wrote. A ``retry_after`` above 1 says that there
    is no use in asking sooner.
    """

    def __init__(self, message: str, retry_after: int = 1, cause: str = "Unavailable") -> None:
        super().__init__(message, retry_after)
        self.cause = cause


@dataclass(frozen=True)
class FieldError:
    """One bad field of a request: its dotted name and what is wrong with it."""

    field: str
    problem: str


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return what pydantic found wrong, in its order; the name is empty where it is not a single
    field."""
    return [
        FieldError(
            ".".join(str(part) for part in item["loc"]), item["msg"].removeprefix("Value error, ")
        )
        for item in error.errors(include_url=False, include_input=False)
    ]


def in_one_line(problems: Iterable[FieldError]) -> str:
    """Return the same for people."""
    return "; ".join(": ".join(filter(None, [each.field, each.problem])) for each in problems)


class RequestFailed(FunctionError):
    """The request can never succeed; the sender gets a ``failed`` reply event.

    ``attempts`` is what the backends that were asked did.
    """

    status = 200
    code = "request_failed"
    attempts: Sequence[Attempt] = ()


class InvalidRequest(RequestFailed):
    """The event is valid but its data is not a request; ``fields`` names every bad field."""

    code = "invalid_request"

    def __init__(self, fields: list[FieldError]) -> None:
        self.fields = fields
        super().__init__(in_one_line(fields))


class RequestExpired(RequestFailed):
    """The deadline passed before any work could start."""

    code = "expired"


class TooManyHops(RequestFailed):
    """The request was caused by a reply, that one by a reply, and so on: a loop."""

    code = "too_many_hops"


class Poisonous(RequestFailed):
    """The process ended every time that it worked on this event."""

    code = "crashed"


class ModelRefused(RequestFailed):
    """The model answered that it cannot process this request, now or later."""

    code = "model_refused"


class PromptTooLong(ModelRefused):
    """The conversation does not fit the model that its sender gets."""


class ReplyTooLarge(RequestFailed):
    """The answer is longer than a broker passes on."""

    code = "reply_too_large"


class ConfigurationError(FunctionError):
    """A setting has no usable value; the message is the one line that the operator sees."""


def cause_of(error: Exception) -> str:
    """Return the class of an error; of a model's the one that it names."""
    return error.cause if isinstance(error, ModelUnavailable) else type(error).__name__
