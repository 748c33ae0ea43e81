"""The way of one request along the members of the chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from function.backends.base import Model
from function.backends.guard import Watched, cause_of
from function.backends.member import Link
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
"""Characters; what a sender is told is one short line."""

T = TypeVar("T")


@dataclass(slots=True)
class Answered(Generic[T]):
    """What a member made of a request, its names, and why those before it did not answer."""

    label: str
    model_name: str
    backend: str
    result: T
    fallback_reason: str | None = None


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
        self, links: Sequence[Link], deadline: Deadline, silence: float, clock: Clock
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

    def ask(self, work: Callable[[Model, Deadline], T]) -> Answered[T]:
        """Return what the next member that can answer makes of the request.

        A member's fault costs no more than its budget: the time left, less what is kept back for
        those behind it. A request is refused for good only when all of them refuse it.

        :param work: has a model answer before the deadline; called once for each member asked.
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
            try:
                answered = self._try(link, watched, work)
            finally:
                watched.release()
            if answered is not None:
                return answered
            if self._deadline.passed:
                break
        raise self._failure()

    def outdo(self, label: str, reason: str) -> None:
        """Note why the next member is asked after the one with this label answered."""
        self._reasons.append(f"{label}: {reason}")

    def mark(self, label: str, outcome: AttemptOutcome) -> None:
        """Tell what became of the answer of the member with this label."""
        for attempt in self.attempts:
            if attempt.label == label and attempt.outcome == "answered":
                attempt.outcome = outcome

    def _try(
        self, link: Link, watched: Watched, work: Callable[[Model, Deadline], T]
    ) -> Answered[T] | None:
        started = self._clock()
        others = self._links[self._place :]
        watched.only = not others or not any(other.ready for other in others)
        budget = self._deadline if watched.only else self._budget()
        try:
            result = work(watched, budget)
        except RequestExpired as expired:
            if self._deadline.passed:
                raise
            self._fail(link, expired, "Timeout", started)
        except ModelRefused as refused:
            # What one server does not take, another one may.
            self._fail(link, refused, cause_of(refused), started)
        except RequestFailed as failed:
            self._note(link.label, "failed", cause_of(failed), started)
            raise
        except ModelUnavailable as fault:
            self._fail(link, fault, fault.cause, started)
        except Exception as error:
            if error is not watched.broken:
                raise
            self._fail(link, error, cause_of(error), started)
        else:
            self._note(link.label, "answered", None, started)
            reason = "; ".join(self._reasons) if self._reasons else None
            return Answered(link.label, watched.name, watched.backend, result, reason)
        return None

    def _budget(self) -> Deadline:
        kept = min(self._deadline.left * RESERVE_SHARE, RESERVE_SECONDS)
        return self._deadline._replace(at=self._deadline.at - kept, silence=self._silence)

    def _skip(self, link: Link) -> None:
        self.attempts.append(Attempt(link.label, "skipped", link.cause))
        self._reasons.append(f"{link.label}: {link.reason}")

    def _fail(self, link: Link, error: Exception, cause: str, started: float) -> None:
        self._note(link.label, "failed", cause, started)
        said = str(error) if isinstance(error, FunctionError) else cause
        self._reasons.append(f"{link.label}: {said}")
        self._fault = error
        self._refusals += isinstance(error, ModelRefused)

    def _note(self, label: str, outcome: AttemptOutcome, error: str | None, started: float) -> None:
        spent = milliseconds(self._clock() - started)
        self.attempts.append(Attempt(label, outcome, error, spent))

    def _failure(self) -> Exception:
        """Return the error for a request that nobody answered."""
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
