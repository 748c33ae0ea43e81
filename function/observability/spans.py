"""The spans of an event on its way: what each part of the function did, and for how long.

A span never holds a prompt, an answer or anything else that a sender wrote, save the id of the
event and, where that is switched on, the messages of model calls. Of an error it holds the class.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from opentelemetry import context as contexts
from opentelemetry.trace import INVALID_SPAN, Link, SpanKind, StatusCode, get_current_span
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import Tracer as OtelTracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from function.backends.base import total_of
from function.observability import conventions as names
from function.telemetry import Span, Tracer

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent
    from opentelemetry.context import Context
    from opentelemetry.util.types import AttributeValue

    from function.backends.base import Generation, Model, Scores, Tokens, Turn
    from function.contract import CheckResult, InferenceRequest, ReflectionStep
    from function.events.message import HttpResponse
    from function.http.wsgi import Streamed
    from function.reflection.answer import Outcome

IN_PROCESS = frozenset(("llama.cpp", "trm"))
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACE_HEADERS = frozenset(("traceparent", "tracestate"))

P = ParamSpec("P")
T = TypeVar("T")
Attributes = dict[str, "AttributeValue"]


def _nothing(span: OtelSpan, result: Any) -> None:
    """Record nothing of a result."""


class _Recorded(Span):
    """A span of OpenTelemetry; of an error it records the class."""

    __slots__ = ("_context", "_record", "_span")

    def __init__(
        self, context: AbstractContextManager[OtelSpan], record: Callable[[OtelSpan, Any], None]
    ) -> None:
        self._context = context
        self._record = record
        self._span: OtelSpan = INVALID_SPAN

    def __enter__(self) -> Self:
        self._span = self._context.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            self._span.set_attribute(names.ERROR_TYPE, type(error).__name__)
            self._span.set_status(StatusCode.ERROR)
        self._context.__exit__(kind, error, traceback)

    def end(self, result: Any) -> None:
        """Record what the work returned."""
        self._record(self._span, result)


class Spans(Tracer):
    """Opens spans that are exported. Safe to share between threads.

    :param capture: whether model calls show what was said.
    """

    __slots__ = ("_capture", "_tracer")

    def __init__(self, tracer: OtelTracer, capture: bool = False) -> None:
        self._tracer = tracer
        self._capture = capture

    def request(
        self, headers: Iterable[tuple[str, str]], method: str = "POST", route: str = "/"
    ) -> Span:
        """Open the span of an HTTP request, in the trace that its headers name."""
        given = {name.lower(): value for name, value in headers}
        known = {name: given[name] for name in _TRACE_HEADERS & given.keys()}
        attributes: Attributes = {
            names.HTTP_REQUEST_METHOD: method,
            names.HTTP_ROUTE: route,
            names.URL_PATH: route,
            names.URL_SCHEME: "http",
        }
        context = _PROPAGATOR.extract(known)
        return self._open(
            f"{method} {route}", _answered, SpanKind.SERVER, attributes, context=context
        )

    def process(self, event: CloudEvent) -> Span:
        """Open the span of an event, linked to the trace that the event itself names."""
        attributes = _message(event, "process")
        attributes[names.CLOUDEVENTS_EVENT_TYPE] = event.get_type()
        links = _links(event)
        return self._open("process event", _nothing, SpanKind.CONSUMER, attributes, links)

    def reflect(self, request: InferenceRequest) -> Span:
        """Open the span of all work on one request, whichever model does it."""
        return self._open("reflect", _concluded, attributes={names.TRM_TASK: request.kind})

    def attempt(self, model: Model) -> Span:
        """Open the span of one backend that a request is tried with."""
        attributes: Attributes = {
            names.GEN_AI_PROVIDER_NAME: model.backend,
            names.GEN_AI_REQUEST_MODEL: model.name,
        }
        return self._open(f"attempt {model.backend}", _nothing, attributes=attributes)

    def native(self, backend: str, request: InferenceRequest) -> Span:
        """Open the span of a puzzle at the engine of the native TRM.

        Its steps are events of the span, because the engine takes them together with the steps of
        other puzzles.
        """
        attributes: Attributes = {
            names.GEN_AI_OPERATION_NAME: "generate_content",
            names.GEN_AI_PROVIDER_NAME: backend,
            names.TRM_TASK: request.kind,
        }
        return self._open(f"generate_content {backend}", _solved, attributes=attributes)

    def step(self, number: int) -> Span:
        """Open the span of one reflection step."""
        return self._open("step", _stepped, attributes={names.TRM_STEP: number})

    def check(self, name: str) -> Span:
        """Open the span of one check of one candidate."""
        return self._open(f"check {name}", _checked, attributes={names.TRM_CHECK: name})

    def generate(self, model: Model, turns: Sequence[Turn], options: Mapping[str, Any]) -> Span:
        """Open the span of one call of a model that writes, one answer or several."""
        attributes = _call(model)
        attributes |= {
            names.GEN_AI_REQUEST_MAX_TOKENS: options["max_tokens"],
            names.GEN_AI_REQUEST_TEMPERATURE: options["temperature"],
            names.GEN_AI_OUTPUT_TYPE: "text" if options.get("schema") is None else "json",
        }
        if self._capture:
            said = [_message_of(turn.role, turn.content) for turn in turns]
            attributes[names.GEN_AI_INPUT_MESSAGES] = json.dumps(said)
        record = _wrote_and_show if self._capture else _wrote
        return self._open(f"chat {model.name}", record, _kind(model), attributes)

    def score(self, model: Model) -> Span:
        """Open the span of one call that scores given texts."""
        return self._open(f"chat {model.name}", _scored, _kind(model), _call(model))

    def send(self, event: CloudEvent) -> Span:
        """Open the span of an event on its way to the sink, its retries included.

        A step event leaves by a thread of its own: there its trace is the one that it names.
        """
        return self._open(
            "send event",
            _nothing,
            SpanKind.PRODUCER,
            _message(event, "send"),
            _links(event),
            _here_or_from(event),
        )

    def mark_duplicate(self) -> None:
        """Record that the current event was answered from memory, or joined another's work."""
        get_current_span().set_attribute(names.TRM_DUPLICATE, True)

    def mark_failure(self, code: str) -> None:
        """Record why the current event is answered for good without an answer."""
        get_current_span().set_attribute(names.TRM_FAILURE, code)

    def carried(self, work: Callable[P, T]) -> Callable[P, T]:
        """Return the same work for another thread, in the span of this one."""
        here = contexts.get_current()

        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            token = contexts.attach(here)
            try:
                return work(*args, **kwargs)
            finally:
                contexts.detach(token)

        return run

    def ids(self) -> dict[str, str]:
        """Return the current trace and span for a log line; empty outside of any."""
        span = get_current_span().get_span_context()
        if not span.is_valid:
            return {}
        return {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}

    def _open(
        self,
        name: str,
        record: Callable[[OtelSpan, Any], None],
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
        links: Sequence[Link] = (),
        context: Context | None = None,
    ) -> Span:
        span = self._tracer.start_as_current_span(
            name,
            context,
            kind,
            attributes,
            links,
            # The text of an error may hold what a sender wrote.
            record_exception=False,
            set_status_on_exception=False,
        )
        return _Recorded(span, record)


