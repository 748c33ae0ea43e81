"""What a request holds and what a reply holds, as pydantic models.

The JSON Schemas served at ``/schemas/`` are generated from these classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from function.errors import FieldError, InvalidRequest, field_errors
from function.extensions import CHECKS, registered
from function.json_tree import JsonPath, walk
from function.schemas.expressions import MAX_EXPRESSION, compile_expression
from function.schemas.patterns import compiled

MAX_STEPS = 10


class ReflectionMode(str, Enum):
    """``auto`` stops as soon as nothing is left to improve; ``always`` runs every step."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def _both_spellings(name: str) -> str | AliasChoices:
    camel = to_camel(name)
    return name if camel == name else AliasChoices(name, camel)


class _Input(BaseModel):
    """Strict types, so that ``"12"`` or ``true`` is never taken for a number."""

    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        alias_generator=AliasGenerator(validation_alias=_both_spellings),
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if isinstance(data, dict) and None in data.values():
            return {name: value for name, value in data.items() if value is not None}
        return data


ShortText = Annotated[str, Field(max_length=2_000)]
Path = Annotated[str, Field(max_length=200)]
"""The dotted name of a field."""


class Message(_Input):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1, max_length=65_536)


class Choice(_Input):
    """One permitted answer; ``abstain`` marks the one that means "none of these"."""

    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(None, max_length=2_000)
    abstain: bool = False


class JsonObjectFormat(_Input):
    """Ask for a JSON object that has at least the ``required`` keys."""

    type: Literal["json_object"]
    required: list[Annotated[str, Field(max_length=1_000)]] = Field(
        default_factory=list, max_length=100
    )


class JsonSchemaFormat(_Input):
    """Ask for JSON that validates against ``schema`` (JSON Schema, draft 2020-12)."""

    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(validation_alias="schema", serialization_alias="schema")

    @field_validator("schema_")
    @classmethod
    def _is_a_schema(cls, value: dict[str, Any]) -> dict[str, Any]:
        # Imported here: a start without it is 40 ms shorter, and most requests bring no schema.
        from jsonschema import Draft202012Validator, FormatChecker
        from jsonschema.exceptions import SchemaError

        from function.schemas.limits import check_budget

        check_budget(value)
        try:
            # Patterns are checked above, by the package that will match them.
            Draft202012Validator.check_schema(value, format_checker=FormatChecker(()))
        except SchemaError as error:
            raise ValueError(f"no JSON Schema: {error.message[:200]}") from None
        except RecursionError:
            raise ValueError("no JSON Schema: nested too deeply") from None
        return value


ResponseFormat = Annotated[JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]


class AllowedItems(_Input):
    """Only items of the context may be offered, and none that its reader must not have.

    ``items`` is the dotted path of the list in the context: texts, or objects with a ``name``.
    ``fields`` are the paths in a JSON answer that name an item; null there offers nothing.
    ``avoid`` are paths in the context of words, such as allergens: an item that has one of them in
    any of its fields is not allowed.
    """

    model_config = ConfigDict(extra="forbid")

    items: str = Field(min_length=1, max_length=200)
    fields: list[Path] = Field(default_factory=list, max_length=20)
    avoid: list[Path] = Field(default_factory=list, max_length=20)


