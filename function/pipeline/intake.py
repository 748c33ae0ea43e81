"""Read a request as agents really send it, complete it from the agent's profile, validate it.

Nothing is guessed in silence: each thing that was read out of a prompt is a note of the reply."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel

from function.contract import (
    NO_ORIGIN,
    InferenceRequest,
    Origin,
    alert_in,
    is_alert,
    parse_request,
    with_alert,
)
from function.errors import FieldError, InvalidRequest
from function.json_tree import texts
from function.pipeline.closed_answers import read_closed_answers
from function.pipeline.either_or import options_of
from function.pipeline.extraction import read_extraction
from function.pipeline.labelled_lines import read_labelled_lines
from function.pipeline.output_format import OutputFormat, read_output_format
from function.pipeline.transcript import (
    LabelledFacts,
    Transcript,
    read_labelled_facts,
    read_transcript,
)
from function.profiles.profile import Events, Profile
from function.profiles.registry import ProfileRegistry
from function.remediation import NO_FUNCTION, chooses_remediation

QUESTIONS = ("prompt", "question", "message", "request", "query", "problem")
"""Names of the field with the question, the first that has a text counts."""
_OTHER_QUESTIONS = ("messages", "puzzle", "alert", "labels", "alerts", "commonLabels")
CONTRACT_FIELDS = frozenset(
    [*QUESTIONS, *InferenceRequest.model_fields, *map(to_camel, InferenceRequest.model_fields)]
)
"""Every spelling of the contract's fields."""
LONGEST_READ = 65_536
"""Characters of a prompt that are looked through."""
REASONING_AGENT = "agent-reasoning"
"""Whose profile completes a request to a reasoning service that names no agent."""
_REASONING_KIND = ("task_type", "taskType")


@dataclass
class Intake:
    """The data of a request in the words of the contract, and what was read out of it."""

    data: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    speakers: tuple[str, ...] = ()
    written_keys: tuple[str, ...] = ()
    """The keys of a JSON answer whose format a prompt spells out."""
    examples: tuple[str, ...] = ()
    """The example values of that format."""
    source: str = ""
    """The text of a prompt that the fields of the answer are taken from."""
    wordings: dict[str, str] = field(default_factory=dict)
    """What is answered for each choice that a prompt lists."""


def take_in(data: dict[str, Any], profile: Profile | None) -> Intake:
    """Return the data with transcript, facts, format and question where the contract has them.

    :param profile: of the agent that asks; None for one without.
    """
    found = Intake({name: value for name, value in with_alert(data).items() if value is not None})
    _name_the_question(found)
    _take_context_text(found)
    _place_unknown_fields(found, profile)
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
        _read_prompt(found, prompt, profile)
    elif profile is not None:
        _type_required_keys(found, profile)
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


def _place_unknown_fields(found: Intake, profile: Profile | None) -> None:
    """Move fields that the contract does not have into the context, or name them in a note.

    :raises InvalidRequest: the request is strict and has such fields.
    """
    if found.data.keys() <= CONTRACT_FIELDS:
        return
    unknown = [name for name in found.data if name not in CONTRACT_FIELDS]
    if found.data.get("strict") is True:
        raise InvalidRequest(
            [FieldError(name[:64], "is not a known field") for name in unknown[:40]]
        )
    if profile is None:
        found.notes.append(f"unknown fields were ignored: {_listed(unknown)}")
        return
    context = found.data.get("context", {})
    if isinstance(context, dict):
        moved = {name: found.data.pop(name) for name in unknown}
        found.data["context"] = {**moved, **context}
        found.notes.append(f"taken as context: {_listed(unknown)}")


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