def _answered(span: OtelSpan, answer: HttpResponse | Streamed) -> None:
    span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, answer.status)
    if answer.status >= 500:
        span.set_attribute(names.ERROR_TYPE, str(answer.status))
        span.set_status(StatusCode.ERROR)


def _concluded(span: OtelSpan, outcome: Outcome) -> None:
    span.set_attribute(names.TRM_STEPS, len(outcome.trace))
    span.set_attribute(names.TRM_STOP_REASON, outcome.stop_reason)
    if outcome.confidence.value is not None and outcome.confidence.method is not None:
        span.set_attribute(names.TRM_CONFIDENCE, outcome.confidence.value)
        span.set_attribute(names.TRM_CONFIDENCE_METHOD, outcome.confidence.method)


def _solved(span: OtelSpan, solved: tuple[str, Outcome]) -> None:
    name, outcome = solved
    span.set_attribute(names.GEN_AI_RESPONSE_MODEL, name)
    for step in outcome.trace:
        span.add_event("step", {names.TRM_STEP: step.step, names.TRM_ACCEPTED: step.accepted})


def _stepped(span: OtelSpan, step: ReflectionStep) -> None:
    span.set_attribute(names.TRM_ACCEPTED, step.accepted)
    if step.confidence is not None:
        span.set_attribute(names.TRM_CONFIDENCE, step.confidence)


def _checked(span: OtelSpan, result: CheckResult) -> None:
    span.set_attribute(names.TRM_CHECK_PASSED, result.passed)


def _wrote(span: OtelSpan, written: list[Generation]) -> None:
    if len(written) > 1:
        span.set_attribute(names.GEN_AI_REQUEST_CHOICE_COUNT, len(written))
    reasons = [generation.finish_reason for generation in written]
    span.set_attribute(names.GEN_AI_RESPONSE_FINISH_REASONS, reasons)
    span.set_attributes(_usage(total_of(written)))


def _wrote_and_show(span: OtelSpan, written: list[Generation]) -> None:
    _wrote(span, written)
    shown = [
        {**_message_of("assistant", each.text), "finish_reason": each.finish_reason}
        for each in written
    ]
    span.set_attribute(names.GEN_AI_OUTPUT_MESSAGES, json.dumps(shown))


def _scored(span: OtelSpan, scores: Scores) -> None:
    span.set_attributes(_usage(scores.tokens))


def _kind(model: Model) -> SpanKind:
    return SpanKind.INTERNAL if model.backend in IN_PROCESS else SpanKind.CLIENT


def _call(model: Model) -> Attributes:
    return {
        names.GEN_AI_OPERATION_NAME: "chat",
        names.GEN_AI_PROVIDER_NAME: model.backend,
        names.GEN_AI_REQUEST_MODEL: model.name,
        names.GEN_AI_RESPONSE_MODEL: model.name,
    }


def _message(event: CloudEvent, operation: str) -> dict[str, AttributeValue]:
    return {
        names.MESSAGING_SYSTEM: names.SYSTEM,
        names.MESSAGING_OPERATION_NAME: operation,
        names.MESSAGING_OPERATION_TYPE: operation,
        names.MESSAGING_MESSAGE_ID: event.get_id(),
        names.CLOUDEVENTS_EVENT_ID: event.get_id(),
        names.CLOUDEVENTS_EVENT_SPEC_VERSION: "1.0",
    }


def _usage(tokens: Tokens) -> dict[str, AttributeValue]:
    return {
        names.GEN_AI_USAGE_INPUT_TOKENS: tokens.prompt,
        names.GEN_AI_USAGE_OUTPUT_TOKENS: tokens.completion,
        names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: tokens.cached,
    }


def _message_of(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _trace_of(event: CloudEvent) -> Context:
    attributes = event.get_attributes()
    carrier = {name: str(attributes[name]) for name in _TRACE_HEADERS & attributes.keys()}
    return _PROPAGATOR.extract(carrier, contexts.Context())


def _links(event: CloudEvent) -> list[Link]:
    found = get_current_span(_trace_of(event)).get_span_context()
    return [Link(found)] if found.is_valid else []


def _here_or_from(event: CloudEvent) -> Context | None:
    return None if get_current_span().get_span_context().is_valid else _trace_of(event)
