"""What a collector receives: real OTLP over both transports, from real processes as well."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from function.backends.base import Abilities
from function.backends.registry import Member
from function.delivery.sink import Sink
from function.errors import ConfigurationError, ModelUnavailable
from function.events.codec import Mode, encode
from function.observability.conventions import SCHEMA_URL
from function.observability.metrics import Metrics
from function.observability.otlp import Telemetry
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.adapters import Adapter, Headers, reserved_port, scripted, serve
from tests.conftest import Running, request_event
from tests.observability.collector import COLLECTORS, Collector, attributes, over_grpc, over_http
from tests.scripted import Call, ScriptedModel
from tests.timing import timed

Run = Callable[..., Running]

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
OTHER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER_PARENT = f"00-{OTHER_TRACE}-00f067aa0ba902b7-01"
PROMPT = "tell nobody about the heliotrope"
ANSWER = "the vermilion answer"
PHONE = "+49 170 5550123"


def answered(running: Running, data: object, **attributes: Any) -> dict[str, Any]:
    """Return the data of the reply to an event that came over HTTP with a trace of its own."""
    message = encode(request_event(data, **attributes), Mode.STRUCTURED)
    headers = [*message.headers, ("traceparent", PARENT)]
    answer = running.service.exchange.answer(headers, message.body)
    assert answer.status == 200, answer
    found: dict[str, Any] = json.loads(answer.body)["data"]
    return found


def settings(collector: Collector, protocol: str = "grpc") -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
    }


@pytest.mark.parametrize("protocol", COLLECTORS)
def test_an_event_is_one_trace(run: Run, protocol: str) -> None:
    with COLLECTORS[protocol]() as collector:
        running = run(ScriptedModel(["no", "it is nine"]), **settings(collector, protocol))
        answered(
            running,
            {"prompt": PROMPT, "checks": {"must_contain": ["nine"]}},
            traceparent=OTHER_PARENT,
        )
        running.service.close()
        request = collector.span("POST /")
        assert request.trace_id.hex() == TRACE
        assert request.parent_span_id.hex() == "b7ad6b7169203331"
        assert request.kind == Span.SPAN_KIND_SERVER
        assert attributes(request)["http.response.status_code"] == 200
        (process,) = collector.children(request)
        assert process.name == "process event" and process.kind == Span.SPAN_KIND_CONSUMER
        assert [link.trace_id.hex() for link in process.links] == [OTHER_TRACE]
        known = attributes(process)
        assert known["messaging.operation.type"] == "process"
        assert known["messaging.message.id"] == known["cloudevents.event_id"] == "request-1"
        (reflect,) = collector.children(process)
        assert attributes(reflect) == {
            "trm.task": "text",
            "trm.steps": 1,
            "trm.stop_reason": "checks_passed",
            "trm.confidence": pytest.approx(0.86, abs=0.01),
            "trm.confidence.method": "token_probability",
        }
        (attempt,) = collector.children(reflect)
        assert attributes(attempt)["gen_ai.provider.name"] == "test"
        draft, check, step = collector.children(attempt)
        assert (draft.name, check.name, step.name) == (
            "chat scripted",
            "check must_contain",
            "step",
        )
        assert attributes(check)["trm.check.passed"] is False
        again, rechecked = collector.children(step)
        assert (again.name, attributes(rechecked)["trm.check.passed"]) == ("chat scripted", True)
        assert attributes(step)["trm.step.accepted"] is True
        assert attributes(again) == {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "test",
            "gen_ai.request.model": "scripted",
            "gen_ai.response.model": "scripted",
            "gen_ai.request.max_tokens": 2_048,
            "gen_ai.request.temperature": 0.7,
            "gen_ai.output.type": "text",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 3,
            "gen_ai.usage.cache_read.input_tokens": 5,
        }
        assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
        assert collector.schemas == {SCHEMA_URL}
        assert {each["service.name"] for each in collector.resources} == {"trm"}


def test_drafts_side_by_side_are_in_the_trace(run: Run) -> None:
    with over_grpc() as collector:
        running = run(ScriptedModel(["nine"]), **settings(collector))
        answered(running, {"prompt": "?", "samples": 3})
        running.service.close()
        attempt = collector.span("attempt test")
        assert [span.name for span in collector.children(attempt)] == ["chat scripted"] * 3


def test_drafts_written_together_are_one_call(run: Run) -> None:
    with over_grpc() as collector:
        model = ScriptedModel(["nine"], abilities=Abilities(samples=True))
        running = run(model, **settings(collector))
        answered(running, {"prompt": "?", "samples": 3})
        running.service.close()
        (call,) = collector.children(collector.span("attempt test"))
        assert attributes(call)["gen_ai.request.choice.count"] == 3
        assert attributes(call)["gen_ai.response.finish_reasons"] == ["stop"] * 3
        assert attributes(call)["gen_ai.usage.output_tokens"] == 3


def test_events_of_a_batch_are_in_one_trace(run: Run) -> None:
    with over_grpc() as collector:
        running = run(ScriptedModel(["nine"]), TRM_BATCHES="true", **settings(collector))
        events = [
            json.loads(encode(request_event({"prompt": "?"}, id=name), Mode.STRUCTURED).body)
            for name in ("a", "b")
        ]
        headers = [("content-type", "application/cloudevents-batch+json")]
        answer = running.service.exchange.answer(headers, json.dumps(events).encode())
        assert answer.status == 200
        running.service.close()
        under = collector.children(collector.span("POST /"))
        assert [span.name for span in under] == ["process event"] * 2


def test_choices_are_scored_in_calls_of_the_model(run: Run) -> None:
    with over_grpc() as collector:
        running = run(**settings(collector))
        answered(running, {"prompt": "?", "choices": ["left", "right"]})
        running.service.close()
        calls = collector.children(collector.span("attempt test"))
        assert [span.name for span in calls] == ["chat scripted"] * 2
        assert attributes(calls[0])["gen_ai.usage.input_tokens"] == 10


def test_a_puzzle_shows_its_steps(run: Run) -> None:
    with over_grpc() as collector:
        running = run(**settings(collector))
        puzzle = "..5.2.6.23.531.25.2.61.3423.6...1.3."
        found = answered(running, {"task": "sudoku", "puzzle": puzzle})
        running.service.close()
        (native,) = collector.children(collector.span("reflect"))
        assert native.name == "generate_content trm"
        assert len(native.events) == found["reflection_steps"] > 0
        assert attributes(native)["gen_ai.response.model"] == found["model_name"]


def test_a_duplicate_says_so(run: Run) -> None:
    with over_grpc() as collector:
        running = run(**settings(collector))
        for _ in range(2):
            answered(running, {"prompt": "?"})
        running.service.close()
        marks = [
            attributes(span).get("trm.duplicate")
            for span in collector.spans
            if span.name == "process event"
        ]
        assert marks == [None, True]


def test_what_failed_names_the_class_of_its_error(run: Run) -> None:
    def fail(call: Call) -> str:
        raise ModelUnavailable(f"no {PROMPT}", cause="ConnectTimeout")

    with over_grpc() as collector:
        model = ScriptedModel()
        running = run(model, **settings(collector))
        model.say = fail
        message = encode(request_event({"prompt": PROMPT}), Mode.BINARY)
        answer = running.service.exchange.answer(message.headers, message.body)
        assert answer.status == 503
        running.service.close()
        for name in ("chat scripted", "attempt test", "reflect", "process event"):
            span = collector.span(name)
            assert attributes(span)["error.type"] == "ModelUnavailable"
            assert span.status.code == Status.STATUS_CODE_ERROR and not span.status.message
            assert not span.events
        assert attributes(collector.span("POST /"))["error.type"] == "503"
        assert PROMPT not in collector.text


def test_a_request_that_is_answered_failed_says_why(run: Run) -> None:
    with over_grpc() as collector:
        running = run(**settings(collector))
        assert answered(running, {"prompt": ""})["error"]["code"] == "invalid_request"
        running.service.close()
        process = collector.span("process event")
        assert attributes(process)["trm.failure"] == "invalid_request"
        assert process.status.code == Status.STATUS_CODE_UNSET


def test_what_goes_to_the_sink_is_in_the_trace(run: Run) -> None:
    posted: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        posted.append(request)
        return httpx.Response(202)

    with over_grpc() as collector:
        sink = Sink("http://sink", transport=httpx.MockTransport(take), log=Log("ERROR"))
        running = run(
            ScriptedModel(["no", "nine"]), sink, K_SINK="http://sink", **settings(collector)
        )
        event = request_event(
            {"prompt": "?", "emit_steps": True, "checks": {"must_contain": ["nine"]}},
            traceparent=OTHER_PARENT,
        )
        message = encode(event, Mode.BINARY)
        answer = running.service.exchange.answer(message.headers, message.body)
        assert answer.status == 202
        running.service.close()
        assert len(posted) == 2
        request = collector.span("POST /")
        sent = [span for span in collector.spans if span.name == "send event"]
        assert all(span.kind == Span.SPAN_KIND_PRODUCER for span in sent)
        assert sorted(span.trace_id.hex() for span in sent) == sorted(
            [request.trace_id.hex(), OTHER_TRACE]  # the step leaves by a thread of its own
        )


@pytest.mark.parametrize("capture", [False, True])
def test_content_is_shown_only_where_that_is_switched_on(run: Run, capture: bool) -> None:
    with over_grpc() as collector:
        running = run(
            ScriptedModel([ANSWER]),
            **settings(collector),
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=str(capture).lower(),
        )
        answered(
            running,
            {
                "prompt": f"{PROMPT} {PHONE}",
                "context": {"customer": PHONE},
                "conversation_id": PHONE,
                "checks": {"must_contain": ["heliotrope"]},
            },
            subject=PHONE,
            source="/agents/" + PHONE.replace(" ", ""),
        )
        running.service.close()
        for secret in (PROMPT, ANSWER, PHONE):
            assert (secret in collector.text) is capture, secret
        assert PHONE.replace(" ", "") not in collector.text
        assert PHONE not in running.service.metrics.exposition().decode()
        calls = [span for span in collector.spans if span.name == "chat scripted"]
        shown = [attributes(span).get("gen_ai.input.messages") for span in calls]
        assert all(map(bool, shown)) is capture
        if capture:
            first, *_ = json.loads(str(shown[0]))
            assert first["role"] == "system" and first["parts"][0]["type"] == "text"


def test_log_lines_carry_the_trace(run: Run) -> None:
    with over_grpc() as collector:
        running = run(**settings(collector))
        answered(running, {"prompt": "?"})
        running.service.close()
        (done,) = [x for x in running.logged if x["event"] == "trm_generation_completed"]
        assert done["trace_id"] == TRACE
        assert done["span_id"] == collector.span("process event").span_id.hex()
        assert "trace_id" not in running.logged[0]


def test_the_metrics_are_those_of_the_scrape(run: Run) -> None:
    with over_http() as collector:
        running = run(ScriptedModel(["no", "nine"]), **settings(collector, "http/protobuf"))
        answered(running, {"prompt": "?", "checks": {"must_contain": ["nine"]}})
        running.service.close()
        found = collector.metrics
        duration = found["http.server.request.duration"]
        assert duration.unit == "s"
        (point,) = duration.histogram.data_points
        assert (point.count, max(point.explicit_bounds)) == (1, 120)
        assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
        assert sum(point.bucket_counts) == 1
        assert attributes(point)["http.response.status_code"] == 200
        (process,) = found["messaging.process.duration"].histogram.data_points
        assert "error.type" not in attributes(process)
        (call,) = found["gen_ai.client.operation.duration"].histogram.data_points
        assert call.count == 2
        tokens = found["gen_ai.client.token.usage"].histogram.data_points
        assert {attributes(each)["gen_ai.token.type"]: each.sum for each in tokens} == {
            "input": 20.0,
            "output": 2.0,
        }
        stops = found["trm_stops"].sum
        assert stops.is_monotonic
        assert {attributes(each)["reason"]: each.as_double for each in stops.data_points}[
            "checks_passed"
        ] == 1.0
        assert found["trm_queue_depth"].gauge.data_points
        # Nothing failed: it was closed.
        assert not found["trm_breaker_state"].gauge.data_points
        scraped = {family.name for family in running.service.metrics.collect()}
        assert len(scraped) == len(found)


@pytest.mark.parametrize("signal", ["traces", "metrics"])
def test_one_kind_can_go_elsewhere_or_nowhere(run: Run, signal: str) -> None:
    with over_http() as collector, over_grpc() as other:
        running = run(
            **settings(collector, "http/protobuf"),
            **{
                f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT": other.url,
                f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL": "grpc",
            },
        )
        answered(running, {"prompt": "?"})
        running.service.close()
        assert bool(other.spans) is bool(collector.metrics) is (signal == "traces")
        assert bool(other.metrics) is bool(collector.spans) is (signal == "metrics")
    with over_grpc() as collector:
        running = run(**settings(collector), **{f"OTEL_{signal.upper()}_EXPORTER": "none"})
        answered(running, {"prompt": "?"})
        running.service.close()
        assert bool(collector.spans) is (signal == "metrics")
        assert bool(collector.metrics) is (signal == "traces")


def test_an_interval_that_is_none_stops_the_start() -> None:
    chosen = load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    with pytest.raises(ConfigurationError, match="OTEL_METRIC_EXPORT_INTERVAL"):
        Telemetry(chosen, list, Log("ERROR"), {"OTEL_METRIC_EXPORT_INTERVAL": "soon"})


def test_metrics_leave_at_an_interval() -> None:
    metrics = Metrics()
    with over_grpc() as collector:
        telemetry = Telemetry(
            load_settings(settings(collector)),
            metrics.collect,
            Log("ERROR"),
            {"OTEL_METRIC_EXPORT_INTERVAL": "20"},
        )
        metrics.count_failure("expired")
        collector.wait_for(
            lambda seen: any(
                attributes(point)["code"] == "expired" and point.as_double == 1
                for metric in [seen.metrics.get("trm_failures")]
                if metric is not None
                for point in metric.sum.data_points
            )
        )
        telemetry.close()


def test_it_can_be_disabled(run: Run) -> None:
    with over_grpc() as collector:
        running = run(**settings(collector), OTEL_SDK_DISABLED="true")
        answered(running, {"prompt": "?"})
        running.service.close()
        assert not collector.requests


@timed
def test_a_collector_that_is_gone_holds_nothing_up() -> None:
    with reserved_port() as port:
        model = ScriptedModel()
        service = Service(
            load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}),
            [Member("test", lambda: model)],
            Log("ERROR"),
        )
        service.start()
        assert service.chain.wait(10)
        reply = service.handler.handle(request_event({"prompt": "?"}))
        assert reply is not None
        started = time.monotonic()
        service.close()
        assert time.monotonic() - started < 15


@pytest.mark.parametrize("adapter", ["gunicorn", "middleware"])
@pytest.mark.parametrize("protocol", COLLECTORS)
def test_sigterm_sends_what_is_left(adapter: Adapter, protocol: str) -> None:
    message = encode(request_event({"prompt": "nine?"}), Mode.BINARY)
    headers: Headers = [*message.headers, ("traceparent", PARENT)]
    with COLLECTORS[protocol]() as collector:
        environment = settings(collector, protocol) | {
            # Far longer than the test: whatever comes was sent because of the signal.
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
            "OTEL_METRIC_EXPORT_INTERVAL": "600000",
            "OTEL_SERVICE_NAME": "trm-under-test",
        }
        with serve(adapter, scripted(adapter), environment) as server:
            server.wait_for("/health/readiness", 200)
            with server.client() as client:
                assert client.post(headers, message.body).status == 200
            assert not collector.requests
            server.ask_to_stop()
            assert server.wait() == 0
        assert collector.span("POST /").trace_id.hex() == TRACE
        assert "chat scripted" in collector.names
        (point,) = collector.metrics["messaging.process.duration"].histogram.data_points
        assert point.count == 1
        assert {each["service.name"] for each in collector.resources} == {"trm-under-test"}


def test_text_models_in_the_process_are_internal(run: Run) -> None:
    with over_grpc() as collector:
        model = ScriptedModel(abilities=Abilities(), backend="llama.cpp")
        running = run(model, **settings(collector))
        answered(running, {"prompt": "?"})
        running.service.close()
        assert collector.span("chat scripted").kind == Span.SPAN_KIND_INTERNAL
