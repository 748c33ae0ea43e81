"""One HTTP client for every server that writes text for us.

Asked again is only what the server cannot have worked on: a connection that was never made or was
closed without an answer (a pooled one that its server had given up), and an answer that says
"later" (429, 503, 529). All else would pay for the same text twice.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from math import ceil
from random import random as fraction
from typing import Any

import httpx

from function.deadline import Clock, Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable, PromptTooLong
from function.models.call import Call, OutOfTime, Refused, Silence
from function.proxies import client_for
from function.retry_after import advised_seconds

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
"""A server that wants to be left alone for longer is left to the next request."""
LASTING_SECONDS = 60
"""Advice when only an operator can mend it: a wrong key, an unknown model, a redirect."""
LONGEST_ADVICE_SECONDS = 300

LATER = frozenset((429, 503, 529))  # 529: Anthropic, "overloaded_error"
REFUSED = frozenset((400, 413, 422))
PASSING = frozenset((408, 409, 425, 429))
_TOO_LONG = ("context length", "context size", "context_length", "context_size", "too long")


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
        """One short answer in JSON; errors as for :meth:`lines`, and none is awaited for long."""
        try:
            text = "".join(self.lines(method, path, body, Deadline.after(CHECK_SECONDS)))
            return json.loads(text)
        except OutOfTime:
            raise ModelUnavailable(f"{self.title} does not answer", cause="Timeout") from None
        except (ValueError, RecursionError):
            raise self.nonsense() from None

    def lines(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        deadline: Deadline,
        optional: Collection[str] = (),
        remembered: Collection[str] = (),
        silence: Silence | None = None,
    ) -> Generator[str]:
        """The lines of an answer as they come, without their line ends.

        :param optional: fields that the server may not know. When it refuses the request and
            names one of them, it is asked again without.
        :param remembered: those of them that are then left out for good.
        :param silence: ended by the caller whenever a line brings the answer on.
        :raises OutOfTime: at the deadline.
        :raises ModelUnavailable: no whole answer, or one that says that there is none now.
        :raises ModelRefused: the server will never take this request.
        """
        dropped: set[str] = set()
        body = _without(body, self._unknown)
        silence = silence or Silence(deadline)
        failures = 0
        while True:
            begun = False
            advised = 0.0
            try:
                call = Call(self._client, method, path, body, deadline, silence)
                with closing(call.lines()) as heard:
                    for line in heard:
                        if not begun:
                            begun = True
                            self._unknown |= dropped & set(remembered)
                        yield line
                return
            except Refused as refused:
                named = {name for name in optional if name in refused.text} - dropped
                if refused.status in REFUSED and named:
                    dropped |= named
                    body = _without(body, named)
                    continue
                again = refused.status in LATER
                advised = advised_seconds(refused.headers, self._network.now)
                fault = self.fault(refused.status, refused.text, advised)
            except httpx.HTTPError as error:
                again = not begun and isinstance(
                    error, httpx.ConnectError | httpx.RemoteProtocolError
                )
                name = type(error).__name__
                fault = ModelUnavailable(f"{self.title} failed: {name}", cause=name)
            pause = max(advised, FIRST_PAUSE_SECONDS * 2**failures * self._network.random())
            failures += 1
            patience = min(PATIENCE_SECONDS, deadline.left, silence.left)
            if not again or failures >= ATTEMPTS or pause > patience:
                raise fault
            self._network.sleep(pause)

    def fault(self, status: int, text: str = "", advised: float = 0.0) -> FunctionError:
        """The error for an HTTP status; nothing of the server's own text gets into it."""
        if status in REFUSED:
            if status == 413 or any(sign in text.lower() for sign in _TOO_LONG):
                return PromptTooLong(f"the conversation is too long for {self.title}")
            return ModelRefused(f"{self.title} refused the request with status {status}")
        lasting = status < 500 and status not in PASSING
        wait = LASTING_SECONDS if lasting else min(ceil(advised), LONGEST_ADVICE_SECONDS)
        message = f"{self.title} answered {status}"
        return ModelUnavailable(message, max(wait, 1), f"status {status}")

    def nonsense(self) -> ModelUnavailable:
        """The error for what cannot be read."""
        message = f"{self.title} answered with something that is no answer"
        return ModelUnavailable(message, cause="WrongAnswer")

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _without_user(url: str) -> str:
    """Return the URL without a user and password, which httpx would send in place of a key."""
    return str(httpx.URL(url).copy_with(userinfo=b""))


def _without(body: dict[str, Any] | None, names: Collection[str]) -> dict[str, Any] | None:
    """The body without the fields whose names hold one of these: logprobs also top_logprobs."""
    if not body or not names:
        return body
    return {key: value for key, value in body.items() if not any(name in key for name in names)}
