"""The models that may answer, in order: when one fails, the next is asked."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from function.backends.base import Model, Turn, Watchable
from function.backends.member import ChainMember, GuardedModel
from function.backends.registry import Member
from function.contract import Attempt, AttemptOutcome
from function.deadline import Clock, Deadline, milliseconds
from function.errors import (
    FunctionError,
    ModelRefused,
    ModelUnavailable,
    NotReady,
    RequestExpired,
    RequestFailed,
    cause_of,
)
from function.telemetry import Log

RESERVE_SHARE = 1 / 3
RESERVE_SECONDS = 20.0
"""What is kept back of a request's time for the members behind the one that is asked."""
LONGEST_MESSAGE = 180
"""Characters; the sender receives one short line."""


class Chain:
    """Loads its members side by side, so that a slow or broken one holds up no other.

    One that writes no text, such as a network that answers puzzles, is asked for none as long as
    there is another in the chain.

    :param members: in order of preference; at least one.
    :param probe: the conversation a member must answer before it serves. One that begins as most
        requests do leaves its work in the prefix cache.
    :param silence: seconds that a server may write nothing while another member can answer.
    :param clock: monotonic seconds, for the pauses of breakers.
    """

    def __init__(
        self,
        members: Sequence[Member],
        probe: Sequence[Turn],
        log: Log,
        silence: float = math.inf,
        clock: Clock = time.monotonic,
    ) -> None:
        self._log = log
        self._silence = silence
        self._clock = clock
        self._known = threading.Event()
        self.labels = tuple(member.label for member in members)
        """What the members are called by requests, replies and logs."""
        self._links = [ChainMember(member, probe, log, self._settled, clock) for member in members]

    def start(self) -> None:
        """Begin loading; returns at once."""
        for link in self._links:
            link.start()

    def wait(self, seconds: float) -> bool:
        """Wait until it is known which member answers first, or that none can.

        True when one answers.
        """
        self._known.wait(seconds)
        return self._known.is_set() and self._loaded

    @property
    def state(self) -> tuple[bool, str]:
        """Whether a model answers, and one line about it for people."""
        problems: list[str] = []
        for link in sorted(self._links, key=lambda link: not link.writes):
            if (model := link.model) is not None and link.ready:
                reason = f" ({'; '.join(problems)})" if problems else ""
                return True, f"ready: {model.name} on {model.backend}{reason}"
            problems.append(f"{link.label}: {link.reason}")
        if not self._loaded and not self.settled:
            return False, "loading the model"
        return False, "no model can answer: " + "; ".join(problems)

    @property
    def settled(self) -> bool:
        """Whether every member is loaded or has failed to load."""
        return all(link.settled for link in self._links)

    @property
    def backends(self) -> list[dict[str, Any]]:
        """What is known about each member, in order, as JSON values."""
        return [
            {
                "label": link.label,
                "backend": link.model.backend if link.model else None,
                "model": link.model.name if link.model else None,
                "state": link.state,
                "last_error": link.cause,
                "latency_ms": None if link.latency_ms is None else round(link.latency_ms, 3),
            }
            for link in self._links
        ]

    def stuck(self, limit: float) -> str | None:
        """Return the label of a member whose engine has been silent for more than ``limit`` seconds
        with a call under way; None while every engine moves."""
        for link in self._links:
            if isinstance(link.model, Watchable) and link.model.silence > limit:
                return link.label
        return None

    def require(self) -> None:
        """Raise an error unless a member is loaded.

        :raises NotReady: all that can be are still loading.
        :raises ModelUnavailable: every member failed to load.
        """
        if self._loaded:
            return
        _, message = self.state
        if all(link.settled for link in self._links):
            raise ModelUnavailable(
                message[:LONGEST_MESSAGE], min(link.wait for link in self._links)
            )
        raise NotReady(message, 1)

    def walk(self, deadline: Deadline, label: str | None = None) -> Walk:
        """Return the way of one request along the members.

        :param label: of the only member that may answer; None for all of them.
        """
        links = self._links
        if label is not None:
            links = [link for link in links if link.label == label]
        return Walk(links, deadline, self._silence, self._clock)

    def close(self) -> None:
        """Wait for loads under way, then close what was loaded."""
        for link in self._links:
            link.stop()
        for link in self._links:
            link.close()

    @property
    def _loaded(self) -> bool:
        return any(link.model is not None for link in self._links)

    def _settled(self) -> None:
        first = next((link for link in self._links if not link.settled or link.model), None)
        if first is None:
            problems = [f"{link.label}: {link.problem}" for link in self._links]
            self._log.error("trm_model_unavailable", problems=problems)
        if first is None or first.model:
            self._known.set()


class Walk:
    """Asks one member after the other until one answers; used by one thread.

    :param links: in order of preference.
    :param silence: see :class:`Chain`.
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
    :param lent: lends the model, loading it first where it has to.
    """

    goes_on = False
    fallback_reason = None

    def __init__(
        self,
        label: str,
        lent: AbstractContextManager[Model],
        deadline: Deadline,
        clock: Clock = time.monotonic,
    ) -> None:
        self.attempts: list[Attempt] = []
        """What it did."""
        self.label = label
        self.model: Model
        self._lent = lent
        self.budget = deadline
        self._clock = clock
        self._started = 0.0

    def next(self) -> Self:
        """Return the model, as the only one to try."""
        return self

    def outdo(self, label: str, reason: str) -> None:
        """Do nothing: no other member is asked."""

    def mark(self, label: str, outcome: AttemptOutcome) -> None:
        """Do nothing: no other member is asked."""

    def __enter__(self) -> Self:
        self.model = self._lent.__enter__()
        self._started = self._clock()
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
        self._lent.__exit__(kind, error, traceback)
