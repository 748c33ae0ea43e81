"""A model as one request sees it: what becomes of every call is noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from function.backends.base import Generation, Model, Scores, Turn
from function.backends.breaker import Breaker
from function.deadline import Clock, Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable

if TYPE_CHECKING:
    from function.backends.member import Link

FAIR_SECONDS = 5.0
"""A member that got less than this before its deadline passed is not blamed for its silence: else
a sender with a short deadline could turn it off for everybody."""


class Watched:
    """Passes calls on to a model and tells its breaker and its link how they went.

    :param ticket: what the breaker gave for this request.
    :param clock: monotonic seconds.
    """

    __slots__ = (
        *("name", "backend", "window", "abilities", "broken", "only"),
        *("_link", "_model", "_breaker", "_ticket", "_clock"),
    )

    def __init__(
        self, link: Link, model: Model, breaker: Breaker, ticket: int, clock: Clock
    ) -> None:
        self.name = model.name
        self.backend = model.backend
        self.window = model.window
        self.abilities = model.abilities
        self.broken: Exception | None = None
        """What the model raised that no model should."""
        self.only = False
        """Whether nobody else can answer, so that an answer of nothing has to do."""
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

        :param advised: seconds that it wants to be left alone; up to 1 is no advice.
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
