"""Replies in the form that agents know from a reasoning service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from function.contract import InferenceResponse

AGENT = "agent-reasoning"
"""Whose profile completes such a request where it names no agent."""
GENERAL = "general"
_KIND = ("task_type", "taskType")
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


def is_reasoning(data: object) -> bool:
    """Return whether data are a request to a reasoning service: a question of some kind."""
    return isinstance(data, Mapping) and "question" in data and _kind_of(data) is not None


def from_reasoning(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return such a request in the words of the contract."""
    return {"agent": AGENT, **{name: data[name] for name in data if name not in _KIND}}


def _kind_of(data: Mapping[str, Any]) -> str | None:
    kind = data.get("task_type", data.get("taskType"))
    return kind if isinstance(kind, str) and kind else None


def as_reasoning(response: InferenceResponse, data: object) -> ReasoningResponse:
    """Return a response with the fields of the reasoning service.

    :param data: of the request, which names the ``task_type``.
    """
    given = data if isinstance(data, Mapping) else {}
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
        task_type=(_kind_of(given) or GENERAL)[:LONGEST_KIND],
        reasoning_trace=trace,
    )
