"""The broker: ingress, filters, retries, replies that come in again, dead letters.

What it does with an answer is what Knative's dispatcher does (pkg/kncloudevents, and the wire of a
cluster with an in-memory channel): 2xx with an event is a reply; 2xx with anything else is a 502;
5xx, 404, 408, 409, 429 and silence are tried again; the rest becomes a dead letter at once.
"""

from __future__ import annotations

import base64
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import httpx

from tests.broker.event import Event, NoEvent, read_event
from tests.broker.triggers import Delivery, Trigger

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
    """

    def __init__(
        self,
        triggers: Sequence[Trigger],
        addresses: Mapping[str, str],
        pace: float = 1.0,
        copies: int = 1,
    ) -> None:
        self.triggers = tuple(triggers)
        self.addresses = dict(addresses)
        self.attempts: list[Attempt] = []
        self.accepted: list[Event] = []
        self.dead: list[Event] = []
        self.lost: list[Event] = []
        self._pace = pace
        self._copies = copies
        self._lock = threading.Condition()
        self._pending = 0
        self._http = httpx.Client(limits=httpx.Limits(max_connections=None))
        self._crews = {
            trigger.name: ThreadPoolExecutor(trigger.parallelism) for trigger in self.triggers
        }
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _ingress(self))
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
        if event.ttl == 0:
            return
        if "knativearrivaltime" not in event.attributes:
            event = event.marked(knativearrivaltime=datetime.now(UTC).isoformat())
        meant = [trigger for trigger in self.triggers if trigger.takes(event)]
        with self._lock:
            self.accepted.append(event)
            self._pending += len(meant) * self._copies
        for trigger in meant * self._copies:
            self._crews[trigger.name].submit(self._work, trigger, event)

    def settle(self, patience: float = 90.0) -> None:
        """Wait until nothing is under way any more."""
        with self._lock:
            assert self._lock.wait_for(lambda: self._pending == 0, patience), "still busy"

    def deliveries(self, trigger: str) -> Counter[str]:
        """How often each event was taken by the subscriber of a Trigger, by id."""
        with self._lock:
            return Counter(
                attempt.event.id
                for attempt in self.attempts
                if attempt.trigger == trigger and attempt.status in range(200, 300)
            )

    def _work(self, trigger: Trigger, event: Event) -> None:
        try:
            url = self.addresses[trigger.subscriber].rstrip("/") + trigger.path
            outcome = self._deliver(trigger.name, url, event, trigger.delivery)
            if outcome.done:
                if outcome.reply is not None:
                    self.accept(replace(outcome.reply, ttl=event.ttl - 1))
            elif not self._closing.is_set():
                self._bury(trigger, url, event, outcome)
        finally:
            with self._lock:
                self._pending -= 1
                self._lock.notify_all()

    def _bury(self, trigger: Trigger, url: str, event: Event, outcome: _Outcome) -> None:
        marks = {
            "knativeerrordest": url,
            "knativeerrorcode": str(outcome.status or 500),
            "knativeerrordata": base64.b64encode(outcome.error[:LONGEST_ERROR]).decode(),
        }
        letter = event.marked(**{name: value for name, value in marks.items() if value})
        with self._lock:
            self.dead.append(letter)
        sink = self.addresses.get(trigger.delivery.dead_letter_sink or "")
        if sink is None or not self._deliver("dead letters", sink, letter, trigger.delivery).done:
            with self._lock:
                self.lost.append(letter)

    def _deliver(self, trigger: str, url: str, event: Event, delivery: Delivery) -> _Outcome:
        for number in range(delivery.retry + 1):
            outcome = self._offer(url, event, delivery.timeout)
            with self._lock:
                self.attempts.append(Attempt(trigger, event, number, outcome.status))
            if outcome.done or not outcome.passing or number == delivery.retry:
                break
            pause = delivery.pause(number, outcome.retry_after) * self._pace
            if self._closing.wait(pause):
                break
        return outcome

    def _offer(self, url: str, event: Event, timeout: float) -> _Outcome:
        headers = {**event.headers(), "prefer": "reply", "kn-namespace": NAMESPACE}
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


def wait_until(condition: Callable[[], object], patience: float = 30.0) -> None:
    """Wait until a condition is true."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)


def _ingress(broker: Broker) -> type[BaseHTTPRequestHandler]:
    class Ingress(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            try:
                broker.accept(read_event(dict(self.headers.items()), body))
                status, text = 202, b""
            except NoEvent as problem:
                status, text = 400, str(problem).encode()
            self._say(status, text)

        def do_OPTIONS(self) -> None:
            self._say(200, b"")

        def _say(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """The broker keeps its own record."""

    return Ingress
