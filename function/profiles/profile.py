"""One agent's defaults, and how a request takes them on."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from function.contract import (
    MAX_STEPS,
    Checks,
    Choice,
    FieldPath,
    Fill,
    InferenceRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    Message,
    Name,
    ReflectionMode,
    Rule,
    Variables,
)
from function.reflection.prompt.facts import Rendering

REPLY_SUFFIXES = (".completed", ".failed", ".step")
"""Ends of the types of our own replies."""


class ProfileChoice(Choice):
    """A choice in a profile file, where an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class ProfileFormat(JsonSchemaFormat):
    """The answer's schema in a profile file, where an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class BelowConfidence(BaseModel):
    """What is replied instead of an answer with less confidence than ``threshold``.

    ``answer`` stands in for a text, ``fields`` for the fields of a JSON answer. An answer that
    fails a check has confidence 0.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    threshold: float = Field(gt=0, le=1)
    answer: str | None = Field(None, min_length=1, max_length=2_000)
    fields: dict[str, Any] = Field(default_factory=dict, max_length=20)


ALL_FIELDS = "*"
"""Name of reply data that stands for every field of an object."""
EventType = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}$")]


class Events(BaseModel):
    """Events that a profile answers.

    ``types`` are taken beside those of the settings. ``question`` is the field of their data with
    the question; without it the usual names are looked for, then the profile's own is asked, and
    all other fields are facts. ``reply`` is the type of a completed reply. ``data`` names further
    fields of it by their dotted paths: ``answer``, ``data.x``, ``request.y`` of the event's data;
    ``"*"`` stands for every field of an object.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    types: list[EventType] = Field(min_length=1, max_length=20)
    question: str | None = Field(None, min_length=1, max_length=100)
    reply: EventType | None = None
    data: dict[str, FieldPath] = Field(default_factory=dict, max_length=20)

    @model_validator(mode="after")
    def _ends(self) -> Events:
        answered = [name for name in self.types if name.endswith(REPLY_SUFFIXES)]
        if answered:
            raise ValueError(f"{answered[0]} is the type of a reply: answering it would not end")
        if self.reply in self.types:
            raise ValueError("reply is one of types: answering it would not end")
        return self


class Profile(BaseModel):
    """The fields of a profile file; an unknown one is an error.

    ``choices`` serve the tasks ``choose`` and ``alert_triage``; ``system``, ``response_format`` and
    ``checks`` serve written answers, so that one agent can ask for both. ``json_format`` is for an
    agent that writes text unless it is asked for JSON. ``history`` is the number of past messages
    shown to the model. ``aliases`` are other names that agents of this kind send. ``question`` is
    asked when a request of theirs asks nothing. ``max_tokens`` is a ceiling, also for a request
    that asks for more. ``below_confidence`` is replied instead of a doubtful answer.
    ``events`` are taken for this agent.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name
    aliases: list[Name] = Field(default_factory=list, max_length=20)
    description: str = Field(min_length=1, max_length=200)
    system: str = Field(min_length=1, max_length=8_192)
    question: str | None = Field(None, min_length=1, max_length=1_000)
    task: Literal["text", "choose"] = "text"
    context: Rendering = Field(default_factory=Rendering)
    response_format: ProfileFormat | None = None
    json_format: ProfileFormat | None = None
    choices: list[ProfileChoice] = Field(default_factory=list, max_length=64)
    checks: Checks = Field(default_factory=Checks)
    variables: Variables = Field(default_factory=dict, max_length=40)
    rules: list[Rule] = Field(default_factory=list, max_length=40)
    fill: list[Fill] = Field(default_factory=list, max_length=40)
    history: int | None = Field(None, ge=0, le=200)
    max_reflection_steps: int | None = Field(None, ge=0, le=MAX_STEPS)
    reflection_mode: ReflectionMode | None = Field(None, strict=False)
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, le=8_192)
    samples: int | None = Field(None, ge=1, le=8)
    confidence_threshold: float | None = Field(None, ge=0, le=1)
    min_improvement: float | None = Field(None, ge=0, le=1)
    events: Events | None = None
    below_confidence: BelowConfidence | None = None

    @field_validator("choices")
    @classmethod
    def _names_differ(cls, value: list[ProfileChoice]) -> list[ProfileChoice]:
        if len({choice.name for choice in value}) != len(value):
            raise ValueError("the names must differ from each other")
        return value

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys that this agent's JSON answers require."""
        wanted = self.json_format or self.response_format
        return frozenset(wanted.schema_.get("required", ()) if wanted is not None else ())

    @cached_property
    def answer_properties(self) -> dict[str, Any]:
        """The JSON Schemas of the keys that this agent's JSON answers may have."""
        known: dict[str, Any] = {}
        for form in (self.json_format, self.response_format):
            properties = form.schema_.get("properties") if form is not None else None
            if isinstance(properties, dict):
                known |= properties
        return known

    def complete(self, request: InferenceRequest) -> InferenceRequest:
        """Return the request with this agent's defaults wherever its sender said nothing.

        Of ``checks`` each one is a field of its own: those that the request does not name apply.
        A request for JSON gets it, from an agent that chooses by default as well, and without
        saying which gets that of the agent.
        """
        given = request.model_fields_set
        found: dict[str, Any] = {
            name: value
            for name in _PLAIN_FIELDS
            if name not in given and (value := getattr(self, name)) is not None
        }
        if self.max_tokens is not None and request.max_tokens > self.max_tokens:
            found["max_tokens"] = self.max_tokens
        by_default = "text" if request.response_format is not None else self.task
        kind = request.task or ("choose" if request.choices else by_default)
        if "task" not in given and kind != "text":
            found["task"] = kind
        if kind in ("choose", "alert_triage"):
            if "choices" not in given and self.choices:
                found["choices"] = self.choices
        elif "response_format" not in given:
            if self.response_format is not None:
                found["response_format"] = self.response_format
        elif request.response_format == ANY_JSON:
            known = self.json_format or self.response_format
            found["response_format"] = known or ANY_JSON
        if kind == "text":
            if "system" not in given:
                found["system"] = self.system
            found["checks"] = self._checks(request.checks)
            if self.rules or self.fill:
                found["variables"] = {**self.variables, **request.variables}
                found["rules"] = [*self.rules, *request.rules]
                found["fill"] = [*self.fill, *request.fill]
        if self.history is not None and len(request.history) > self.history:
            found["messages"] = self._recent(request)
        return request.model_copy(update=found)

    def _checks(self, asked: Checks) -> Checks:
        named = {name: getattr(asked, name) for name in asked.model_fields_set}
        return self.checks.model_copy(update=named)

    def _recent(self, request: InferenceRequest) -> list[Message]:
        """Return the last messages; the current question is none of the past ones."""
        past = request.history[len(request.history) - (self.history or 0) :]
        return past if request.prompt is not None else [*past, request.messages[-1]]


ANY_JSON = JsonObjectFormat(type="json_object")

_PLAIN_FIELDS = (
    "max_reflection_steps",
    "reflection_mode",
    "temperature",
    "max_tokens",
    "samples",
    "confidence_threshold",
    "min_improvement",
)
