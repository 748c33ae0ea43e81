"""What a request event holds, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator

from function.contract.demands import NO_CHECKS, Checks, Fill, ResponseFormat, Rule, Variables
from function.contract.fields import Input, Label, Name, refuse_long_texts, without_nulls
from function.errors import FieldError, InvalidRequest, field_errors

MAX_STEPS = 10


class ReflectionMode(str, Enum):
    """``auto`` stops as soon as nothing is left to improve; ``always`` runs every step."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Message(Input):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1, max_length=65_536)


class Choice(Input):
    """One permitted answer; ``abstain`` marks the one that means "none of these"."""

    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(None, max_length=2_000)
    abstain: bool = False


def _any_name(schema: dict[str, Any]) -> None:
    schema["items"] = {"anyOf": [{"type": "string", "minLength": 1}, schema["items"]]}


Task = Literal["text", "choose", "sudoku", "maze", "arc", "alert_triage"]


_QUESTIONS = ("prompt", "question", "message", "messages", "puzzle", "alert")
_STEPS = ("max_reflection_steps", "maxReflectionSteps")
_OTHER_QUESTIONS = tuple(name for name in _QUESTIONS if name != "message")
_ALERT_FIELDS = (
    "labels", "annotations", "commonLabels", "commonAnnotations", "status", "alerts"
)  # fmt: skip


def is_alert(value: dict[str, Any]) -> bool:
    """Return whether an object is an alert, or a group of alerts as Alertmanager's webhook sends
    it."""
    return value.get("labels") is not None or _is_group(value)


def _is_group(value: dict[str, Any]) -> bool:
    alerts = value.get("alerts")
    is_listed = isinstance(alerts, list) and alerts and isinstance(alerts[0], dict)
    return bool(is_listed) or isinstance(value.get("commonLabels"), dict)


def alert_in(context: dict[str, Any]) -> tuple[str, Any] | None:
    """Return the name of the field that holds the alert of a context, and the alert, which may be
    malformed; None without one."""
    if context.get("alert") is not None:
        return "context.alert", context["alert"]
    return ("context", context) if is_alert(context) else None


def _asks(data: dict[str, Any], names: tuple[str, ...]) -> bool:
    return any(map(data.get, names))


def with_alert(data: dict[str, Any]) -> dict[str, Any]:
    """Return data with the alert that they are, or that their context is, where nothing is asked.

    A group of alerts may bring a ``message`` of its own.
    """
    if _asks(data, _OTHER_QUESTIONS):
        return data
    context = data.get("context")
    if _is_group(data):
        data = {name: value for name, value in data.items() if name != "message"}
        return {**data, "alert": {name: data.get(name) for name in _ALERT_FIELDS}}
    if data.get("message"):
        return data
    if data.get("labels") is not None:
        return {**data, "alert": {name: data.get(name) for name in _ALERT_FIELDS}}
    if isinstance(context, dict) and data.get("task") in (None, "alert_triage"):
        if isinstance(context.get("alert"), dict):
            return {**data, "alert": context["alert"]}
        if is_alert(context):
            return {**data, "alert": context}
    return data


@dataclass(frozen=True)
class Origin:
    """What a prompt showed beside the fields of the contract.

    ``speakers`` are the marks of a transcript, ``examples`` the example values of an output format
    that it spells out, ``source`` the text that the fields of the answer are taken from.
    ``wordings`` are what is answered for each choice.
    """

    speakers: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    source: str = ""
    wordings: dict[str, str] = field(default_factory=dict)


NO_ORIGIN = Origin()


