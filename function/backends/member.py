"""One member of the chain: loaded in the background, asked through a guard with its breaker.

The circuit breaker is Michael Nygard's ("Release It!", 2007): closed, all calls pass; open, none
does; half-open, one does, and its outcome decides for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, Literal

from function.backends.base import Generation, Model, Scores, Turn
from function.backends.registry import Member
from function.deadline import Clock, Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable, cause_of
from function.telemetry import Log

BreakerState = Literal["closed", "open", "half-open"]

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 120.0
FAIR_SECONDS = 5.0
"""A member that got less than this before its deadline passed is not blamed for its silence: else
a sender with a short deadline could open the circuit for all."""
FAILURES = 3
"""In a row; a single one may be the fault of the network or of the request."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses double up to here. Advice of a server may be longer."""


class ChainMember:
    """A member with what is known about it. Safe to share between threads.

    :param probe: what it has to answer before it serves.
    :param on_settled: called when it is loaded, and whenever that failed.
    :param clock: monotonic seconds.
    """

    def __init__(
        self,
        member: Member,
        probe: Sequence[Turn],
        log: Log,
        on_settled: Callable[[], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self.label = member.label
        self.model: Model | None = None
        self.problem = "loading"
        """Why it cannot be asked, for people."""
        self.cause: str | None = None
        """Class of the last error."""
        self.latency_ms: float | None = None
        """What its last answer took."""
        self.settled = False
        self._member = member
        self._probe = probe
        self._log = log
        self._on_settled = on_settled
        self._clock = clock
        self._breaker = Breaker(clock)
        self._load_at = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._load, name="model-loader", daemon=True)

    def start(self) -> None:
        """Begin loading; returns at once."""
        self._thread.start()

    @property
    def state(self) -> str:
        """``loading``, ``failed`` (to load), or the state of the breaker."""
        if self.model is None:
            return "failed" if self.settled else "loading"
        return self._breaker.state

    @property
    def ready(self) -> bool:
        """Whether the next request may ask it."""
        return self.model is not None and self._breaker.may_admit

    @property
    def writes(self) -> bool:
        """Whether it writes text, as far as is known."""
        return self.model is None or self.model.abilities.text

    @property
    def wait(self) -> int:
        """Whole seconds, at least 1, until asking it may be of use."""
        if self.model is None:
            return max(ceil(self._load_at - self._clock()), 1)
        return max(ceil(self._breaker.wait), 1)

    @property
    def reason(self) -> str:
        """Why it cannot be asked now, for people."""
        if self.model is None:
            return self.problem
        return f"circuit open after {self.cause}"

    def admit(self) -> GuardedModel | None:
        """Return the model for one request, or None if it cannot be asked now.

        The caller calls :meth:`GuardedModel.release` in the end.
        """
        model = self.model
        if model is None or (ticket := self._breaker.admit()) is None:
            return None
        return GuardedModel(self, model, self._breaker, ticket, self._clock)

    def log_failure(self, error: Exception) -> None:
        """Write one line about a call that failed, with the server's own reason if it gave one."""
        self._log.warning(
            "trm_backend_failed",
            backend=self.label,
            error=cause_of(error),
            detail=_detail_of(error),
        )

    def stop(self) -> None:
        """Try no more to load it."""
        self._closing.set()

    def close(self) -> None:
        """Wait for a load under way, then close what was loaded; after :meth:`stop`."""
        if self._thread.ident is not None:
            self._thread.join()
        if self.model is not None:
            self.model.close()
            self.model = None

    def _load(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while (advised := self._try()) is not None:
            # A server that is down now may be up later; files do not come by themselves, but
            # looking for one costs nothing.
            wait = max(pause, advised)
            self._load_at = self._clock() + wait
            self._settle()
            if self._closing.wait(wait):
                return
            pause = min(pause * 2, LONGEST_RETRY_SECONDS)
        self._settle()

    def _try(self) -> int | None:
        """Load it; return None when it serves, else the seconds until the next try."""
        started = time.monotonic()
        try:
            model = self._member.load_probed(self._probe)
        except Exception as error:  # one broken member must not keep the others from serving
            self.cause = cause_of(error)
            self.problem = str(error)
            self._log.warning(
                "trm_model_load_failed",
                model=self.label,
                problem=self.problem,
                detail=_detail_of(error),
            )
            return error.retry_after if isinstance(error, ModelUnavailable) else 0
        self.model = model
        self._log.info(
            "trm_model_loaded",
            model=model.name,
            backend=model.backend,
            seconds=round(time.monotonic() - started, 3),
        )
        return None

    def _settle(self) -> None:
        self.settled = True
        self._on_settled()


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
        if said.text.strip():
            self._praise(started)
        else:
            self._judge_silence(said, started)
        return said

    def generate_samples(self, turns: Sequence[Turn], **options: Any) -> list[Generation]:
        """See :meth:`function.backends.base.Model.generate_samples`."""
        started = self._clock()
        try:
            written = self._model.generate_samples(turns, **options)
        except Exception as error:
            self._note(error)
            raise
        if any(said.text.strip() for said in written):
            self._praise(started)
        else:
            self._judge_silence(written[0], started)
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

    def _praise(self, started: float) -> None:
        self._link.latency_ms = (self._clock() - started) * 1000
        self._breaker.succeed(self._ticket)

    def _judge_silence(self, said: Generation, started: float) -> None:
        seconds = self._clock() - started
        if said.finish_reason == "deadline":
            # A model in this process is as slow as what senders ask of it; where it is the only
            # one, an open circuit would refuse every sender for the long prompts of one.
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


def _detail_of(error: Exception) -> str | None:
    """Return the server's own words about an error, for the log."""
    return (error.detail or None) if isinstance(error, FunctionError) else None
