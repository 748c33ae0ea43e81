"""What a prompt holds beside its question, moved to where the contract has it: turns, the output
format, options, facts, an alert.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_camel

from function.contract import InferenceRequest, is_alert
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
from function.profiles.profile import Profile

QUESTIONS = ("prompt", "question", "message", "request", "query", "problem")
"""Names of the field with the question, the first that has a text counts."""
CONTRACT_FIELDS = frozenset(
    [*QUESTIONS, *InferenceRequest.model_fields, *map(to_camel, InferenceRequest.model_fields)]
)
"""Every spelling of the contract's fields."""


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


def read_prompt(found: Intake, prompt: str, profile: Profile | None) -> None:
    """Move what a prompt holds to the fields of the contract, with a note of each thing."""
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
            found.notes.append(f"the choices were read out of the question: {listed(options)}")
        if profile is None and _take_closed_answers(found, prompt, written):
            return
    if profile is not None:
        type_required_keys(found, profile)
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
    found.notes.append(f"the answers to choose from were read: {listed(list(read.answers))}")
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
        f"the output format was read out of the prompt: {listed(schema['required'])}"
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
    found.notes.append(f"taken from the text alone: {listed(list(extraction.taken))}")


_BOUND = frozenset(
    (*("copied_fields", "copiedFields", "grounded_numbers", "groundedNumbers"),
     *("free_fields", "freeFields"))
)  # fmt: skip
"""Checks of a sender's own that say what is bound to the request."""


def type_required_keys(found: Intake, profile: Profile) -> None:
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
    lines = read_labelled_lines(labelled.rest, names)
    labelled = LabelledFacts({**lines.facts, **labelled.facts}, lines.rest)
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
    found.notes.append(f"facts were read out of the prompt: {listed(list(labelled.facts))}")


def _object_of(prompt: str) -> dict[str, Any]:
    """Return the object that a whole prompt is and that is no alert, else an empty one."""
    try:
        value = json.loads(prompt) if prompt.lstrip()[:1] == "{" else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and not is_alert(value) else {}


def listed(names: list[str]) -> str:
    """Return names for a note: ten of them, each cut at 40 characters."""
    shown = [name[:40] for name in names[:10]]
    return ", ".join(shown) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