class InferenceRequest(Input):
    """The data of a request event. Unknown fields are ignored; camelCase is accepted."""

    prompt: str | None = Field(
        None,
        min_length=1,
        max_length=65_536,
        validation_alias=AliasChoices("prompt", "question", "message"),
    )
    messages: list[Message] = Field(default_factory=list, max_length=200)
    system: str | None = Field(None, min_length=1, max_length=8_192)
    agent: Name | None = None
    task: Task | None = None
    context: dict[str, Any] = Field(default_factory=dict)
    choices: list[Choice] = Field(default_factory=list, max_length=64, json_schema_extra=_any_name)
    response_format: ResponseFormat | None = None
    checks: Checks = Field(default_factory=lambda: NO_CHECKS)
    variables: Variables = Field(default_factory=dict, max_length=40)
    rules: list[Rule] = Field(default_factory=list, max_length=40)
    fill: list[Fill] = Field(default_factory=list, max_length=40)
    max_reflection_steps: int = Field(3, ge=0, le=MAX_STEPS)
    reflection_mode: Annotated[ReflectionMode, Field(strict=False)] = ReflectionMode.AUTO
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int = Field(2_048, ge=1, le=8_192)
    stop: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=list, max_length=8, description="Texts at which a written answer ends."
    )
    samples: int = Field(1, ge=1, le=8)
    seed: int | None = Field(None, ge=0, le=2**32 - 2)
    confidence_threshold: float = Field(0.85, ge=0, le=1)
    min_improvement: float = Field(0.05, ge=0, le=1)
    deadline_ms: int | None = Field(None, ge=1)
    model: str | None = Field(None, min_length=1, max_length=200)
    emit_steps: bool = False
    strict: bool = Field(
        False, description="Whether unknown fields and unknown models are errors instead of notes."
    )
    conversation_id: Label | None = None
    puzzle: Any = None
    alert: Any = Field(
        None, description="For alert_triage: labels, annotations, commonLabels, status, startsAt."
    )
    max_steps: int = Field(
        3, exclude=True, description="Older name of max_reflection_steps, clamped to its range."
    )

    @model_validator(mode="before")
    @classmethod
    def _normalized(cls, data: Any) -> Any:
        """Return data in the fields of today.

        The older ``max_steps`` (1..20) becomes ``max_reflection_steps``, data with labels and no
        question become an alert, as Prometheus' events bring it, and null is absent.
        """
        if not isinstance(data, dict):
            return data
        old = data.get("max_steps", data.get("maxSteps"))
        if type(old) is int and data.keys().isdisjoint(_STEPS):
            data = {**data, "max_reflection_steps": min(max(old, 0), MAX_STEPS)}
        data = with_alert(data)
        if data.get("alert") is not None and data.get("task") is None:
            data = {**data, "task": "alert_triage"}
        return without_nulls(data) if None in data.values() else data

    @field_validator("context")
    @classmethod
    def _has_no_long_text(cls, value: dict[str, Any]) -> dict[str, Any]:
        refuse_long_texts(value, "context")
        return value

    @field_validator("choices", mode="before")
    @classmethod
    def _name_only_choices(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"name": item} if isinstance(item, str) else item for item in value]
        return value

    # Neither a field, which a sender could give, nor a private attribute of pydantic, whose
    # defaults and look-ups cost 2 % of an event.
    origin: ClassVar[Origin] = NO_ORIGIN
    """What was read out of the prompt that has no field."""

    def read_from(self, origin: Origin) -> InferenceRequest:
        """Return the request with what was read out of its prompt beside the fields."""
        request = self.model_copy()
        request.__dict__["origin"] = origin
        return request

    @property
    def kind(self) -> Task:
        """The task asked for; a request with choices and no task is a ``choose``."""
        return self.task or ("choose" if self.choices else "text")

    @property
    def question(self) -> str:
        """The user's current words: the prompt, or the last message; may be empty."""
        if self.prompt is not None:
            return self.prompt
        return self.messages[-1].content if self.messages else ""

    @property
    def history(self) -> list[Message]:
        """The conversation before :attr:`question`."""
        return self.messages if self.prompt is not None else self.messages[:-1]


Completion = Callable[[InferenceRequest], InferenceRequest]
"""Adds what an agent always wants to what one of its requests says."""


