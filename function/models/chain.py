"""The models that may answer, in order, loaded in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from function.deadline import Deadline
from function.errors import ModelUnavailable, NotReady
from function.models.base import Model, Turn
from function.models.members import Member
from function.telemetry import Log

PROBE_SECONDS = 60.0
RETRY_SECONDS = 30.0


@dataclass(frozen=True)
class Pick:
    """The model that answers, and why the ones before it do not (None if it is the first)."""

    model: Model
    fallback_reason: str | None


class Chain:
    """Loads its members one after the other; the first that answers a probe serves.

    One that writes no text is loaded as well, and is what serves where nothing writes text. When
    none does, all are tried again after a while.

    :param members: in order of preference; at least one.
    :param probe: the conversation a member must answer before it serves. One that begins as most
        requests do leaves its work in the prefix cache.
    """

    def __init__(self, members: Sequence[Member], probe: Sequence[Turn], log: Log) -> None:
        self._members = members
        self._probe = probe
        self._log = log
        self._models: list[Pick] = []
        self._problems: list[str] = []
        self._settled = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._load, name="model-loader", daemon=True)

    def start(self) -> None:
        """Begin loading; returns at once."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until a model answers or none can; True when one answers."""
        self._settled.wait(seconds)
        return bool(self._models)

    @property
    def state(self) -> tuple[bool, str]:
        """Whether a model answers, and one line about it for people."""
        if self._models:
            serving = self._models[0]
            reason = f" ({serving.fallback_reason})" if serving.fallback_reason else ""
            return True, f"ready: {serving.model.name} on {serving.model.backend}{reason}"
        if self._settled.is_set():
            return False, "no model can answer: " + "; ".join(self._problems)
        return False, "loading the model"

    def pick(self) -> Pick:
        """The model for the next request.

        :raises NotReady: still loading.
        :raises ModelUnavailable: every member failed to load.
        """
        if self._models:
            return self._models[0]
        ready, message = self.state
        raise (
            ModelUnavailable(message, int(RETRY_SECONDS))
            if self._settled.is_set()
            else NotReady(message, 1)
        )

    def close(self) -> None:
        """Wait for a load under way, then close what was loaded."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        for pick in self._models:
            pick.model.close()
        self._models.clear()

    def _load(self) -> None:
        while True:
            problems: list[str] = []
            loaded: list[Pick] = []
            if any(self._try_member(member, problems, loaded) for member in self._members):
                loaded.reverse()  # the one that writes text was the last to be loaded
            self._models += loaded
            if self._models:
                self._settled.set()
                return
            self._problems = problems
            self._settled.set()
            self._log.error("trm_model_unavailable", problems=problems)
            # A server that is down now may be up later; files do not come by themselves, but
            # looking for one costs nothing.
            if self._closing.wait(RETRY_SECONDS):
                return

    def _try_member(self, member: Member, problems: list[str], loaded: list[Pick]) -> bool:
        """Whether the member writes text; with or without that it serves once it is loaded."""
        started = time.monotonic()
        model: Model | None = None
        try:
            model = member.load()
            if model.abilities.text:
                # A model that loads but cannot answer must not be reported ready.
                model.generate(
                    self._probe,
                    max_tokens=1,
                    temperature=0,
                    seed=1,
                    deadline=Deadline.after(PROBE_SECONDS),
                )
        except Exception as error:  # one broken member must not keep the next from serving
            if model is not None:
                model.close()
            problems.append(f"{member.label}: {error}")
            self._log.warning("trm_model_load_failed", model=member.label, problem=str(error))
            return False
        loaded.append(Pick(model, "; ".join(problems) or None))
        self._log.info(
            "trm_model_loaded",
            model=model.name,
            backend=model.backend,
            seconds=round(time.monotonic() - started, 3),
        )
        return model.abilities.text
