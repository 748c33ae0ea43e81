"""The way of one request along the members of the chain, or to the one that it names."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from function.backends.base import Model
from function.backends.breaker import GuardedModel, cause_of
from function.backends.member import ChainMember
from function.contract import Attempt, AttemptOutcome
from function.deadline import Clock, Deadline, milliseconds
from function.errors import (
    FunctionError,
    ModelRefused,
    ModelUnavailable,
    RequestExpired,
    RequestFailed,
)

RESERVE_SHARE = 1 / 3
RESERVE_SECONDS = 20.0
"""What is kept back of a request's time for the members behind the one that is asked."""
LONGEST_MESSAGE = 180
"""Characters; the sender receives one short line."""


class Walk:
    """Asks one member after the other until one answers; used by one thread.

    :param links: in order of preference.
    :param silence: see :class:`function.backends.chain.Chain`.
    """

    __slots__ = (
        *("attempts", "_links", "_deadline", "_silence"),
        *("_clock", "_place", "_reasons", "_fault", "_refusals"),
    )

    def __init__(
        self, links: Sequence[ChainMember], deadline: Deadline, silence: float, clock: Clock
    ) -> None:
        self.attempts: list[Attempt] = []
        """What each member did so far."""
        self._links = links
        self._deadline = deadline
        self._silence = silence
        self._clock = clock
        self._place = 0
        self._reasons: list[str] = []
        self._fault: Exception | None = None
        self._refusals = 0

    @property
    def goes_on(self) -> bool:
        """Whether there is time for another member."""
        return not self._deadline.passed

    @property
    def fallback_reason(self) -> str | None:
        """Why the members so far did not answer for good."""
        return "; ".join(self._reasons) if self._reasons else None

    def next(self) -> Try:
        """Return the next member that can be asked.

        A member's fault costs no more than its budget: the time left, less what is kept back for
        those behind it. A request is refused for good only when all of them refuse it.

        :raises RequestFailed: the request can never succeed, or its time is over.
        :raises ModelUnavailable: no member is left that can answer for the moment.
        """
        if self.attempts and self._deadline.passed:
            raise self._failure()
        while self._place < len(self._links):
            link = self._links[self._place]
            self._place += 1
            if not link.writes and any(other.writes for other in self._links):
                continue
            watched = link.admit()
            if watched is None:
                self._skip(link)
                continue
            others = self._links[self._place :]
            watched.only = not others or not any(other.ready for other in others)
            budget = self._deadline if watched.only else self._budget()
            return Try(self, link, watched, budget, self._clock())
        raise self._failure()

    def settle(self, tried: Try, error: Exception | None) -> bool:
        """Note how a member did; return whether another one may make its error good."""
        link, started = tried.link, tried.started
        if error is None:
            self._note(link.label, "answered", None, started)
            return False
        if isinstance(error, RequestExpired):
            if self._deadline.passed:
                return False
            self._fail(link, error, "Timeout", started)
        elif isinstance(error, ModelRefused):
            # What one server does not take, another one may.
            self._fail(link, error, cause_of(error), started)
        elif isinstance(error, RequestFailed):
            self._note(link.label, "failed", cause_of(error), started)
            return False
        elif isinstance(error, ModelUnavailable) or error is tried.model.broken:
            self._fail(link, error, cause_of(error), started)
        else:
            return False
        return True

    def outdo(self, label: str, reason: str) -> None:
        """Note why the next member is asked after the one with this label answered."""
        self._reasons.append(f"{label}: {reason}")

    def mark(self, label: str, outcome: AttemptOutcome) -> None:
        """Record the outcome of the answer of the member with this label."""
        for attempt in self.attempts:
            if attempt.label == label and attempt.outcome == "answered":
                attempt.outcome = outcome

    def _budget(self) -> Deadline:
        kept = min(self._deadline.left * RESERVE_SHARE, RESERVE_SECONDS)
        return self._deadline._replace(at=self._deadline.at - kept, silence=self._silence)

    def _skip(self, link: ChainMember) -> None:
        self.attempts.append(Attempt(link.label, "skipped", link.cause))
        self._reasons.append(f"{link.label}: {link.reason}")

    def _fail(self, link: ChainMember, error: Exception, cause: str, started: float) -> None:
        self._note(link.label, "failed", cause, started)
        said = str(error) if isinstance(error, FunctionError) else cause
        self._reasons.append(f"{link.label}: {said}")
        self._fault = error
        self._refusals += isinstance(error, ModelRefused)

    def _note(self, label: str, outcome: AttemptOutcome, error: str | None, started: float) -> None:
        spent = milliseconds(self._clock() - started)
        self.attempts.append(Attempt(label, outcome, error, spent))

    def _failure(self) -> Exception:
        """Return the error for a request that no member answered."""
        if len(self._links) == 1 and self._fault is not None:
            return self._fault
        answered = any(it.outcome in ("answered", "outdone") for it in self.attempts)
        if not answered and self._fault is not None and not isinstance(self._fault, FunctionError):
            return self._fault
        message = "no model can answer: " + "; ".join(self._reasons)
        if self._refusals and self._refusals == len(self.attempts):
            return ModelRefused(message[:LONGEST_MESSAGE])
        wait = min(link.wait for link in self._links)
        return ModelUnavailable(message[:LONGEST_MESSAGE], wait)


class Try:
    """One member at work on a request; a context manager that notes how it does.

    It swallows an error that another member may make good. ``model`` answers until ``budget``.
    """

    __slots__ = ("_walk", "budget", "link", "model", "started")

    def __init__(
        self, walk: Walk, link: ChainMember, model: GuardedModel, budget: Deadline, started: float
    ) -> None:
        self.link = link
        self.model = model
        self.budget = budget
        self.started = started
        self._walk = walk

    @property
    def label(self) -> str:
        """Label of the member."""
        return self.link.label

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        try:
            if error is not None and not isinstance(error, Exception):
                return False
            return self._walk.settle(self, error)
        finally:
            self.model.release()


class SingleMember:
    """A model of the pool, asked as a ``Walk`` is, but in its place no other answers.

    :param label: the name that the request gave.
    """

    goes_on = False
    fallback_reason = None

    def __init__(
        self, label: str, model: Model, deadline: Deadline, clock: Clock = time.monotonic
    ) -> None:
        self.attempts: list[Attempt] = []
        """What it did."""
        self.label = label
        self.model = model
        self.budget = deadline
        self._clock = clock
        self._started = 0.0

    def next(self) -> Self:
        """Return the model, as the only one to try."""
        self._started = self._clock()
        return self

    def outdo(self, label: str, reason: str) -> None:
        """Do nothing: no other member is asked."""

    def mark(self, label: str, outcome: AttemptOutcome) -> None:
        """Do nothing: no other member is asked."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        spent = milliseconds(self._clock() - self._started)
        if error is None:
            self.attempts.append(Attempt(self.label, "answered", None, spent))
        elif isinstance(error, Exception):
            self.attempts.append(Attempt(self.label, "failed", cause_of(error), spent))
