"""One way to reach the function; see the modules ``url``, ``broker`` and ``local``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from agent_trm.contract import AnyResponse, TRMResponse
from agent_trm.errors import Refused, Unavailable


def margin(seconds: float) -> float:
    """Return how much sooner than the caller the function gives up: what it has by then shall
    arrive."""
    return min(max(0.5, seconds / 10), 2.0, seconds / 2)


def expiry(seconds: float) -> datetime:
    """When a request expires whose caller waits for ``seconds``."""
    return datetime.now(UTC) + timedelta(seconds=seconds - margin(seconds))


class Transport(Protocol):
    """Carries one request to the function and its reply back."""

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> AnyResponse:
        """Return the function's answer to a request event with this id and data.

        :param seconds: time until an answer is of no use.
        :raises Refused: the function gave the request up for good.
        :raises Unavailable: there is no answer for the moment.
        """

    async def check(self) -> str:
        """Return what answers, as one line for people.

        :raises Unavailable: nothing does, and why.
        """

    async def close(self) -> None:
        """Give everything back; no call may follow."""


def read_reply(event_type: str, data: Any) -> AnyResponse:
    """Return the answer in the data of a reply event.

    :raises Refused: it is a ``failed`` reply whose request can never succeed.
    :raises Unavailable: it is a ``failed`` reply to try again, or no reply at all.
    """
    if isinstance(data, dict) and event_type.endswith(".completed"):
        try:
            return TRMResponse[Any].model_validate(data)
        except ValueError:
            raise Unavailable("the reply lacks fields of an answer") from None
    if isinstance(data, dict) and event_type.endswith(".failed"):
        problem = data.get("error")
        error = problem if isinstance(problem, dict) else {}
        message = str(error.get("message", "no reason given"))
        if error.get("retryable"):
            raise Unavailable(message)
        raise Refused(message, str(error.get("code", "refused")))
    raise Unavailable(f"{event_type or 'something'} came instead of a reply event")
