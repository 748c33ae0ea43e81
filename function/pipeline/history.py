"""Recent events for the playground: in memory, bounded, without any text of a sender.

An entry has no prompt, no answer and no identifier. Names that a sender chose are shown only
where they are ours: types that are answered, agents that have a profile.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from function.deadline import milliseconds
from function.events.replies import Reply

LONGEST = 100
OTHER = "other"
"""Stands for every name that is not ours."""


@dataclass(slots=True)
class Sighting:
    """An event on its way; the reply is None until it is there, and where there is none."""

    event: CloudEvent
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one event.

    ``type`` is None for what was no event. ``outcome`` is ``completed``, ``failed: CODE``,
    ``ignored`` (a type that is not answered), ``try again``, ``refused`` or ``bug``. ``ms`` is the
    time from the whole request to the answer. ``replayed`` is whether the reply was made for an
    earlier delivery of the event.
    """

    time: str
    type: str | None
    agent: str | None
    status: int
    outcome: str
    steps: int | None
    confidence: float | None
    backend: str | None
    ms: float
    replayed: bool = False


class History:
    """The latest events, oldest first to leave. Safe for many threads.

    :param agents: names that may be shown, those of the profiles.
    :param types: event types that may be shown.
    :param clock: seconds since the epoch.
    """

    def __init__(
        self,
        agents: Iterable[str],
        types: Container[str],
        longest: int = LONGEST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._agents = frozenset(agents)
        self._types = types
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=longest)
        self._reading = threading.Lock()

    def note(self, seen: Sequence[Sighting], status: int, seconds: float) -> None:
        """Remember the events of one HTTP message.

        :param seen: its events; none where it held no event.
        :param status: of the HTTP answer.
        """
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        ms = milliseconds(seconds)
        if not seen:
            with self._reading:
                outcome = "completed" if status == HTTPStatus.OK else _without_reply(status)
                self._entries.append(
                    Entry(moment, None, None, status, outcome, None, None, None, ms)
                )
        for sighting in seen:
            entry = self._entry(sighting, moment, status, ms)
            with self._reading:
                self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """Return every entry as JSON values, the latest first."""
        with self._reading:
            kept = list(self._entries)
        return [asdict(entry) for entry in reversed(kept)]

    def _entry(self, sighting: Sighting, moment: str, status: int, ms: float) -> Entry:
        data: dict[str, Any] = {}
        outcome = _without_reply(status)
        event_type = sighting.event.get_type()
        agent = sighting.event.get_attributes().get("agent")
        if (reply := sighting.reply) is not None:
            data = reply.data
            error = data.get("error")
            outcome = f"failed: {error['code']}" if isinstance(error, dict) else "completed"
            # The data of the request may name it too.
            agent = reply.event.get_attributes().get("agent")
        return Entry(
            time=moment,
            type=event_type if event_type in self._types else OTHER,
            agent=agent if agent is None or agent in self._agents else OTHER,
            status=status,
            outcome=outcome,
            steps=data.get("reflection_steps"),
            confidence=data.get("confidence"),
            backend=data.get("backend"),
            ms=ms,
            replayed=reply is not None and reply.replayed,
        )


def _without_reply(status: int) -> str:
    if status == HTTPStatus.NO_CONTENT:
        return "ignored"
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return "try again"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "bug"
