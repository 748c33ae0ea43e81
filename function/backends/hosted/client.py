"""One HTTP client for every server that writes text for us.

Asked again is only what the server cannot have worked on: a connection that was never made or was
closed without an answer (a pooled one that its server had given up, whatever the socket makes of
that), and an answer that says "later" (429, 503, 529). All else would pay for the same text twice.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from random import random as fraction
from typing import Any

import httpx

from function.backends.hosted.refusals import fault_of, read_refusal
from function.deadline import Clock, Deadline
from function.errors import FunctionError, ModelUnavailable
from function.outbound.call import Call, OutOfTime, Refused, Silence
from function.outbound.proxies import client_for
from function.outbound.retry import advised_seconds

CHECK_SECONDS = 10.0
"""For the short question whether a server is there and has the model."""
IDLE_SECONDS = 3.0
"""Servers on uvicorn close a connection that is idle for five seconds; ours goes first."""
LIMITS = httpx.Limits(
    max_connections=64, max_keepalive_connections=16, keepalive_expiry=IDLE_SECONDS
)
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 2.0
"""A server that asks for a longer pause is left to the next request."""

LATER = frozenset((429, 503, 529))  # 529: Anthropic, "overloaded_error"
_UNHEARD = (httpx.ConnectError, httpx.RemoteProtocolError)
"""The server cannot have worked on the request."""
_GIVEN_UP = (httpx.ReadError, httpx.WriteError)
"""The same, if the connection had been kept: its server closed it while the request was sent."""


@dataclass(frozen=True)
class Network:
    """How servers are reached and how time passes between attempts; tests replace it.

    :param sleep: waits that many seconds.
    :param random: a fraction from 0 to 1 for the jitter.
    :param now: seconds since the epoch, for a ``Retry-After`` that names a date.
    :param environ: the variables that name proxies.
    """

    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = fraction
    now: Clock = time.time
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


INTERNET = Network()


class Remote:
    """One server behind one pooled client; safe to share between threads.

    :param title: the server's name in messages; its address may hold a password.
    :param url: what paths are relative to.
    """

    def __init__(
        self,
        title: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        network: Network = INTERNET,
    ) -> None:
        self.title = title
        self._client = client_for(
            url,
            base_url=_without_user(url) if headers and "authorization" in headers else url,
            headers=headers,
            limits=LIMITS,
            transport=network.transport,
            environ=network.environ,
        )
        self._network = network
        self._unknown: frozenset[str] = frozenset()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return one short answer in JSON; errors as :meth:`fault`, and none is awaited for
        long."""
        try:
            text = "".join(self.lines(method, path, body, Deadline.after(CHECK_SECONDS)))
            return json.loads(text)
        except OutOfTime:
            raise ModelUnavailable(f"{self.title} does not answer", cause="Timeout") from None
        except Refused as refused:
            raise self.fault(refused) from None
        except (ValueError, RecursionError):
            raise self.nonsense("no JSON") from None

    def lines(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        deadline: Deadline,
        silence: Silence | None = None,
    ) -> Generator[str]:
        """Yield the lines of an answer as they come, without their line ends.

        :param silence: ended by the caller whenever a line brings the answer on.
        :raises OutOfTime: at the deadline.
        :raises Refused: the server answers with an error, also after the pauses it asked for.
        :raises ModelUnavailable: no whole answer.
        """
        silence = silence or Silence(deadline)
        failures = 0
        while True:
            begun = False
            advised = 0.0
            call = Call(self._client, method, path, body, deadline, silence)
            try:
                with closing(call.lines()) as heard:
                    for line in heard:
                        begun = True
                        yield line
                return
            except Refused as refused:
                advised = self.advice(refused)
                again = refused.status in LATER and self._passes(refused)
                fault: Exception = refused
            except httpx.HTTPError as error:
                again = not begun and (
                    isinstance(error, _UNHEARD)
                    or (isinstance(error, _GIVEN_UP) and call.reused and not failures)
                )
                name = type(error).__name__
                fault = ModelUnavailable(f"{self.title} failed: {name}", cause=name)
            pause = max(advised, FIRST_PAUSE_SECONDS * 2**failures * self._network.random())
            failures += 1
            patience = min(PATIENCE_SECONDS, deadline.left, silence.left)
            if not again or failures >= ATTEMPTS or pause > patience:
                raise fault
            self._network.sleep(pause)

    def fault(self, refused: Refused) -> FunctionError:
        """Return the error for a refusal, by :func:`function.backends.hosted.refusals.fault_of`."""
        refusal = read_refusal(refused.status, refused.text)
        return fault_of(self.title, refusal, self.advice(refused))

    def advice(self, refused: Refused) -> float:
        """Return the seconds that the server asks to wait; 0 for none."""
        return advised_seconds(refused.headers, self._network.now)

    def nonsense(self, problem: str) -> ModelUnavailable:
        """Return the error for an answer that cannot be read.

        :param problem: what is wrong with it, for the log.
        """
        message = f"{self.title} answered with something that is not an answer"
        error = ModelUnavailable(message, cause="WrongAnswer")
        error.detail = problem
        return error

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _passes(self, refused: Refused) -> bool:
        """Return whether a pause can help: an empty wallet is refused with 429 too."""
        return read_refusal(refused.status, refused.text).kind != "credit"


def _without_user(url: str) -> str:
    """Return the URL without a user and password, which httpx would send in place of a key."""
    return str(httpx.URL(url).copy_with(userinfo=b""))