def _read_prompt(found: Intake, prompt: str, profile: Profile | None) -> None:
    data = found.data
    transcript = read_transcript(prompt)
    if transcript is not None and "messages" not in data:
        _take_transcript(found, transcript)
        prompt = data["prompt"]
    asked = None
    plain = not data.get("choices") and data.get("task", "text") in ("text", "alert_triage")
    if plain:
        asked = read_output_format(prompt)
        system = data.get("system")
        written = asked or (read_output_format(system) if isinstance(system, str) else None)
        if written is not None:
            found.examples = written.examples
            if _names_no_key(data):
                _take_format(found, written, profile)
                _take_extraction(found, prompt, written, asked is None, profile)
        elif options := options_of(data, prompt):
            data["choices"] = options
            found.notes.append(f"the choices were read out of the question: {_listed(options)}")
        if profile is None and _take_closed_answers(found, prompt, written):
            return
    if profile is not None:
        _type_required_keys(found, profile)
    facts = tuple(profile.context.first) if profile is not None else ()
    _take_facts(found, prompt, (asked.start, asked.end) if asked else (0, 0), facts)
    if profile is not None and found.data.get("prompt") != prompt:
        _take_question(found, profile)


def _take_closed_answers(found: Intake, prompt: str, written: OutputFormat | None) -> bool:
    """Have one of the answers that the prompt lists chosen; return whether it lists any."""
    data, system = found.data, found.data.get("system", "")
    is_open = data.keys().isdisjoint(("choices", "task")) and (written or _names_no_key(data))
    if not isinstance(system, str) or not is_open:
        return False
    if (read := read_closed_answers(prompt, system, written)) is None:
        return False
    answers = read.answers.items()
    data["choices"] = [{"name": name, "description": said or name} for name, said in answers]
    data |= {"prompt": read.prompt, "system": read.system or None}
    data |= {"response_format": None, "responseFormat": None}
    found.wordings = read.wordings
    found.notes.append(f"the answers to choose from were read: {_listed(list(read.answers))}")
    return True


def _names_no_key(data: Mapping[str, Any]) -> bool:
    """Return whether the sender leaves it to the prompt which keys an answer has."""
    given = data.get("response_format", data.get("responseFormat"))
    return given is None or given == {"type": "json_object"}


def _take_question(found: Intake, profile: Profile) -> None:
    """Keep of a prompt whose facts were read what it asks, without a label and the form wanted.

    One that says nothing but in which form to answer asks the standing question.
    """
    asked = _FORM_WANTED.sub("", found.data["prompt"]).strip()
    if not asked:
        found.data["prompt"] = profile.question or found.data["prompt"]
    elif (labelled := _LABELLED_QUESTION.search(asked)) is None:
        return
    elif not labelled.start():
        found.data["prompt"] = labelled[1].strip()
    elif "system" not in found.data:  # who answers, and in which form, stands before the question
        found.data["system"] = asked[: labelled.start()].strip()
        found.data["prompt"] = labelled[1].strip()


_FORM_WANTED = re.compile(
    r"(?:^|\n)[ \t]*(?:respond|reply|answer|responda) (?:as|como) [^\n.]{1,80}\."
    r"(?: use json format\.)?\s*$",
    re.I,
)
_LABELLED_QUESTION = re.compile(
    r"(?:\A|\n)(?:(?:user|guest|customer) )?(?:request|question|query|message|pedido|pergunta):"
    r" (\S.*)\Z",
    re.I,
)
"""One line behind a label."""


def _take_transcript(found: Intake, transcript: Transcript) -> None:
    data = found.data
    data["prompt"] = transcript.question
    found.speakers = transcript.speakers
    if transcript.turns:
        data["messages"] = [{"role": role, "content": words} for role, words in transcript.turns]
    if transcript.system and "system" not in data:
        data["system"] = transcript.system
    context = data.get("context", {})
    if transcript.sections and isinstance(context, dict):
        data["context"] = {**transcript.sections, **context}
    found.notes.append(f"the prompt was read as a transcript of {len(transcript.turns) + 1} turns")


def _take_format(found: Intake, asked: OutputFormat, profile: Profile | None) -> None:
    schema = asked.schema
    known = profile.answer_properties if profile is not None else {}
    schema["properties"] = {
        key: known[key] if key in known and "enum" not in written else written
        for key, written in schema["properties"].items()
    }
    found.data.pop("responseFormat", None)
    found.data["response_format"] = {"type": "json_schema", "schema": schema}
    found.written_keys = tuple(schema["required"])
    found.notes.append(
        f"the output format was read out of the prompt: {_listed(schema['required'])}"
    )


