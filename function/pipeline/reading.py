"""A request from the data of an event: taken in, validated, completed by its agent's profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from function.contract import InferenceRequest, parse_request
from function.pipeline.intake import Defaults, Intake, contract_fields, take_in
from function.pipeline.reasoning import from_reasoning, is_reasoning
from function.profiles.profile import Profile
from function.profiles.registry import Shelf

_FIELDS = contract_fields(InferenceRequest.model_fields)


class Reading(NamedTuple):
    """A request, what was read out of its prompt, and the profile that completed it."""

    request: InferenceRequest
    notes: tuple[str, ...] = ()
    profile: str | None = None


def read_request(data: object, agent: str | None, profiles: Shelf) -> Reading:
    """Return the request that the data of an event hold.

    :param data: parsed JSON.
    :param agent: the event's ``agent`` attribute; the data's own field goes before it.
    :raises InvalidRequest: naming every bad field and what is wrong with it.
    """
    if not isinstance(data, dict):
        return Reading(parse_request(data, agent, profiles.complete))
    if is_reasoning(data):
        data = from_reasoning(data if agent is None else {"agent": agent, **data})
    name = data.get("agent") or agent
    profile = profiles.find(name) if isinstance(name, str) else None
    taken = _take_in(data, profile)
    if name is None and (profile := profiles.find_by_keys(taken.written_keys)) is not None:
        taken = _take_in({**data, "agent": profile.name}, profile)
        taken.notes.append(f"the keys of the output format are those of {profile.name}")
    if profile is None and isinstance(name, str):
        taken.notes.append(f"no profile is named {name[:63]!r}")
    request = parse_request(taken.data, agent, profiles.complete)
    if taken.speakers:
        request = request.spoken_by(taken.speakers)
    return Reading(request, tuple(taken.notes), None if profile is None else profile.name)


def _take_in(data: dict[str, Any], profile: Profile | None) -> Intake:
    return take_in(data, _FIELDS.__contains__, None if profile is None else _defaults(profile))


def _defaults(profile: Profile) -> Defaults:
    known: dict[str, Any] = {}
    for form in (profile.json_format, profile.response_format):
        properties = form.schema_.get("properties") if form is not None else None
        if isinstance(properties, Mapping):
            known |= properties
    return Defaults(profile.question, known)
