"""The request data of a chat in another API's form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from function.contract import Message, without_nulls
from function.errors import InvalidRequest, field_errors
from function.events.strict_json import strict_json
from function.http.api.base import WrongCall, unsupported
from function.http.api.names import TASKS, ModelName
from function.pipeline.prompt_parts import CONTRACT_FIELDS

MAX_TOKENS = 8_192
LARGEST_SEED = 2**32 - 2
LONGEST_SYSTEM = 8_192
Body = TypeVar("Body", bound=BaseModel)


class Lenient(BaseModel):
    """Strict types; unknown fields are kept, and null is absent."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _normalized(cls, data: Any) -> Any:
        return without_nulls(data) if isinstance(data, dict) and None in data.values() else data


class Part(Lenient):
    """One part of a message; only text can be read."""

    type: str = Field(max_length=100)
    text: str = Field("", max_length=65_536)


class ChatTurn(Lenient):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: (
        Annotated[str, Field(max_length=65_536)] | Annotated[list[Part], Field(max_length=100)]
    ) = ""


def parse(model: type[Body], data: Mapping[str, Any]) -> Body:
    """Validate a body.

    :raises InvalidRequest: naming every bad field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidRequest(field_errors(error)) from None


def own_fields(extra: Mapping[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """Return the fields that the function's own requests have, such as ``checks``."""
    without = set(taken)
    return {
        name: value
        for name, value in extra.items()
        if name in CONTRACT_FIELDS and name not in without
    }


def request_of_turns(turns: Sequence[ChatTurn], meant: ModelName) -> dict[str, Any]:
    """Return prompt, history and system of a chat that ends with the user's turn.

    :raises WrongCall: it has a turn that cannot be read.
    """
    for place, turn in enumerate(turns):
        if turn.role in ("tool", "function"):
            raise unsupported(f"messages.{place}.role", "results of tools are not read")
    contents = [_text(turn, f"messages.{place}.content") for place, turn in enumerate(turns)]
    if turns[-1].role != "user":
        raise WrongCall(400, "the last message must be the user's", field="messages")
    system = "\n\n".join(
        text
        for turn, text in zip(turns, contents, strict=True)
        if turn.role in ("system", "developer") and text
    )
    past = [
        {"role": turn.role, "content": text}
        for turn, text in zip(turns[:-1], contents[:-1], strict=True)
        if turn.role in ("user", "assistant") and text
    ]
    return request_of(contents[-1], system, past, meant)


def request_of(
    prompt: str, system: str, past: Sequence[Mapping[str, Any]], meant: ModelName
) -> dict[str, Any]:
    """Return the request data of a prompt, its system prompt and what was said before.

    For a task the prompt is the puzzle or the alert, as JSON or as text.
    """
    data: dict[str, Any] = dict(meant.fields)
    task = meant.fields.get("task")
    if task in TASKS:
        data["alert" if task == "alert_triage" else "puzzle"] = _value(prompt)
        return data
    data["prompt"] = prompt
    if past:
        data["messages"] = list(past)
    if len(system) > LONGEST_SYSTEM:  # the longest system prompts are a turn of the history
        data["messages"] = [Message(role="system", content=system).model_dump(), *past]
    elif system:
        data["system"] = system
    return data


def limited_tokens(asked: int, field: str, notes: list[str]) -> int:
    """Return a length the contract takes, with a note where more was asked for."""
    if asked > MAX_TOKENS:
        notes.append(f"{field} is limited to {MAX_TOKENS}")
    return min(asked, MAX_TOKENS)


def seed_of(asked: int) -> int:
    """Return a seed of the contract's range for any integer."""
    return asked % (LARGEST_SEED + 1)


def _text(turn: ChatTurn, field: str) -> str:
    if isinstance(turn.content, str):
        return turn.content
    for place, part in enumerate(turn.content):
        if part.type not in ("text", "input_text"):
            raise unsupported(f"{field}.{place}.type", f"only text is read, not {part.type[:40]!r}")
    return "\n".join(part.text for part in turn.content)


def _value(text: str) -> Any:
    try:
        value = strict_json(text.encode())
    except ValueError:
        return text.strip()
    return value if isinstance(value, dict | list) else text.strip()