def _take_extraction(
    found: Intake, prompt: str, form: OutputFormat, in_system: bool, profile: Profile | None
) -> None:
    """Bind the fields of an answer to the text that they are only taken from."""
    data = found.data
    schema = data["response_format"]["schema"]
    checks = data.get("checks", {})
    if not isinstance(checks, dict) or checks.keys() & _BOUND:
        return
    if profile is not None and profile.answer_properties.keys() & schema["properties"].keys():
        return
    system = data.get("system", "")
    system = system if isinstance(system, str) else ""
    span = (form.start, form.end)
    if in_system:
        system, span = system[: form.start] + system[form.end :], (len(prompt), len(prompt))
    facts = "\n".join(texts(data.get("context")))
    extraction = read_extraction(prompt, span, schema, system, facts)
    if extraction is None:
        return
    data["response_format"]["schema"] = extraction.allow_null(schema)
    data["checks"] = {
        **checks,
        "copied_fields": list(extraction.taken),
        "grounded_numbers": True,
        "free_fields": list(extraction.free),
    }
    found.source = extraction.source
    found.notes.append(f"taken from the text alone: {_listed(list(extraction.taken))}")


_BOUND = frozenset(
    (*("copied_fields", "copiedFields", "grounded_numbers", "groundedNumbers"),
     *("free_fields", "freeFields"))
)  # fmt: skip
"""Checks of a sender's own that say what is bound to the request."""


def _type_required_keys(found: Intake, profile: Profile) -> None:
    """Give the required keys of a JSON object the types that the profile knows for them."""
    wanted = found.data.get("response_format", found.data.get("responseFormat"))
    if not isinstance(wanted, dict) or wanted.get("type") != "json_object":
        return
    keys = wanted.get("required")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        return
    if not any(key in profile.answer_properties for key in keys):
        return
    schema = {
        "type": "object",
        "properties": {key: profile.answer_properties.get(key, {}) for key in keys},
        "required": keys,
    }
    found.data.pop("responseFormat", None)
    found.data["response_format"] = {"type": "json_schema", "schema": schema}


def _take_facts(
    found: Intake, prompt: str, template: tuple[int, int], names: tuple[str, ...]
) -> None:
    """Move labelled facts of the prompt into the context; an alert among them is an alert.

    :param names: of facts whose text may stand behind a label.
    """
    data = found.data
    context = data.get("context", {})
    if not isinstance(context, dict):
        return
    labelled = read_labelled_facts(prompt, template)
    listed = read_labelled_lines(labelled.rest, names)
    labelled = LabelledFacts({**listed.facts, **labelled.facts}, listed.rest)
    if "system" in data:
        labelled = LabelledFacts({**_object_of(prompt), **labelled.facts}, labelled.rest)
    if not labelled.facts:
        return
    labels = labelled.facts.get("labels")
    if isinstance(labels, dict) and "alertname" in labels and "alert" not in data:
        names = ("labels", "annotations", "status")
        data["alert"] = {name: labelled.facts[name] for name in names if name in labelled.facts}
        data.setdefault("task", "alert_triage")
        found.notes.append("the alert was read out of the prompt")
        return
    if labelled.rest:
        data["prompt"] = labelled.rest
    data["context"] = {**labelled.facts, **context}
    found.notes.append(f"facts were read out of the prompt: {_listed(list(labelled.facts))}")


def _object_of(prompt: str) -> dict[str, Any]:
    """Return the object that a whole prompt is and that is no alert, else an empty one."""
    try:
        value = json.loads(prompt) if prompt.lstrip()[:1] == "{" else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and not is_alert(value) else {}


def _listed(names: list[str]) -> str:
    shown = [name[:40] for name in names[:10]]
    return ", ".join(shown) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


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
