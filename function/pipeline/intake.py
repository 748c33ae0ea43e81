"""Read a request as agents really send it, complete it from the agent's profile, validate it.

Nothing is guessed in silence: each thing that was read out of a prompt is a note of the reply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from function.contract import (
    NO_ORIGIN,
    InferenceRequest,
    Origin,
    alert_in,
    is_alert,
    parse_request,
    with_alert,
)
from function.pipeline.prompt_parts import (
    CONTRACT_FIELDS,
    QUESTIONS,
    Intake,
    read_prompt,
    type_required_keys,
)
from function.profiles.profile import Events, Profile
from function.profiles.registry import ProfileRegistry
from function.remediation import NO_FUNCTION, chooses_remediation

_OTHER_QUESTIONS = ("messages", "puzzle", "alert", "labels", "alerts", "commonLabels")
LONGEST_READ = 65_536
"""Characters of a prompt that are looked through."""
REASONING_AGENT = "agent-reasoning"
"""Whose profile completes a request to a reasoning service that names no agent."""
_REASONING_KIND = ("task_type", "taskType")


def take_in(data: dict[str, Any], profile: Profile | None) -> Intake:
    """Return the data with transcript, facts, format and question where the contract has them.

    :param profile: of the agent that asks; None for one without.
    """
    found = Intake({name: value for name, value in data.items() if value is not None})
    _take_context_text(found)
    if not found.data.keys() <= CONTRACT_FIELDS:
        from function.pipeline.unknown_fields import read_record  # most requests have none

        read_record(found, profile)
    found.data = with_alert(found.data)
    _name_the_question(found)
    if not found.data.keys() <= CONTRACT_FIELDS:
        from function.pipeline.unknown_fields import place_unknown_fields

        place_unknown_fields(found, profile)
    if "choices" in found.data or found.data.get("task") == "choose":
        _triage_choices(found, profile)
    if profile is not None and profile.question and not _asks(found.data):
        found.data["prompt"] = profile.question
        found.notes.append("nothing was asked: the profile's standing question was")
    prompt = found.data.get("prompt")
    if (
        isinstance(prompt, str)
        and len(prompt) <= LONGEST_READ
        and _has_marks(prompt, found.data.get("system"))
    ):
        read_prompt(found, prompt, profile)
    elif profile is not None:
        type_required_keys(found, profile)
    return found


def _has_marks(*texts: object) -> bool:
    """Return whether one of the texts may be a transcript, or hold facts, an output format or
    options: each of these has a colon, a brace or an *or*."""
    return any(isinstance(text, str) and _MARKS.search(text) is not None for text in texts)


_MARKS = re.compile(r"[:{]|\b(?:or|ou)\b", re.I)


def _asks(data: Mapping[str, Any]) -> bool:
    return any(data.get(name) not in (None, "", [], {}) for name in ("prompt", *_OTHER_QUESTIONS))


def _name_the_question(found: Intake) -> None:
    """Give the field with the question the contract's name."""
    data = found.data
    if isinstance(data.get("prompt"), str) or isinstance(data.get("messages"), list):
        return
    for name in QUESTIONS:
        if isinstance(data.get(name), str) and data[name]:
            data["prompt"] = data.pop(name)
            return


def _take_context_text(found: Intake) -> None:
    """Take a context that is a text as one fact."""
    text = found.data.get("context")
    if isinstance(text, str):
        found.data["context"] = {"context": text} if text.strip() else {}
        found.notes.append("the context is a text: taken as one fact")


def _triage_choices(found: Intake, profile: Profile | None) -> None:
    """Have the alert network choose where an alert is in the context and the choices are its own.

    They are: ``none`` and functions that remedy alerts, given by the request or its profile.
    """
    data = found.data
    choices, context = data.get("choices"), data.get("context")
    if not isinstance(context, dict) or data.get("task", "choose") != "choose":
        return
    names: list[object] = []
    if isinstance(choices, list):
        names = [each.get("name") if isinstance(each, dict) else each for each in choices]
    elif choices is None and profile is not None:
        names = [choice.name for choice in profile.choices]
    known = [name for name in names if isinstance(name, str)]
    if NO_FUNCTION not in known or known != names or not chooses_remediation(known):
        return
    found_alert = alert_in(context)
    if found_alert and isinstance(found_alert[1], dict) and is_alert(found_alert[1]):
        data["task"] = "alert_triage"
        found.notes.append("the choices are functions that remedy alerts: the alert was triaged")


class Reading(NamedTuple):
    """A request, what was read out of its prompt, and the profile that completed it."""

    request: InferenceRequest
    notes: tuple[str, ...] = ()
    profile: Profile | None = None

    @property
    def profile_name(self) -> str | None:
        """Name of the profile; None without one."""
        return None if self.profile is None else self.profile.name


def read_request(data: object, agent: str | None, profiles: ProfileRegistry) -> Reading:
    """Return the request that the data of an event hold.

    :param data: parsed JSON.
    :param agent: the event's ``agent`` attribute; the data's own field goes before it.
    :raises InvalidRequest: naming every bad field and what is wrong with it.
    """
    if not isinstance(data, dict):
        return Reading(parse_request(data, agent))
    if is_reasoning(data):
        data = {name: value for name, value in data.items() if name not in _REASONING_KIND}
        data = {"agent": agent or REASONING_AGENT, **data}
    name = data.get("agent") or agent
    profile = profiles.find(name) if isinstance(name, str) else None
    taken = take_in(data, profile)
    if profile is None and taken.written_keys:
        profile = profiles.find_by_keys(taken.written_keys)
        if profile is not None:
            taken = take_in({"agent": profile.name, **data} if name is None else data, profile)
            taken.notes.append(f"the keys of the output format are those of {profile.name}")
    if profile is None and isinstance(name, str):
        taken.notes.append(f"no profile is named {name[:63]!r}")
    request = parse_request(taken.data, agent, profile.complete if profile is not None else None)
    origin = Origin(taken.speakers, taken.examples, taken.source, taken.wordings)
    if origin != NO_ORIGIN:
        request = request.read_from(origin)
    return Reading(request, tuple(taken.notes), profile)


def is_reasoning(data: object) -> bool:
    """Return whether data are a request to a reasoning service: a question of some kind."""
    return isinstance(data, dict) and "question" in data and task_type_of(data) is not None


def task_type_of(data: Mapping[str, Any]) -> str | None:
    """Return the kind of question that a request to a reasoning service names."""
    kind = data.get("task_type", data.get("taskType"))
    return kind if isinstance(kind, str) and kind else None


def question_of(data: object, events: Events) -> object:
    """Return the data of an event with its question where a request has it."""
    name = events.question
    if name is None or not isinstance(data, dict) or not isinstance(data.get(name), str):
        return data
    rest = {key: value for key, value in data.items() if key != name}
    return {"prompt": data[name], **rest}
