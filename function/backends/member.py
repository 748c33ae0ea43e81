"""One member of the chain: loaded in the background, asked through its breaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil

from function.backends.base import Model, Turn
from function.backends.breaker import Breaker, GuardedModel, cause_of, detail_of
from function.backends.registry import Member
from function.backends.thoughts import OnlyThoughts
from function.deadline import Clock, Deadline
from function.errors import ModelUnavailable
from function.logs import Log

PROBE_SECONDS = 60.0
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 120.0


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
            detail=detail_of(error),
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
        model: Model | None = None
        try:
            model = self._member.load()
            if self._member.probed and model.abilities.text:
                # A model that loads but cannot answer must not be reported ready; one that has
                # got no further than its thoughts does answer.
                with suppress(OnlyThoughts):
                    model.generate(
                        self._probe,
                        max_tokens=self._member.probe_tokens,
                        temperature=0,
                        seed=1,
                        deadline=Deadline.after(PROBE_SECONDS),
                    )
        except Exception as error:  # one broken member must not keep the others from serving
            if model is not None:
                model.close()
            self.cause = cause_of(error)
            self.problem = str(error)
            self._log.warning(
                "trm_model_load_failed",
                model=self.label,
                problem=self.problem,
                detail=detail_of(error),
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
