"""The data of reply events, small enough for a broker, in the form that the agent knows.

An answer whose confidence is too low gives way to what the profile has said instead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel, ConfigDict, Field

from function.contract import (
    Attempt,
    ErrorBody,
    ErrorField,
    FailedResponse,
    InferenceRequest,
    InferenceResponse,
    Usage,
)
from function.errors import InvalidRequest, ReplyTooLarge, RequestFailed
from function.events.attributes import CheckedEvent, spelling_of
from function.events.codec import encode
from function.events.replies import Reply
from function.pipeline.intake import Reading, task_type_of
from function.profiles.profile import ALL_FIELDS, BelowConfidence, Events
from function.reflection.answer import Outcome

MAX_REPLY_BYTES = 56_000
"""Of the data of a reply, which leaves room for most replies' attributes."""
MAX_EVENT_BYTES = 64_000
"""Of a reply, attributes included: brokers refuse events over 64 KiB."""
SHORTENED_TEXT = 300
MAX_FIELDS = 40
MAX_FIELD_TEXT = 200
MAX_MESSAGE = 2_000
GENERAL = "general"
"""Task type of a reply to a reasoning request that names none."""
LONGEST_TASK_TYPE = 63


@dataclass(slots=True)
class Served:
    """What answered: the model's name, what ran it, why the ones before it did not, and what each
    backend did."""

    model_name: str
    backend: str
    fallback_reason: str | None = None
    attempts: Sequence[Attempt] = ()


