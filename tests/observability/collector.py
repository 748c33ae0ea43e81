"""A collector in this process: takes OTLP over gRPC and HTTP, and keeps what it is sent."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_pb
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as trace_grpc
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PATIENCE = 20.0


class Collector:
    """What was received, whichever way it came."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Any] = []
        self._came = threading.Condition()

    def take(self, request: Any) -> None:
        """Keep one export."""
        with self._came:
            self.requests.append(request)
            self._came.notify_all()

    def wait_for(self, seen: Callable[[Collector], bool]) -> None:
        """Wait until what came is enough."""
        until = time.monotonic() + PATIENCE
        with self._came:
            while not seen(self):
                assert self._came.wait(until - time.monotonic()), self.names

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The attributes of each export's resource."""
        return [attributes(group.resource) for group in self._groups]

    @property
    def schemas(self) -> set[str]:
        """Versions of the conventions that the exports name."""
        return {
            scope.schema_url
            for group in self._groups
            for scope in getattr(group, "scope_spans", None) or group.scope_metrics
        }

    @property
    def spans(self) -> list[Span]:
        """Every span so far, in the order in which they ended."""
        return [
            span
            for group in self._groups
            if hasattr(group, "scope_spans")
            for scope in group.scope_spans
            for span in scope.spans
        ]

    @property
    def names(self) -> list[str]:
        """The names of the spans."""
        return [span.name for span in self.spans]

    @property
    def metrics(self) -> dict[str, Metric]:
        """The latest state of every metric."""
        return {
            metric.name: metric
            for group in self._groups
            if hasattr(group, "scope_metrics")
            for scope in group.scope_metrics
            for metric in scope.metrics
        }

    @property
    def text(self) -> str:
        """Everything that came, to look for what must not be in it."""
        return "".join(map(str, self.requests))

    def span(self, name: str) -> Span:
        """Return the one span of this name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def children(self, parent: Span) -> list[Span]:
        """Return the spans right under another, in the order in which they began."""
        found = [span for span in self.spans if span.parent_span_id == parent.span_id]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    @property
    def _groups(self) -> list[Any]:
        return [
            group
            for request in list(self.requests)
            for group in getattr(request, "resource_spans", None) or request.resource_metrics
        ]


def attributes(holder: Any) -> dict[str, Any]:
    """Return attributes of a span, a point or a resource as Python values."""
    return {item.key: _value(item.value) for item in holder.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)


@contextmanager
def over_grpc() -> Iterator[Collector]:
    """Yield a collector that speaks gRPC."""
    collector = Collector()

    class Traces(trace_grpc.TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            collector.take(request)
            return trace_pb.ExportTraceServiceResponse()

    class Metrics(metrics_grpc.MetricsServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            collector.take(request)
            return metrics_pb.ExportMetricsServiceResponse()

    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        trace_grpc.add_TraceServiceServicer_to_server(Traces(), server)
        metrics_grpc.add_MetricsServiceServicer_to_server(Metrics(), server)
        collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield collector
        finally:
            server.stop(0).wait()


@contextmanager
def over_http() -> Iterator[Collector]:
    """Yield a collector that speaks HTTP with protobuf in it."""
    collector = Collector()
    kinds: dict[str, Any] = {
        "/v1/traces": trace_pb.ExportTraceServiceRequest,
        "/v1/metrics": metrics_pb.ExportMetricsServiceRequest,
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.headers["content-type"] == "application/x-protobuf"
            collector.take(kinds[self.path].FromString(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


COLLECTORS = {"grpc": over_grpc, "http/protobuf": over_http}
