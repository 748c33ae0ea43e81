"""Traces and metrics on their way to a collector, by OTLP over gRPC or HTTP.

The settings say whether and where; everything else (headers, certificates, compression, sampling,
batches, intervals, names of the service) is read by the SDK from the standard ``OTEL_*`` variables.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from function.errors import ConfigurationError
from function.observability.conventions import SCHEMA_URL
from function.observability.otlp_metrics import MetricFeed
from function.observability.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.core import Metric

    from function.settings import Endpoint, Settings
    from function.telemetry import Log

SCOPE = "function"
DEFAULT_SERVICE = "trm"
CLOSING_SECONDS = 5.0
"""What a collector that is slow, or gone, may hold up the end of the process."""
INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL"
INTERVAL_MS = 60_000
"""The specification's default."""
LONGEST_PROBLEM = 200


class Telemetry:
    """Everything that leaves for the collector.

    :param collect: the metrics.
    :param environment: has the variables that the SDK does not read itself.
    :raises ConfigurationError: a variable has no usable value.
    """

    def __init__(
        self,
        settings: Settings,
        collect: Callable[[], Iterable[Metric]],
        log: Log,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        _listen(log)
        seconds = _interval(environment)
        resource = Resource.create(_named(environment))
        self.spans: Spans | None = None
        self._provider: TracerProvider | None = None
        self._feed: MetricFeed | None = None
        try:
            self._open(settings, collect, resource, seconds)
        except Exception as error:  # the SDK's errors have no class in common
            problem = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_PROBLEM]
            raise ConfigurationError(f"wrong setting: an OTEL_ variable: {problem}") from None

    def _open(
        self,
        settings: Settings,
        collect: Callable[[], Iterable[Metric]],
        resource: Resource,
        seconds: float,
    ) -> None:
        if (endpoint := settings.traces_endpoint) is not None:
            self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
            exporter = _exporter(endpoint, "trace", "OTLPSpanExporter")
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
            tracer = self._provider.get_tracer(SCOPE, schema_url=SCHEMA_URL)
            self.spans = Spans(tracer, settings.capture_content)
        if (endpoint := settings.metrics_endpoint) is not None:
            self._feed = MetricFeed(
                collect,
                _exporter(endpoint, "metric", "OTLPMetricExporter"),
                resource,
                InstrumentationScope(SCOPE, schema_url=SCHEMA_URL),
                seconds,
            )

    def close(self) -> None:
        """Send what is left, if the collector takes it soon."""
        flushing = None
        if self._provider is not None:
            # Its time limit is per batch and per try; only a thread can be left behind.
            flushing = Thread(target=self._provider.shutdown, name="spans", daemon=True)
            flushing.start()
        if self._feed is not None:
            self._feed.close(CLOSING_SECONDS)
        if flushing is not None:
            flushing.join(CLOSING_SECONDS)


def _interval(environment: Mapping[str, str]) -> float:
    text = environment.get(INTERVAL) or str(INTERVAL_MS)
    if not text.isdecimal() or int(text) == 0:
        raise ConfigurationError(f"wrong setting: {INTERVAL}: must be milliseconds")
    return int(text) / 1000


def _named(environment: Mapping[str, str]) -> dict[str, str]:
    given = environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in given
    return {} if named else {SERVICE_NAME: DEFAULT_SERVICE}


def _exporter(endpoint: Endpoint, signal: str, name: str) -> Any:
    # One of the two protocols is enough, and each takes a tenth of a second to import.
    protocol = "grpc" if endpoint.protocol == "grpc" else "http"
    module = import_module(f"opentelemetry.exporter.otlp.proto.{protocol}.{signal}_exporter")
    return getattr(module, name)(endpoint.url)


def _listen(log: Log) -> None:
    """Log what the SDK complains about as a line like every other."""
    logger = logging.getLogger("opentelemetry")
    logger.handlers = [_Complaints(log)]
    logger.propagate = False


class _Complaints(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record of :mod:`logging` on."""
        problem = record.getMessage()[:LONGEST_PROBLEM]
        self._log.warning("trm_telemetry_failed", problem=problem)
