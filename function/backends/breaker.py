"""A circuit breaker for each member, and the guard that reports every call to it.

The pattern is Michael Nygard's ("Release It!", 2007): closed, all calls pass; open, none does;
half-open, one does, and its outcome decides for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from function.backends.base import Generation, Model, Scores, Turn
from function.deadline import Clock, Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable

if TYPE_CHECKING:
    from function.backends.member import ChainMember

BreakerState = Literal["closed", "open", "half-open"]

FAILURES = 3
"""In a row; a single one may be the fault of the network or of the request."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses double up to here. Advice of a server may be longer."""


class Breaker:
    """Safe to share between threads; costs two comparisons while all goes well.

    A caller takes a ticket with :meth:`admit` and returns it with :meth:`succeed`, :meth:`fail` or
    :meth:`release`. A ticket from before the last change of state is ignored.

    :param clock: monotonic seconds.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state: BreakerState = "closed"
        self._ticket = 0
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0

    @property
    def state(self) -> BreakerState:
        """``half-open`` only while one is asking; an open one may have its pause behind it."""
        return self._state

    @property
    def wait(self) -> float:
        """Seconds until a call is admitted; 0 for now."""
        return max(self._until - self._clock(), 0.0) if self._state == "open" else 0.0

    @property
    def may_admit(self) -> bool:
        """Whether :meth:`admit` would give a ticket."""
        if self._state == "closed":
            return True
        return self._state == "open" and self._clock() >= self._until

    def admit(self) -> int | None:
        """Return a ticket to ask with, or None; while half-open there is only one."""
        return self._ticket if self._state == "closed" else self._admit_one()

    def succeed(self, ticket: int) -> None:
        """Record an answer to the request with this ticket."""
        if ticket == self._ticket and self._state == "closed" and not self._failures:
            return
        with self._lock:
            if ticket != self._ticket:
                return
            self._failures = 0
            self._pause = 0.0
            if self._state != "closed":
                self._turn("closed")

    def fail(self, ticket: int, advised: float = 0.0) -> None:
        """Record a failure of the request with this ticket.

        :param advised: seconds of pause that the server asks for; the breaker opens at once.
        """
        with self._lock:
            if ticket != self._ticket:
                return
            self._failures += 1
            if self._state == "closed" and self._failures < FAILURES and not advised:
                return
            self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            self._until = self._clock() + max(self._pause, advised)
            self._turn("open")

    def release(self, ticket: int) -> None:
        """Give the ticket back without a result, so that the next request may probe."""
        if self._state != "half-open":
            return
        with self._lock:
            if ticket == self._ticket and self._state == "half-open":
                self._turn("open")

    def _admit_one(self) -> int | None:
        with self._lock:
            if not self.may_admit:
                return None
            if self._state == "open":
                self._turn("half-open")
            return self._ticket

    def _turn(self, state: BreakerState) -> None:
        self._state = state
        self._ticket += 1


FAIR_SECONDS = 5.0
"""A member that got less than this before its deadline passed is not blamed for its silence: else
a sender with a short deadline could turn it off for everybody."""


class GuardedModel:
    """Passes calls on to a model and reports their outcome to its breaker and its member.

    :param ticket: what the breaker gave for this request.
    :param clock: monotonic seconds.
    """

    __slots__ = (
        *("name", "backend", "window", "abilities", "broken", "only"),
        *("_link", "_model", "_breaker", "_ticket", "_clock"),
    )

    def __init__(
        self, link: ChainMember, model: Model, breaker: Breaker, ticket: int, clock: Clock
    ) -> None:
        self.name = model.name
        self.backend = model.backend
        self.window = model.window
        self.abilities = model.abilities
        self.broken: Exception | None = None
        """What the model raised that no model should."""
        self.only = False
        """Whether no other member can answer, so that an empty answer has to do."""
        self._link = link
        self._model = model
        self._breaker = breaker
        self._ticket = ticket
        self._clock = clock

    def generate(self, turns: Sequence[Turn], **options: Any) -> Generation:
        """See :meth:`function.backends.base.Model.generate`."""
        started = self._clock()
        try:
            said = self._model.generate(turns, **options)
        except Exception as error:
            self._note(error)
            raise
        self._judge(said, bool(said.text.strip()), started)
        return said

    def generate_samples(self, turns: Sequence[Turn], **options: Any) -> list[Generation]:
        """See :meth:`function.backends.base.Model.generate_samples`."""
        started = self._clock()
        try:
            written = self._model.generate_samples(turns, **options)
        except Exception as error:
            self._note(error)
            raise
        self._judge(written[0], any(said.text.strip() for said in written), started)
        return written

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`."""
        started = self._clock()
        try:
            scores = self._model.score(turns, continuations, deadline)
        except Exception as error:
            self._note(error)
            raise
        self._praise(started)
        return scores

    def count_tokens(self, text: str) -> int:
        """See :meth:`function.backends.base.Model.count_tokens`."""
        return self._model.count_tokens(text)

    def release(self) -> None:
        """Give the ticket of this request back."""
        self._breaker.release(self._ticket)

    def close(self) -> None:
        """Do nothing: the chain closes its models."""

    def blame(self, cause: str, advised: int = 0) -> None:
        """Hold a failure against the member.

        :param advised: seconds of pause that it asks for; up to 1 is not advice.
        """
        self._link.cause = cause
        self._breaker.fail(self._ticket, float(advised) if advised > 1 else 0.0)

    def _judge(self, said: Generation, something: bool, started: float) -> None:
        if something:
            self._praise(started)
        else:
            self._judge_silence(said, self._clock() - started)

    def _praise(self, started: float) -> None:
        self._link.latency_ms = (self._clock() - started) * 1000
        self._breaker.succeed(self._ticket)

    def _judge_silence(self, said: Generation, seconds: float) -> None:
        if said.finish_reason == "deadline":
            # A model in this process is as slow as what senders ask of it; where it is the only
            # one, leaving it alone would refuse everybody for the long prompts of one sender.
            if seconds >= FAIR_SECONDS and (self.abilities.hosted or not self.only):
                self.blame("Timeout")
        elif not self.only:
            self.blame("EmptyAnswer")
            error = ModelUnavailable(f"{self.name} answered with nothing", cause="EmptyAnswer")
            self._link.log_failure(error)
            raise error

    def _note(self, error: Exception) -> None:
        self._link.log_failure(error)
        if isinstance(error, ModelRefused):
            self._breaker.succeed(self._ticket)  # it works; it is the request that does not
        elif isinstance(error, ModelUnavailable):
            self.blame(error.cause, error.retry_after)
        elif not isinstance(error, FunctionError):
            # It may well be this one request that brings the bug out: turned off for it, the
            # member would be lost for everybody.
            self.broken = error
            self._link.cause = cause_of(error)


def detail_of(error: Exception) -> str | None:
    """Return what a server said about it, for the log."""
    return (error.detail or None) if isinstance(error, FunctionError) else None


def cause_of(error: Exception) -> str:
    """Return the class of what went wrong."""
    return error.cause if isinstance(error, ModelUnavailable) else type(error).__name__
