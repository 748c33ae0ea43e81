"""What agents send and get: requests, replies and reflection steps."""

from __future__ import annotations

from enum import Enum
from typing import Any, Generic, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from typing_extensions import TypeVar

Data = TypeVar("Data", default=Any)


class ReflectionMode(str, Enum):
    """``auto`` stops when nothing is left to improve; ``always`` runs every step."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class TRMRequest(BaseModel):
    """One question. What is None is left to the function and to the agent's profile there."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(min_length=1, max_length=65_536)
    context: dict[str, Any] = Field(default_factory=dict, description="None is empty.")
    max_reflection_steps: int = Field(3, ge=1, le=10)
    reflection_mode: ReflectionMode = ReflectionMode.AUTO
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int = Field(2_048, ge=1, le=8_192)
    conversation_id: str | None = Field(None, min_length=1, max_length=200)
    agent: str | None = Field(None, min_length=1, max_length=63)
    system: str | None = Field(None, min_length=1, max_length=8_192)
    messages: list[dict[str, str]] | None = None
    task: Literal["text", "choose", "sudoku", "maze", "arc", "alert_triage"] | None = None
    choices: list[str | dict[str, Any]] | None = None
    response_format: dict[str, Any] | None = None
    checks: dict[str, Any] | None = None
    variables: dict[str, str] | None = None
    rules: list[dict[str, str]] | None = None
    fill: list[dict[str, str]] | None = None
    samples: int | None = Field(None, ge=1, le=8)
    seed: int | None = Field(None, ge=0, le=2**32 - 2)
    stop: list[str] | None = Field(None, max_length=8)
    confidence_threshold: float | None = Field(None, ge=0, le=1)
    min_improvement: float | None = Field(None, ge=0, le=1)
    deadline_ms: int | None = Field(None, ge=1)
    model: str | None = Field(None, min_length=1, max_length=200)
    emit_steps: bool | None = None
    strict: bool | None = None
    puzzle: Any = None
    alert: dict[str, Any] | None = None

    @field_validator("context", mode="before")
    @classmethod
    def _null_is_empty(cls, value: Any) -> Any:
        return {} if value is None else value

    def data(self) -> dict[str, Any]:
        """Return the request event's data: what the caller said, so that a profile fills in the
        rest."""
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=True)


class ReflectionStep(BaseModel):
    """One look at an answer and what came of it."""

    step: int
    initial_answer: str
    reflection: str
    refined_answer: str
    confidence: float | None = None
    improvement_score: float
    accepted: bool = False
    refused_because: str | None = None
    failed_checks: list[str] = Field(default_factory=list)
    tokens_used: int = 0
    duration_ms: float | None = None


class TRMResponse(BaseModel, Generic[Data]):
    """The answer. ``confidence`` is None where nothing is known about it.

    ``data`` is of the type that :meth:`agent_trm.TRMClient.generate` was given, or JSON.
    """

    model_config = ConfigDict(protected_namespaces=())

    answer: str
    reflection_steps: int
    confidence: float | None = None
    reflection_trace: list[ReflectionStep] = Field(default_factory=list)
    duration_ms: float
    tokens_used: int
    model_name: str
    conversation_id: str | None = None
    data: Data | None = None
    choice: str | None = None
    confidence_method: str | None = None
    calibrated: bool = False
    checks: list[dict[str, Any]] = Field(default_factory=list)
    stop_reason: str | None = None
    backend: str | None = None
    fallback_reason: str | None = None
    withheld_answer: str | None = None
    profile: str | None = None
    input_notes: list[str] = Field(default_factory=list)


AnyResponse = TRMResponse[Any]
"""An answer whose data are JSON."""
