"""The spans of an event on its way: what each part of the function did, and for how long.

A span never holds a prompt, an answer or anything else that a sender wrote, save the id of the
event and, where that is switched on, the messages of model calls. Of an error it holds the class.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from opentelemetry import context as contexts
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from function.backends.base import total_of
from function.observability import conventions as names

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent
    from opentelemetry.context import Context
    from opentelemetry.util.types import AttributeValue

    from function.backends.base import Generation, Model, Scores, Tokens, Turn
    from function.contract import CheckResult, InferenceRequest, ReflectionStep
    from function.deadline import Deadline
    from function.events.message import Answer
    from function.http.wsgi import Streamed
    from function.reflection.candidates import Outcome

IN_PROCESS = frozenset(("llama.cpp", "trm"))
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACE_HEADERS = frozenset(("traceparent", "tracestate"))

P = ParamSpec("P")
T = TypeVar("T")
Stepped = TypeVar("Stepped")
Answered = TypeVar("Answered", bound="Answer | Streamed")


class Spans:
    """Runs pieces of work, each in a span of its own. Safe to share between threads.

    :param capture: whether model calls show what was said.
    """

    def __init__(self, tracer: Tracer, capture: bool = False) -> None:
        self._tracer = tracer
        self._capture = capture

    def request(
        self,
        headers: Iterable[tuple[str, str]],
        work: Callable[[], Answered],
        method: str = "POST",
        route: str = "/",
    ) -> Answered:
        """Return an HTTP request, in the trace that its headers name."""
        given = {name.lower(): value for name, value in headers}
        known = {name: given[name] for name in _TRACE_HEADERS & given.keys()}
        attributes: dict[str, AttributeValue] = {
            names.HTTP_REQUEST_METHOD: method,
            names.HTTP_ROUTE: route,
            names.URL_PATH: route,
            names.URL_SCHEME: "http",
        }
        with self._span(
            f"{method} {route}", SpanKind.SERVER, attributes, context=_PROPAGATOR.extract(known)
        ) as span:
            answer = work()
            span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, answer.status)
            if answer.status >= 500:
                span.set_attribute(names.ERROR_TYPE, str(answer.status))
                span.set_status(StatusCode.ERROR)
            return answer

    def process(self, event: CloudEvent, work: Callable[[], T]) -> T:
        """Return an event of an accepted type, linked to the trace that the event itself names."""
        attributes: dict[str, AttributeValue] = {
            **_message(event, "process"),
            names.CLOUDEVENTS_EVENT_TYPE: event.get_type(),
        }
        with self._span("process event", SpanKind.CONSUMER, attributes, _links(event)):
            return work()

    def reflect(
        self, request: InferenceRequest, work: Callable[[], tuple[T, Outcome]]
    ) -> tuple[T, Outcome]:
        """Return all the work on one request, whichever model does it."""
        with self._span("reflect", attributes={names.TRM_TASK: request.kind}) as span:
            served, outcome = work()
            span.set_attribute(names.TRM_STEPS, len(outcome.trace))
            span.set_attribute(names.TRM_STOP_REASON, outcome.stop_reason)
            if outcome.confidence.value is not None and outcome.confidence.method is not None:
                span.set_attribute(names.TRM_CONFIDENCE, outcome.confidence.value)
                span.set_attribute(names.TRM_CONFIDENCE_METHOD, outcome.confidence.method)
            return served, outcome

    def attempted(
        self, work: Callable[Concatenate[Model, P], T]
    ) -> Callable[Concatenate[Model, P], T]:
        """Return the same work, with a span for each backend that it is tried with."""

        def attempt(model: Model, /, *args: P.args, **kwargs: P.kwargs) -> T:
            attributes: dict[str, AttributeValue] = {
                names.GEN_AI_PROVIDER_NAME: model.backend,
                names.GEN_AI_REQUEST_MODEL: model.name,
            }
            with self._span(f"attempt {model.backend}", attributes=attributes):
                return work(model, *args, **kwargs)

        return attempt

    def native(
        self, backend: str, request: InferenceRequest, work: Callable[[], tuple[str, Outcome]]
    ) -> tuple[str, Outcome]:
        """Return a puzzle at the engine of the native TRM.

        Its steps are events of the span, because the engine takes them together with the steps of
        other puzzles.
        """
        attributes: dict[str, AttributeValue] = {
            names.GEN_AI_OPERATION_NAME: "generate_content",
            names.GEN_AI_PROVIDER_NAME: backend,
            names.TRM_TASK: request.kind,
        }
        with self._span(f"generate_content {backend}", attributes=attributes) as span:
            name, outcome = work()
            span.set_attribute(names.GEN_AI_RESPONSE_MODEL, name)
            for step in outcome.trace:
                span.add_event(
                    "step", {names.TRM_STEP: step.step, names.TRM_ACCEPTED: step.accepted}
                )
            return name, outcome

    def step(
        self, number: int, work: Callable[[], tuple[ReflectionStep, Stepped]]
    ) -> tuple[ReflectionStep, Stepped]:
        """Return one reflection step."""
        with self._span("step", attributes={names.TRM_STEP: number}) as span:
            entry, more = work()
            span.set_attribute(names.TRM_ACCEPTED, entry.accepted)
            if entry.confidence is not None:
                span.set_attribute(names.TRM_CONFIDENCE, entry.confidence)
            return entry, more

    def check(self, name: str, work: Callable[[], CheckResult]) -> CheckResult:
        """Return one check of one candidate."""
        with self._span(f"check {name}", attributes={names.TRM_CHECK: name}) as span:
            result = work()
            span.set_attribute(names.TRM_CHECK_PASSED, result.passed)
            return result

    def generate(
        self,
        model: Model,
        turns: Sequence[Turn],
        max_tokens: int,
        temperature: float,
        json_wanted: bool,
        work: Callable[[], list[Generation]],
    ) -> list[Generation]:
        """Return one call of a model that writes, one answer or several."""
        with self._call(model) as span:
            span.set_attributes(
                {
                    names.GEN_AI_REQUEST_MAX_TOKENS: max_tokens,
                    names.GEN_AI_REQUEST_TEMPERATURE: temperature,
                    names.GEN_AI_OUTPUT_TYPE: "json" if json_wanted else "text",
                }
            )
            if self._capture:
                said = [_message_of(turn.role, turn.content) for turn in turns]
                span.set_attribute(names.GEN_AI_INPUT_MESSAGES, json.dumps(said))
            written = work()
            if len(written) > 1:
                span.set_attribute(names.GEN_AI_REQUEST_CHOICE_COUNT, len(written))
            reasons = [generation.finish_reason for generation in written]
            span.set_attribute(names.GEN_AI_RESPONSE_FINISH_REASONS, reasons)
            span.set_attributes(_usage(total_of(written)))
            if self._capture:
                wrote = [
                    {**_message_of("assistant", each.text), "finish_reason": each.finish_reason}
                    for each in written
                ]
                span.set_attribute(names.GEN_AI_OUTPUT_MESSAGES, json.dumps(wrote))
            return written

    def score(self, model: Model, work: Callable[[], Scores]) -> Scores:
        """Return one call of a model that tells how likely given texts are."""
        with self._call(model) as span:
            scores = work()
            span.set_attributes(_usage(scores.tokens))
            return scores

    def send(
        self, event: CloudEvent, deadline: Deadline, post: Callable[[CloudEvent, Deadline], None]
    ) -> None:
        """Send an event to the sink in a span, its retries included.

        A step event leaves by a thread of its own: there its trace is the one that it names.
        """
        attributes = _message(event, "send")
        with self._span(
            "send event", SpanKind.PRODUCER, attributes, _links(event), _here_or_from(event)
        ):
            post(event, deadline)

    def mark_duplicate(self) -> None:
        """Say that the current event was answered from memory, or joined another's work."""
        get_current_span().set_attribute(names.TRM_DUPLICATE, True)

    def mark_failure(self, code: str) -> None:
        """Say why the current event is answered for good without an answer."""
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

    @contextmanager
    def _call(self, model: Model) -> Iterator[Span]:
        attributes: dict[str, AttributeValue] = {
            names.GEN_AI_OPERATION_NAME: "chat",
            names.GEN_AI_PROVIDER_NAME: model.backend,
            names.GEN_AI_REQUEST_MODEL: model.name,
            names.GEN_AI_RESPONSE_MODEL: model.name,
        }
        kind = SpanKind.INTERNAL if model.backend in IN_PROCESS else SpanKind.CLIENT
        with self._span(f"chat {model.name}", kind, attributes) as span:
            yield span

    @contextmanager
    def _span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: dict[str, AttributeValue] | None = None,
        links: Sequence[Link] = (),
        context: Context | None = None,
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name,
            context,
            kind,
            attributes,
            links,
            # The text of an error may hold what somebody wrote.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute(names.ERROR_TYPE, type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise


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
