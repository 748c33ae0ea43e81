"""The models that may answer, in order: when one fails, the next is asked."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from typing import Any

from function.backends.base import Turn, Watchable
from function.backends.member import ChainMember
from function.backends.registry import Member
from function.backends.walk import LONGEST_MESSAGE, Walk
from function.deadline import Clock, Deadline
from function.errors import ModelUnavailable, NotReady
from function.logs import Log


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
