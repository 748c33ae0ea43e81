"""The broker: ingress, filters, retries, replies that come in again, dead letters.

What it does with an answer is what Knative's dispatcher does (pkg/kncloudevents, and the wire of a
cluster with an in-memory channel): 2xx with an event is a reply; 2xx with anything else is a 502;
5xx, 404, 408, 409, 429 and silence are tried again; the rest becomes a dead letter at once.

RabbitMQ's dispatcher (pkg/dispatcher/dispatcher.go in eventing-rabbitmq) sends no ``Prefer``, takes
every other 4xx for success, and tells dead letters no reason. A synchronous in-memory channel
answers its publisher after every delivery, and cancels them all when the publisher hangs up.
"""

from __future__ import annotations

import base64
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from typing import Literal, Self

import httpx

from tests.broker.event import Event, NoEvent, read_event
from tests.broker.ingress import ingress_of
from tests.broker.triggers import Delivery, Trigger

Kind = Literal["in-memory", "rabbitmq", "kafka"]
RETRIED = {404, 408, 409, 429}
NAMESPACE = "agents"
LONGEST_ERROR = 1_024


@dataclass(frozen=True)
class Attempt:
    """One delivery; ``status`` is None when nothing came back."""

    trigger: str
    event: Event
    number: int
    status: int | None