class Checks(_Input):
    """Verifiable demands on the answer; an unknown one is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")

    must_contain: list[ShortText] = Field(default_factory=list, max_length=50)
    must_not_contain: list[ShortText] = Field(default_factory=list, max_length=50)
    regex: str | None = Field(None, min_length=1, max_length=1_000)
    max_words: int | None = Field(None, ge=1, le=8_192)
    max_sentences: int | None = Field(None, ge=1, le=1_000)
    language: Literal["de", "en", "es", "fr", "it", "pt"] | None = None
    grounded_numbers: bool = False
    grounded_names: bool = False
    free_fields: list[Path] = Field(
        default_factory=list,
        max_length=50,
        description="Fields of a JSON answer, by dotted path, that the grounded checks leave out.",
    )
    copied_fields: list[Path] = Field(
        default_factory=list,
        max_length=50,
        description="Fields of a JSON answer whose text must stand in the prompt or the context.",
    )
    stated_readings: list[Path] = Field(
        default_factory=list,
        max_length=20,
        description="Fields of a JSON answer that must not call a reading of the context fine that "
        "is not, or bad where it is fine; lists among them state readings only.",
    )
    allowed_items: AllowedItems | None = None
    installed: list[Annotated[str, Field(min_length=1, max_length=63)]] = Field(
        default_factory=list,
        max_length=20,
        description="Checks of installed packages, by their name in the group `trm.checks`.",
    )

    @field_validator("installed")
    @classmethod
    def _are_installed(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in registered(CHECKS):
                raise ValueError("no such check is installed")
        return value

    @field_validator("regex")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            compiled(value)
        return value


class Rule(_Input):
    """A demand on the answer in the Common Expression Language (CEL).

    ``expression`` is over ``answer`` (parsed JSON where JSON is asked for, else the text),
    ``context``, ``request`` (``prompt``, ``agent``, ``system``, ``messages``) and ``variables``.
    Unless it is true the check ``rule:NAME`` fails, and ``message`` is what the model is shown to
    do better.
    """

    model_config = ConfigDict(extra="forbid")

    expression: str = Field(min_length=1, max_length=MAX_EXPRESSION)
    message: str = Field(min_length=1, max_length=300)
    name: str | None = Field(None, min_length=1, max_length=63)

    @field_validator("expression")
    @classmethod
    def _compiles(cls, value: str) -> str:
        compile_expression(value)
        return value


WHOLE_TEXT = "answer"
"""What a fill calls an answer that is no JSON."""


class Fill(_Input):
    """A part of the answer whose value follows from the facts alone.

    ``field`` is the dotted path of a field of a JSON answer, or ``answer`` for the whole of a text.
    ``value`` is a CEL expression over ``context``, ``request`` and ``variables``; ``condition``,
    another one, says whether it counts. ``when`` is ``always``, before a JSON answer is written, or
    ``failed``: in an answer that fails a check after the last reflection step, which both may refer
    to as ``answer``. What the facts do not give stays with the model; of several values for one
    field the first counts.
    """

    model_config = ConfigDict(extra="forbid")

    field: str = Field(min_length=1, max_length=200)
    when: Literal["always", "failed"] = "always"
    condition: str | None = Field(None, min_length=1, max_length=MAX_EXPRESSION)
    value: str = Field(min_length=1, max_length=MAX_EXPRESSION)

    @field_validator("condition", "value")
    @classmethod
    def _compiles(cls, value: str | None, known: ValidationInfo) -> str | None:
        if value is not None:
            compile_expression(value, of_answer=known.data.get("when") == "failed")
        return value


def _is_expression_of_facts(value: str) -> str:
    compile_expression(value, of_answer=False)
    return value


VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Variables = dict[
    VariableName,
    Annotated[
        str,
        Field(min_length=1, max_length=MAX_EXPRESSION),
        AfterValidator(_is_expression_of_facts),
    ],
]
"""CEL expressions over ``context`` and ``request``, and over those before them, by the names that
rules and fills have for their values: ``variables.NAME``."""


NO_CHECKS = Checks()
"""Shared by all requests that bring none: making one costs a fifth of reading a request."""


def _fits_an_attribute(text: str) -> str:
    # It becomes an attribute of the reply event, where control characters are not allowed.
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    return text


Name = Annotated[str, Field(min_length=1, max_length=63), AfterValidator(_fits_an_attribute)]
Label = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_fits_an_attribute)]


def _any_name(schema: dict[str, Any]) -> None:
    schema["items"] = {"anyOf": [{"type": "string", "minLength": 1}, schema["items"]]}


LONGEST_TEXT = 262_144
"""Characters of one text in the context."""
LONGEST_KEY = 1_024


def _refuse_long_texts(value: Any, name: str) -> None:
    if not _has_long_text(value):
        return
    for path, each in walk(value):
        key = path[-1] if path else None
        if isinstance(key, str) and len(key) > LONGEST_KEY:
            where = _shown(name, path[:-1])
            raise ValueError(f"{where} has a name longer than {LONGEST_KEY:,} characters")
        if isinstance(each, str) and len(each) > LONGEST_TEXT:
            raise ValueError(f"{_shown(name, path)} is longer than {LONGEST_TEXT:,} characters")


def _has_long_text(value: Any) -> bool:
    # Without the paths, which only an error needs, a walk takes a third of the time.
    waiting = [value]
    for each in waiting:
        if isinstance(each, str):
            if len(each) > LONGEST_TEXT:
                return True
        elif isinstance(each, dict):
            if max(map(len, each), default=0) > LONGEST_KEY:
                return True
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return False


def _shown(name: str, path: JsonPath) -> str:
    return ".".join([name, *(key[:100] for key in path if isinstance(key, str))])


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
    """

    speakers: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    source: str = ""


NO_ORIGIN = Origin()


class InferenceRequest(_Input):
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
    def _in_our_words(cls, data: Any) -> Any:
        """Take the older name ``max_steps`` (1..20), clamped to the range of today, and data with
        labels and no question for an alert, as Prometheus' events bring it."""
        if not isinstance(data, dict):
            return data
        old = data.get("max_steps", data.get("maxSteps"))
        if type(old) is int and data.keys().isdisjoint(_STEPS):
            data = {**data, "max_reflection_steps": min(max(old, 0), MAX_STEPS)}
        data = with_alert(data)
        if data.get("alert") is not None and data.get("task") is None:
            data = {**data, "task": "alert_triage"}
        return data

    @field_validator("context")
    @classmethod
    def _has_no_endless_text(cls, value: dict[str, Any]) -> dict[str, Any]:
        _refuse_long_texts(value, "context")
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
        default_factory=list,
        description="Fields of the answer that were filled in from the facts.",
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
        raise InvalidRequest([FieldError("data", "must be a JSON object")])
    if agent and "agent" not in data:
        data = {**data, "agent": agent}
    try:
        request = InferenceRequest.model_validate(data)
        if complete is not None:
            request = complete(request)
    except ValidationError as error:
        raise InvalidRequest([*field_errors(error), *_missing(data)]) from None
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
    return [FieldError("prompt", problem)]


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
