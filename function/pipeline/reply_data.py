"""The data of a reply under the names that the events of its agent have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict

from function.contract import InferenceResponse
from function.profiles.profile import ALL_FIELDS, Events


class NamedResponse(InferenceResponse):
    """A reply with further fields."""

    model_config = ConfigDict(extra="allow")


def question_of(data: object, events: Events) -> object:
    """Return the data of an event with its question where a request has it."""
    name = events.question
    if name is None or not isinstance(data, Mapping) or not isinstance(data.get(name), str):
        return data
    rest = {key: value for key, value in data.items() if key != name}
    return {"prompt": data[name], **rest}


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
