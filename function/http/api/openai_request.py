"""A body of OpenAI's chat completions, read as the function's request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from function.http.api.base import WrongCall, unsupported
from function.http.api.chat import (
    ChatTurn,
    Lenient,
    limited_tokens,
    own_fields,
    parse,
    request_of_turns,
    seed_of,
)
from function.http.api.names import ModelNames

_UNUSED = frozenset(
    ("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key")
    + ("prompt_cache_retention", "reasoning_effort", "verbosity", "parallel_tool_calls")
)
"""Fields without an effect on an answer here."""
_REFUSED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "top_p": (lambda value: value == 1, "use temperature"),
    "frequency_penalty": (lambda value: value == 0, "repetition is a check of its own here"),
    "presence_penalty": (lambda value: value == 0, "repetition is a check of its own here"),
    "logprobs": (lambda value: value is False, "see trm.confidence"),
    "top_logprobs": (lambda value: value == 0, "see trm.confidence"),
    "logit_bias": (lambda value: value == {}, "use choices, checks or a schema"),
    "modalities": (lambda value: value == ["text"], "answers are text"),
    "audio": (lambda value: False, "answers are text"),
    "prediction": (lambda value: False, "there is nothing to compare a draft with"),
    "web_search_options": (lambda value: False, "nothing is searched; send facts as context"),
    "functions": (lambda value: value == [], "use tools"),
    "function_call": (lambda value: value == "none", "use tool_choice"),
}
"""Fields that are not supported: the value that asks for nothing, and what to do instead."""


class Function(Lenient):
    """The function of a tool."""

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    description: str | None = Field(None, max_length=2_000)
    parameters: dict[str, Any] = Field(default_factory=dict)


class Tool(Lenient):
    """One tool; there are only functions."""

    type: Literal["function"]
    function: Function


class NamedFunction(Lenient):
    """The name of a function."""

    name: str = Field(max_length=64)


class NamedTool(Lenient):
    """The one tool that has to be called."""

    type: Literal["function"]
    function: NamedFunction


class StreamOptions(Lenient):
    """Options of a stream."""

    include_usage: bool = False


class ChatBody(Lenient):
    """The fields that are read; see :data:`_REFUSED` and :data:`_UNUSED` for others."""

    model: str = Field(min_length=1, max_length=200)
    messages: list[ChatTurn] = Field(min_length=1, max_length=200)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    n: int = Field(1, ge=1, le=8)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stop: str | Annotated[list[str], Field(max_length=4)] = Field(default_factory=list)
    seed: int | None = None
    response_format: dict[str, Any] | None = None
    tools: list[Tool] = Field(default_factory=list, max_length=64)
    tool_choice: str | NamedTool | None = None
    strict: bool = False


@dataclass(frozen=True)
class Chat:
    """A request, the form of its answer, and what could not be used of it.

    ``tools`` are those of which one has to be called.
    """

    model: str
    data: dict[str, Any]
    count: int
    stream: bool
    with_usage: bool
    tools: tuple[Function, ...] = ()
    notes: list[str] = field(default_factory=list)


def read_chat(body: dict[str, Any], names: ModelNames) -> Chat:
    """Return the request of a body.

    :raises WrongCall: it asks for something that cannot be done; names the field.
    :raises InvalidRequest: naming every bad field.
    :raises UnknownModelError: see :meth:`ModelNames.find`.
    """
    for name, (asks_nothing, instead) in _REFUSED.items():
        if name in body and not asks_nothing(body[name]):
            raise unsupported(name, instead)
    asked = parse(ChatBody, body)
    data = request_of_turns(asked.messages, names.find(asked.model))
    notes: list[str] = []
    limit = "max_completion_tokens" if asked.max_completion_tokens else "max_tokens"
    if (tokens := getattr(asked, limit)) is not None:
        data["max_tokens"] = limited_tokens(tokens, limit, notes)
    if asked.seed is not None:
        data["seed"] = seed_of(asked.seed)
    if asked.stop:
        data["stop"] = [asked.stop] if isinstance(asked.stop, str) else asked.stop
    if asked.response_format is not None and (wanted := _format(asked.response_format)):
        data["response_format"] = wanted
    extra = asked.model_extra or {}
    data |= own_fields(extra, ("prompt", "system"))
    unknown = sorted(extra.keys() - data.keys() - _UNUSED - _REFUSED.keys())
    if unknown and asked.strict:
        raise WrongCall(400, f"{unknown[0][:64]} is not a known field", field=unknown[0][:64])
    if unknown:
        notes.append(
            f"unknown fields were ignored: {', '.join(name[:40] for name in unknown[:10])}"
        )
    tools = _forced(asked)
    return Chat(
        asked.model, data, asked.n, asked.stream, asked.stream_options.include_usage, tools, notes
    )


def _format(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the contract's ``response_format``; None for text."""
    kind = given.get("type")
    if kind == "text":
        return None
    inner = given.get("json_schema")
    if kind == "json_schema" and isinstance(inner, dict):
        if not isinstance(inner.get("schema"), dict):
            raise WrongCall(
                400, "must be a JSON Schema", field="response_format.json_schema.schema"
            )
        return {"type": kind, "schema": inner["schema"]}
    if kind in ("json_object", "json_schema"):
        return given
    raise unsupported("response_format.type", "use text, json_object or json_schema")


def _forced(asked: ChatBody) -> tuple[Function, ...]:
    """Return the functions of which one has to be called; none where none may be."""
    functions = tuple(tool.function for tool in asked.tools)
    if len({each.name for each in functions}) != len(functions):
        raise WrongCall(400, "the names of tools must differ from each other", field="tools")
    choice = asked.tool_choice
    if isinstance(choice, NamedTool):
        named = tuple(each for each in functions if each.name == choice.function.name)
        if not named:
            raise WrongCall(400, "tool_choice names none of the tools", field="tool_choice")
        functions = named
    elif choice == "none" or not functions:
        if choice == "required":
            raise WrongCall(400, "required needs tools", field="tool_choice")
        return ()
    elif choice != "required":
        raise unsupported(
            "tool_choice", "a call has to be forced: use required, or name a function"
        )
    if asked.response_format is not None:
        raise unsupported("response_format", "a forced call has the schema of its function")
    return functions
