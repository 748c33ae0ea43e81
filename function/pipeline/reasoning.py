"""Replies in the form that agents know from a reasoning service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from function.contract import InferenceResponse

GENERAL = "general"
LONGEST_KIND = 63


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
    given = data if isinstance(data, Mapping) else {}
    kind = given.get("task_type", given.get("taskType"))
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
        task_type=kind[:LONGEST_KIND] if isinstance(kind, str) and kind else GENERAL,
        reasoning_trace=trace,
    )