def parse_request(
    data: object, agent: str | None = None, complete: Completion | None = None
) -> InferenceRequest:
    """Validate the data of a request event.

    :param data: parsed JSON.
    :param agent: the event's ``agent`` attribute; the data's own field goes before it.
    :param complete: fills in what the request leaves open.
    :raises InvalidRequest: naming every bad field and what is wrong with it.
    """
    if not isinstance(data, dict):
        raise InvalidRequest([FieldError("data", f"must be a JSON object{_LEAST}")])
    if agent and "agent" not in data:
        data = {**data, "agent": agent}
    try:
        request = InferenceRequest.model_validate(data)
        if complete is not None:
            request = complete(request)
    except ValidationError as error:
        raise InvalidRequest([*_explained(field_errors(error)), *_missing(data)]) from None
    if problems := [*_missing(data), *_contradictions(request)]:
        raise InvalidRequest(problems)
    return request


def _missing(data: dict[str, Any]) -> list[FieldError]:
    """Return what a request needs, looked for even where other fields are wrong."""
    for name in _QUESTIONS:
        if data.get(name) not in (None, []):
            return []
    if with_alert(data).get("alert") not in (None, []):
        return []
    problem = "one of prompt, messages, puzzle or alert is required"
    unknown_names = (name for name in data if len(name) <= 20 and name not in _QUESTIONS)
    for unknown in islice(unknown_names, 50):
        if meant := get_close_matches(unknown.lower(), _QUESTIONS, 1, 0.75):
            return [FieldError("prompt", f"{problem}; is {unknown!a} meant to be {meant[0]}?")]
    texts = [name for name, value in data.items() if _may_ask(name, value, len(data) == 1)]
    asking = [name for name in texts if "?" in data[name]] or texts
    if len(asking) == 1:
        return [FieldError("prompt", f"{problem}; is {asking[0]!a} meant to be prompt?")]
    return [FieldError("prompt", f"{problem}{_LEAST}")]


_LEAST = (
    ', such as {"prompt": "..."}, with what the answer should be taken from in "context": {...}'
)
"""The least request that works."""
_EVERYDAY = ("temperature", "model", "system", "seed", "stop", "samples", "alert", "task")
"""Fields whose names facts may have as well."""


def _may_ask(name: str, value: object, alone: bool) -> bool:
    """Return whether a field that the contract does not have holds a text of several words, or any
    text where it is alone."""
    known = name in InferenceRequest.model_fields or len(name) > 40
    return not known and isinstance(value, str) and (alone or len(value.split()) > 1)


def _explained(errors: list[FieldError]) -> list[FieldError]:
    """Return errors that say where a fact belongs that has the name of a field."""
    return [
        FieldError(item.field, f"{item.problem}; a fact of this name belongs in context")
        if item.field in _EVERYDAY
        else item
        for item in errors
    ]


def _contradictions(request: InferenceRequest) -> list[FieldError]:
    """Rules over several fields."""
    found = []
    if request.stop and (request.response_format is not None or request.choices):
        found.append(FieldError("stop", "is for answers in free text, not for JSON or choices"))
    if not request.messages and not request.choices and request.task != "choose":
        return found
    messages, names = request.messages, [choice.name for choice in request.choices]
    if request.prompt is None and messages and messages[-1].role != "user":
        problem = "without a prompt the last message must be the user's"
        found.append(FieldError("messages", problem))
    if request.kind == "choose" and not names:
        found.append(FieldError("choices", "required by the task choose"))
    if len(names) == 1:
        found.append(FieldError("choices", "at least two are needed"))
    if len(set(names)) != len(names):
        found.append(FieldError("choices", "the names must differ from each other"))
    if request.kind == "choose" and request.response_format is not None:
        problem = "contradicts choices: an answer is the name of a choice or JSON, not both"
        found.append(FieldError("response_format", problem))
    return list({item.field: item for item in found}.values())
