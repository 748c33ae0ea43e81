"""What a reply event holds: an answer, a step on the way to it, or an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class CheckResult(BaseModel):
    """One check's outcome; ``reason`` says what to fix and is empty when it passed."""

    name: str
    passed: bool
    reason: str = ""


class ReflectionStep(BaseModel):
    """One look at the candidate and what came of it.

    ``improvement_score`` is the refined answer's score less the candidate's, -1 to 1. A refinement
    that is not accepted has no confidence; ``refused_because`` says why. ``failed_checks`` are
    those that the candidate failed: their reasons are the ``reflection``; without any it is the
    model's critique, or what a network changed. ``tokens_used`` and ``duration_ms`` are the step's
    own; of refinements written together the first has those of all, and a network spends no tokens.
    """

    step: int
    initial_answer: str
    reflection: str
    refined_answer: str
    confidence: float | None = None
    improvement_score: float
    accepted: bool
    refused_because: str | None = None
    failed_checks: list[str] = Field(default_factory=list)
    tokens_used: int = 0
    duration_ms: float | None = None


@dataclass(slots=True)
class Usage:
    """Tokens over all model calls of one request; ``cached`` is the part of ``prompt`` reused."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0


StopReason = Literal[
    "confident", "checks_passed", "no_improvement", "max_steps", "deadline", "never", "budget"
]


AttemptOutcome = Literal["answered", "outdone", "failed", "skipped"]


@dataclass(slots=True)
class Attempt:
    """What one backend did for a request.

    ``answered``: the answer is its own. ``outdone``: it answered, and another one answered better.
    ``failed``: it gave no answer. ``skipped``: it was not asked, because it is loading, or was left
    alone after failures. ``error`` is the class of what went wrong.
    """

    label: str
    outcome: AttemptOutcome
    error: str | None = None
    duration_ms: float = 0.0


class InferenceResponse(BaseModel):
    """The data of a ``completed`` reply event."""

    # "constants": the writer sees a NaN in the data and refuses it, null would be a lie.
    model_config = ConfigDict(
        allow_inf_nan=False, ser_json_inf_nan="constants", protected_namespaces=()
    )

    answer: str
    data: Any = None
    choice: str | None = None
    reflection_steps: int
    confidence: float | None = Field(None, ge=0, le=1)
    confidence_method: str | None = None
    calibrated: bool = False
    checks: list[CheckResult] = Field(default_factory=list)
    reflection_trace: list[ReflectionStep] = Field(default_factory=list)
    trace_shortened: bool = False
    input_shortened: bool = Field(
        False, description="Whether history or context did not fit into the model's window whole."
    )
    stop_reason: StopReason
    finish_reason: Literal["stop", "length", "deadline"] = Field(
        "stop", description="Whether the answer came to its end, or what cut it."
    )
    duration_ms: float
    tokens_used: int
    usage: Usage
    model_name: str
    backend: str
    fallback_reason: str | None = None
    attempts: list[Attempt] = Field(
        default_factory=list, description="What each backend did, in order; none for native tasks."
    )
    conversation_id: str | None = None
    profile: str | None = Field(
        None, description="The profile whose defaults were used; null for an agent without one."
    )
    withheld_answer: str | None = Field(
        None,
        description="The model's own answer, where another one stands in for it: composed from "
        "the facts, or what the profile replies below a confidence; `confidence` and `checks` are "
        "of this one in the second case.",
    )
    filled_fields: list[str] = Field(
        default_factory=list, description="Fields of the answer that were filled in from the facts."
    )
    input_notes: list[str] = Field(
        default_factory=list, description="What was read out of the prompt or could not be used."
    )
    schema_notes: list[str] = Field(
        default_factory=list,
        description="Keywords of the JSON Schema that decoding did not enforce, a line for each.",
    )


class ErrorField(BaseModel):
    """One bad field of a request."""

    field: str
    problem: str


class ErrorBody(BaseModel):
    """Why a request failed; ``retryable`` is whether the same request can succeed later."""

    code: str
    message: str
    retryable: bool
    fields: list[ErrorField] = Field(default_factory=list)


class StepEvent(ReflectionStep):
    """The data of a ``step`` event: a reflection step, as soon as it is done.

    The event's ``sequence`` attribute orders the steps of one request.
    """

    request_id: str
    request_source: str
    conversation_id: str | None = None
    agent: str | None = None
    task: str


class FailedResponse(BaseModel):
    """The data of a ``failed`` reply event: the error and what identifies the request."""

    error: ErrorBody
    request_id: str | None = None
    request_source: str | None = None
    request_type: str | None = None
    conversation_id: str | None = None
    agent: str | None = None
    task: str | None = None
    model: str | None = None
    attempts: list[Attempt] = Field(
        default_factory=list, description="What each backend did that was asked, in order."
    )