@dataclass(frozen=True)
class _Outcome:
    status: int | None
    reply: Event | None = None
    error: bytes = b""
    retry_after: float | None = None

    @property
    def done(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        return self.status is None or self.status >= 500 or self.status in RETRIED


class Broker:
    """Delivers at least once, each Trigger by itself.

    :param addresses: URL of every subscriber and dead letter sink by its name.
    :param pace: what pauses between attempts are multiplied with.
    :param copies: how often each event is delivered although the first delivery was enough.
    :param synchronous: an in-memory channel without ``messaging.knative.dev/async-handler``.
    """

    def __init__(
        self,
        triggers: Sequence[Trigger],
        addresses: Mapping[str, str],
        pace: float = 1.0,
        copies: int = 1,
        kind: Kind = "in-memory",
        synchronous: bool = False,
    ) -> None:
        self.triggers = tuple(triggers)
        self.addresses = dict(addresses)
        self.attempts: list[Attempt] = []
        self.accepted: list[Event] = []
        self.dead: list[Event] = []
        self.lost: list[Event] = []
        self.dropped: list[Event] = []
        """Refused by a subscriber, and known to nobody (RabbitMQ)."""
        self.cancelled: list[Event] = []
        """Under way when their publisher hung up (synchronous channels)."""
        self.synchronous = synchronous
        self._pace = pace
        self._copies = copies
        self._kind = kind
        self._lock = threading.Condition()
        self._pending = 0
        self._http = httpx.Client(limits=httpx.Limits(max_connections=None))
        self._crews = {
            trigger.name: ThreadPoolExecutor(trigger.parallelism) for trigger in self.triggers
        }
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), ingress_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """The ingress."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for crew in self._crews.values():
            crew.shutdown(cancel_futures=True)
        self._http.close()

    def accept(self, event: Event) -> None:
        """Take an event in and hand it to every Trigger whose filter it passes."""
        if self.synchronous:
            self.deliver(event, threading.Event())
            return
        event, meant = self._arrived(event)
        for trigger in meant:
            self._crews[trigger.name].submit(self._work, trigger, event, threading.Event())

    def deliver(self, event: Event, hung_up: threading.Event) -> bool:
        """Take an event in; returns when every Trigger has been served, replies included.

        :param hung_up: set when the publisher has gone; nothing more is delivered then.
        """
        event, meant = self._arrived(event)
        with ThreadPoolExecutor(len(meant) or 1) as crew:
            return all(crew.map(lambda trigger: self._work(trigger, event, hung_up), meant))

    def _arrived(self, event: Event) -> tuple[Event, list[Trigger]]:
        if event.ttl == 0:
            return event, []
        if "knativearrivaltime" not in event.attributes:
            event = event.marked(knativearrivaltime=datetime.now(UTC).isoformat())
        meant = [trigger for trigger in self.triggers if trigger.takes(event)] * self._copies
        with self._lock:
            self.accepted.append(event)
            self._pending += len(meant)
        return event, meant

    def settle(self, patience: float = 90.0) -> None:
        """Wait until nothing is under way any more."""
        with self._lock:
            assert self._lock.wait_for(lambda: self._pending == 0, patience), "still busy"

    def deliveries(self, trigger: str) -> Counter[str]:
        """Return how often each event was taken by the subscriber of a Trigger, by id."""
        with self._lock:
            return Counter(
                attempt.event.id
                for attempt in self.attempts
                if attempt.trigger == trigger and attempt.status in range(200, 300)
            )

    def _work(self, trigger: Trigger, event: Event, hung_up: threading.Event) -> bool:
        try:
            url = self.addresses[trigger.subscriber].rstrip("/") + trigger.path
            outcome = self._deliver(trigger.name, url, event, trigger.delivery, hung_up)
            if hung_up.is_set():
                with self._lock:
                    self.cancelled.append(event)
                return False
            if outcome.done:
                return outcome.reply is None or self._pass_on(outcome.reply, event, hung_up)
            if self._kind == "rabbitmq" and not outcome.passing:
                with self._lock:
                    self.dropped.append(event)
                return True
            return self._closing.is_set() or self._bury(trigger, url, event, outcome, hung_up)
        finally:
            with self._lock:
                self._pending -= 1
                self._lock.notify_all()

    def _pass_on(self, reply: Event, cause: Event, hung_up: threading.Event) -> bool:
        reply = replace(reply, ttl=cause.ttl - 1)
        if self.synchronous:
            return self.deliver(reply, hung_up)
        self.accept(reply)
        return True

    def _bury(
        self,
        trigger: Trigger,
        url: str,
        event: Event,
        outcome: _Outcome,
        hung_up: threading.Event,
    ) -> bool:
        marks = {"knativeerrordest": url, "knativeerrorcode": str(outcome.status or 500)}
        if self._kind != "rabbitmq":
            error = base64.b64encode(outcome.error).decode()
            marks["knativeerrordata"] = error[:LONGEST_ERROR]
        letter = event.marked(**{name: value for name, value in marks.items() if value})
        with self._lock:
            self.dead.append(letter)
        sink = self.addresses.get(trigger.delivery.dead_letter_sink or "")
        if sink and self._deliver("dead letters", sink, letter, trigger.delivery, hung_up).done:
            return True
        with self._lock:
            self.lost.append(letter)
        return False

    def _deliver(
        self,
        trigger: str,
        url: str,
        event: Event,
        delivery: Delivery,
        hung_up: threading.Event,
    ) -> _Outcome:
        for number in range(delivery.retry + 1):
            outcome = self._offer(url, event, delivery.timeout)
            with self._lock:
                self.attempts.append(Attempt(trigger, event, number, outcome.status))
            if outcome.done or not outcome.passing or number == delivery.retry:
                break
            if not self._pause(delivery.pause(number, outcome.retry_after) * self._pace, hung_up):
                break
        return outcome

    def _pause(self, seconds: float, hung_up: threading.Event) -> bool:
        """Wait; False when the broker closes or the publisher has gone meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if hung_up.is_set() or self._closing.wait(min(left, 0.02)):
                return False
        return True

    def _offer(self, url: str, event: Event, timeout: float) -> _Outcome:
        headers = {**event.headers(), "kn-namespace": NAMESPACE}
        if self._kind != "rabbitmq":
            headers["prefer"] = "reply"
        try:
            answer = self._http.post(url, headers=headers, content=event.body, timeout=timeout)
        except httpx.TransportError:
            return _Outcome(None)
        if 200 <= answer.status_code < 300 and answer.content:
            try:
                return _Outcome(answer.status_code, read_event(answer.headers, answer.content))
            except NoEvent:
                return _Outcome(502, error=answer.content)
        advice = answer.headers.get("retry-after", "")
        return _Outcome(
            answer.status_code,
            error=answer.content,
            retry_after=float(advice) if advice.isdecimal() else None,
        )
