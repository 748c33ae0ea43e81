"""The data of reply events, small enough for a broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from function.contract import (
    Attempt,
    ErrorBody,
    ErrorField,
    InferenceResponse,
    Usage,
)
from function.errors import InvalidRequest, ReplyTooLarge, RequestFailed
from function.pipeline.reading import Reading
from function.reflection.candidate import Outcome

MAX_REPLY_BYTES = 56_000
"""Brokers refuse events over 64 KiB; the rest is for the attributes."""
SHORTENED_TEXT = 300
MAX_FIELDS = 40
MAX_FIELD_TEXT = 200
MAX_MESSAGE = 2_000


@dataclass(slots=True)
class Served:
    """What answered: the model's name, what ran it, why the ones before it did not, and what each
    backend did."""

    model_name: str
    backend: str
    fallback_reason: str | None = None
    attempts: Sequence[Attempt] = ()


def response_of(
    reading: Reading, served: Served, outcome: Outcome, duration_ms: float
) -> InferenceResponse:
    """What a ``completed`` reply says.

    :raises ReplyTooLarge: the answer alone does not fit into an event.
    """
    tokens = outcome.tokens
    response = InferenceResponse(
        answer=outcome.answer,
        data=outcome.data,
        choice=outcome.choice,
        reflection_steps=len(outcome.trace),
        confidence=outcome.confidence.value,
        confidence_method=outcome.confidence.method,
        calibrated=outcome.confidence.calibrated,
        checks=list(outcome.checks),
        reflection_trace=outcome.trace,
        input_shortened=outcome.input_shortened,
        stop_reason=outcome.stop_reason,
        duration_ms=duration_ms,
        tokens_used=tokens.total,
        usage=Usage(prompt=tokens.prompt, completion=tokens.completion, cached=tokens.cached),
        model_name=served.model_name,
        backend=served.backend,
        fallback_reason=served.fallback_reason,
        attempts=list(served.attempts),
        conversation_id=reading.request.conversation_id,
        profile=reading.profile,
        input_notes=list(reading.notes),
    )
    return _shortened(response)


def error_body(error: RequestFailed) -> ErrorBody:
    """What the sender is told about a permanent failure."""
    bad = error.fields[:MAX_FIELDS] if isinstance(error, InvalidRequest) else []
    fields = [
        ErrorField(field=item.field[:MAX_FIELD_TEXT], problem=item.problem[:MAX_FIELD_TEXT])
        for item in bad
    ]
    return ErrorBody(
        code=error.code, message=str(error)[:MAX_MESSAGE], retryable=False, fields=fields
    )


def _shortened(response: InferenceResponse) -> InferenceResponse:
    """Cut the trace, never the answer, so that the event fits through a broker."""
    # Each character is at most six bytes of JSON: most replies need no second serialisation.
    if not response.reflection_trace and len(response.answer) < MAX_REPLY_BYTES // 16:
        return response
    if _fits(response):
        return response
    texts = ("initial_answer", "reflection", "refined_answer")
    trace = [
        step.model_copy(update={name: getattr(step, name)[:SHORTENED_TEXT] for name in texts})
        for step in response.reflection_trace
    ]
    short = response.model_copy(update={"reflection_trace": trace, "trace_shortened": bool(trace)})
    if not _fits(short):
        raise ReplyTooLarge("the answer does not fit into an event of 64 KiB")
    return short


def _fits(response: InferenceResponse) -> bool:
    return len(response.model_dump_json().encode()) <= MAX_REPLY_BYTES
