"""Where a reply leaves: in the HTTP response, or through the sink."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from threading import BoundedSemaphore
from time import perf_counter
from typing import TYPE_CHECKING

from cloudevents.core.v1.event import CloudEvent

from function.deadline import Deadline
from function.delivery.step_events import StepFeed
from function.errors import Overloaded
from function.events.overrides import parse_overrides, with_overrides
from function.observability.metrics import Metrics
from function.settings import FUNC_INVOKE_REQUEST, Settings
from function.telemetry import NO_TRACER, Log, Tracer

if TYPE_CHECKING:
    from function.delivery.sink import Sink

SINK_SECONDS = 20.0
"""How long after its request's deadline a reply is still offered to the sink. deploy/ lets its
callers wait for longer than both together; one that is refused by then delivers again."""
BUSY_SECONDS = 5
"""``Retry-After`` of a reply that finds too many others waiting."""
STEP_POSTS = 64
"""Posts under way with which no step is posted: what is left of the sink's belongs to replies."""
SHARE_OF_THREADS = 4
"""Of the server's threads one in this number may wait for the sink; the rest answer events."""


class ReplyRouter:
    """Decides by the settings and the request where a reply goes, and sends what goes to the sink.

    :param sink: replaces the one that the settings name.
    :raises ConfigurationError: the sink, its certificates or the overrides are unusable.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        log: Log,
        sink: Sink | None = None,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._reply = settings.reply
        self.overrides = parse_overrides(settings.ce_overrides or "")
        if sink is None and settings.sink is not None and settings.reply != "response":
            # Imported here: the HTTP client is a tenth of a second of every start.
            from function.delivery.sink import Sink

            sink = Sink(settings.sink, ca_certs=settings.sink_ca_certs, log=log)
        self._sink = sink
        self.has_sink = sink is not None
        """Whether any reply may go to a sink."""
        self._longest = settings.max_deadline_ms / 1000 + SINK_SECONDS
        self._places = BoundedSemaphore(max(1, settings.threads // SHARE_OF_THREADS))
        self._metrics = metrics
        self._tracer = tracer
        self._steps = StepFeed(self._post_step, log, metrics.dropped_steps.inc) if sink else None

    def dress(self, reply: CloudEvent) -> CloudEvent:
        """Return the reply with the attributes that the platform sets on everything that leaves."""
        return with_overrides(reply, self.overrides) if self.overrides else reply

    def takes(self, headers: Iterable[tuple[str, str]], event_type: str = "") -> bool:
        """Return whether the reply to a request goes to the sink.

        :param headers: of the request.
        :param event_type: what ``func invoke`` sends is a person's test: its reply, which no
            Trigger would route, always leaves in the response.
        """
        if self._sink is None or event_type == FUNC_INVOKE_REQUEST:
            return False
        if self._reply == "sink":
            return True
        # Knative's in-memory broker and Kafka's say so: they take the reply from the response.
        preferred = [value for name, value in headers if name.lower() == "prefer"]
        return "reply" not in [part.strip().lower() for part in ",".join(preferred).split(",")]

    def limit(self) -> Deadline:
        """Return when a request that arrives now has to be answered, its reply sent included."""
        return Deadline.after(self._longest)

    def send(self, reply: CloudEvent, limit: Deadline) -> None:
        """Post a reply to the sink; returns when it was accepted.

        :param limit: of its request, see :meth:`limit`.
        :raises SinkUnavailable: it was not; the next delivery of the request sends it again.
        :raises Overloaded: too many replies wait for the sink already.
        """
        assert self._sink is not None
        if not self._places.acquire(blocking=False):
            raise Overloaded("too many replies are waiting for the sink", BUSY_SECONDS)
        try:
            self._post(reply, limit, self._sink.send)
        finally:
            self._places.release()

    def _post_step(self, event: CloudEvent, deadline: Deadline) -> None:
        assert self._sink is not None
        self._post(event, deadline, partial(self._sink.send, most=STEP_POSTS))

    def _post(
        self, event: CloudEvent, deadline: Deadline, send: Callable[[CloudEvent, Deadline], None]
    ) -> None:
        started = perf_counter()
        try:
            with self._tracer.send(event):
                send(event, deadline)
        except Exception as error:
            self._metrics.count_sent(perf_counter() - started, type(error).__name__)
            raise
        self._metrics.count_sent(perf_counter() - started)

    def offer_step(self, event: CloudEvent) -> None:
        """Send a step event to the sink, where there is one, without waiting for it."""
        if self._steps is not None:
            self._steps.offer(self.dress(event))

    def close(self) -> None:
        """Send the steps that still wait, and close the connections."""
        if self._steps is not None:
            self._steps.close()
        if self._sink is not None:
            self._sink.close()
