"""Where a reply leaves: in the HTTP response, or through the sink."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from cloudevents.core.v1.event import CloudEvent

from function.deadline import Deadline
from function.delivery.overrides import parse_overrides, with_overrides
from function.delivery.steps import StepFeed
from function.metrics import Metrics
from function.settings import Settings
from function.telemetry import Log

if TYPE_CHECKING:
    from function.delivery.sink import Sink
    from function.tracing.spans import Spans

SINK_SECONDS = 15.0
"""How long one reply is offered to the sink; after that the request is delivered again."""


class Outlet:
    """Decides by the settings and the request where a reply goes, and sends what goes to the sink.

    :param sink: replaces the one that the settings name.
    :param spans: None where nothing is traced.
    :raises ConfigurationError: the sink, its certificates or the overrides are unusable.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        log: Log,
        sink: Sink | None = None,
        spans: Spans | None = None,
    ) -> None:
        self._reply = settings.reply
        self.overrides = parse_overrides(settings.ce_overrides or "")
        if sink is None and settings.sink is not None and settings.reply != "response":
            # Imported here: the HTTP client is a tenth of a second of every start.
            from function.delivery.sink import Sink

            sink = Sink(settings.sink, ca_certs=settings.sink_ca_certs, log=log)
        self._sink = sink
        self._metrics = metrics
        self._spans = spans
        self._steps = StepFeed(self._post, log, metrics.dropped_steps.inc) if sink else None

    def dress(self, reply: CloudEvent) -> CloudEvent:
        """The reply with the attributes that the platform sets on everything that leaves."""
        return with_overrides(reply, self.overrides) if self.overrides else reply

    def takes(self, headers: Iterable[tuple[str, str]]) -> bool:
        """Whether the reply to a request with these headers goes to the sink."""
        if self._sink is None:
            return False
        if self._reply == "sink":
            return True
        # A broker says so to everybody it delivers to: it takes the reply from the response.
        return not any(
            name.lower() == "prefer" and value.strip().lower() == "reply" for name, value in headers
        )

    def send(self, reply: CloudEvent) -> None:
        """Post a reply to the sink; returns when it was accepted.

        :raises SinkUnavailable: it was not; the next delivery of the request sends it again.
        """
        self._post(reply, Deadline.after(SINK_SECONDS))

    def _post(self, event: CloudEvent, deadline: Deadline) -> None:
        assert self._sink is not None
        started = perf_counter()
        try:
            if self._spans is None:
                self._sink.send(event, deadline)
            else:
                self._spans.send(event, deadline, self._sink.send)
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