def response_of(
    reading: Reading,
    served: Served,
    outcome: Outcome,
    duration_ms: float,
    withheld: str | None = None,
) -> InferenceResponse:
    """Return what a ``completed`` reply says.

    :param withheld: the model's own answer, where another one stands in for it.
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
        finish_reason=outcome.finish_reason,
        duration_ms=duration_ms,
        tokens_used=tokens.total,
        usage=Usage(prompt=tokens.prompt, completion=tokens.completion, cached=tokens.cached),
        model_name=served.model_name,
        backend=served.backend,
        fallback_reason=served.fallback_reason,
        attempts=list(served.attempts),
        conversation_id=reading.request.conversation_id,
        withheld_answer=withheld,
        filled_fields=outcome.filled_fields,
        profile=reading.profile_name,
        input_notes=[*reading.notes, *outcome.notes],
        schema_notes=list(outcome.schema_notes),
    )
    return _shortened(response)


def error_body(error: RequestFailed) -> ErrorBody:
    """Return the error in the reply to a permanent failure."""
    bad = error.fields[:MAX_FIELDS] if isinstance(error, InvalidRequest) else []
    fields = [
        ErrorField(field=item.field[:MAX_FIELD_TEXT], problem=item.problem[:MAX_FIELD_TEXT])
        for item in bad
    ]
    return ErrorBody(
        code=error.code, message=str(error)[:MAX_MESSAGE], retryable=False, fields=fields
    )


def write_reply(reply: CloudEvent) -> Reply:
    """Write a reply, its data shortened where its attributes leave less room than usual.

    :raises ReplyTooLarge: a ``completed`` reply whose answer alone does not fit.
    """
    message = encode(reply)
    excess = len(message.head) + len(message.body) - MAX_EVENT_BYTES
    if excess <= 0:
        return Reply(message, reply)
    body: Any = reply.get_data()
    room = len(message.body) - excess
    if isinstance(body, InferenceResponse):
        body = _shortened(body, room)
    elif isinstance(body, FailedResponse):
        body = _with_fewer_fields(body, room)
    shorter = CheckedEvent(reply.get_attributes(), body, spelling_of(reply))
    return Reply(encode(shorter), shorter)


def _shortened(response: InferenceResponse, room: int = MAX_REPLY_BYTES) -> InferenceResponse:
    """Cut the trace, never the answer, so that the event fits through a broker."""
    # Each character is at most six bytes of JSON: most replies need no second serialisation.
    if not response.reflection_trace and len(response.answer) < room // 16:
        return response
    if _size(response) <= room:
        return response
    texts = ("initial_answer", "reflection", "refined_answer")
    trace = [
        step.model_copy(update={name: getattr(step, name)[:SHORTENED_TEXT] for name in texts})
        for step in response.reflection_trace
    ]
    short = response.model_copy(update={"reflection_trace": trace, "trace_shortened": bool(trace)})
    if _size(short) > room:
        raise ReplyTooLarge("the answer does not fit into an event of 64 KiB")
    return short


def _with_fewer_fields(failed: FailedResponse, room: int) -> FailedResponse:
    error = failed.error
    while _size(failed) > room and error.fields:
        kept = error.fields[: len(error.fields) // 2]
        error = error.model_copy(update={"fields": kept, "message": error.message[:MAX_FIELD_TEXT]})
        failed = failed.model_copy(update={"error": error})
    return failed


def _size(body: BaseModel) -> int:
    return len(body.model_dump_json().encode())


def stand_in(
    request: InferenceRequest, outcome: Outcome, rule: BelowConfidence
) -> tuple[Outcome, str | None]:
    """Return what is replied, and the model's own answer where it is withheld.

    Written texts are replaced, of JSON the fields that the answer has. An answer without a
    confidence is never withheld, nor is the choice of an action.
    """
    value, own = outcome.confidence.value, outcome.withheld
    if request.kind != "text" or value is None or value >= rule.threshold:
        return outcome, own
    if request.response_format is None:
        if rule.answer is None:
            return outcome, own
        return replace(outcome, answer=rule.answer), own or outcome.answer
    known: dict[str, Any] = outcome.data if isinstance(outcome.data, dict) else {}
    changed = {name: item for name, item in rule.fields.items() if name in known}
    if not changed:
        return outcome, own
    data = {**known, **changed}
    text = json.dumps(data, ensure_ascii=False)
    return replace(outcome, answer=text, data=data), own or outcome.answer


class ReasoningStep(BaseModel):
    """One step: the answer after it."""

    step: int
    intermediate_answer: str
    confidence: float


class ReasoningResponse(InferenceResponse):
    """A reply with the fields of the older reasoning service beside its own.

    ``confidence`` is a number there: 0 where it is unknown, and ``confidence_method`` is null then.
    """

    steps: int
    task_type: str
    reasoning_trace: list[ReasoningStep] = Field(default_factory=list)


def as_reasoning(response: InferenceResponse, data: object) -> ReasoningResponse:
    """Return a response with the fields of the reasoning service.

    :param data: of the request, which names the ``task_type``.
    """
    given = data if isinstance(data, dict) else {}
    trace = [
        ReasoningStep(
            step=step.step,
            intermediate_answer=step.refined_answer if step.accepted else step.initial_answer,
            confidence=step.confidence or 0.0,
        )
        for step in response.reflection_trace
    ]
    fields: dict[str, Any] = dict(response)
    fields["confidence"] = response.confidence or 0.0
    return ReasoningResponse(
        **fields,
        steps=max(len(trace), 1),
        task_type=(task_type_of(given) or GENERAL)[:LONGEST_TASK_TYPE],
        reasoning_trace=trace,
    )


class NamedResponse(InferenceResponse):
    """A reply with further fields."""

    model_config = ConfigDict(extra="allow")


def named(response: InferenceResponse, events: Events, data: object) -> InferenceResponse:
    """Return a response with the fields that a profile names beside its own.

    :param data: of the request event, from which a reply may repeat fields.
    """
    if not events.data:
        return response
    said: dict[str, Any] = {**response.model_dump(), "request": data}
    further: dict[str, Any] = {}
    for name, path in events.data.items():
        value = _at(said, path)
        if name == ALL_FIELDS:
            further |= value if isinstance(value, Mapping) else {}
        else:
            further[name] = value
    own = InferenceResponse.model_fields
    kept = {name: value for name, value in further.items() if name not in own}
    return NamedResponse(**dict(response), **kept)


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
