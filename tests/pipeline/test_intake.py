"""Requests as agents send them, read into the contract's fields."""

from __future__ import annotations

from typing import Any

import pytest

from function.pipeline.intake import read_request, take_in
from function.pipeline.prompt_parts import Intake
from function.pipeline.transcript import read_labelled_facts
from function.profiles.profile import Profile, ProfileFormat
from function.profiles.registry import read_profiles

PROFILE = Profile(
    name="grader",
    description="Grades.",
    system="You grade.",
    question="What is to be done?",
    json_format=ProfileFormat.model_validate(
        {"type": "json_schema", "schema": {"properties": {"grade": {"enum": ["A", "B"]}}}}
    ),
)


def taken(profile: Profile | None = None, **data: Any) -> Intake:
    return take_in(data, profile)


def test_null_is_absent() -> None:
    assert taken(prompt="x", context=None, choices=None).data == {"prompt": "x"}


@pytest.mark.parametrize(
    ("text", "context"), [("Loki is up.", {"context": "Loki is up."}), ("", {}), (" ", {})]
)
def test_a_context_that_is_a_text_is_one_fact(text: str, context: dict[str, str]) -> None:
    found = taken(prompt="x", context=text)
    assert found.data == {"prompt": "x", "context": context}
    assert found.notes == ["the context is a text: taken as one fact"]


def test_unknown_fields_join_a_context_that_is_a_text() -> None:
    found = taken(PROFILE, prompt="x", context="Loki is up.", target="loki")
    assert found.data["context"] == {"target": "loki", "context": "Loki is up."}


@pytest.mark.parametrize("name", ["question", "message", "request", "query", "problem"])
def test_names_of_the_question(name: str) -> None:
    assert take_in({name: "Why?"}, None).data == {"prompt": "Why?"}


def test_a_prompt_goes_before_other_names() -> None:
    found = taken(PROFILE, prompt="Why?", request="Bring water.")
    assert found.data["prompt"] == "Why?"


def test_data_without_a_question() -> None:
    found = taken(PROFILE, trayId="t-7", weight=3)
    assert found.data == {
        "prompt": "What is to be done?",
        "context": {"trayId": "t-7", "weight": 3},
    }
    assert len(found.notes) == 2


def test_unknown_fields_without_a_profile_are_named() -> None:
    found = taken(prompt="x", promt="y")
    assert found.notes == ["unknown fields were ignored: promt (is it meant to be prompt?)"]


def test_what_the_sender_put_into_the_context_stays() -> None:
    found = taken(PROFILE, prompt="x", trayId="t-7", context={"trayId": "t-8"})
    assert found.data["context"] == {"trayId": "t-8"}


def test_a_transcript_with_a_section() -> None:
    found = taken(
        prompt="System: Help.\n[FACTS OF TODAY]\ngate: shut\n[END]\nUser: a\nBot: b\nUser: c\nBot:"
    )
    assert found.data["prompt"] == "c"
    assert found.data["system"] == "Help."
    assert found.data["messages"] == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
    ]
    assert found.data["context"] == {"facts_of_today": {"gate": "shut"}}


def test_the_format_of_a_system_prompt() -> None:
    found = taken(PROFILE, prompt="Grade it.", system='Output JSON: {"grade": "...", "why": "..."}')
    schema = found.data["response_format"]["schema"]
    assert schema["properties"]["grade"] == {"enum": ["A", "B"]}


def test_a_format_that_the_sender_gives_stays() -> None:
    form = {"type": "json_object", "required": ["x"]}
    found = taken(prompt='Output JSON: {"a": "..."}', response_format=form)
    assert found.data["response_format"] == form


def test_required_keys_take_the_types_of_the_profile() -> None:
    form = {"type": "json_object", "required": ["grade", "other"]}
    schema = taken(PROFILE, prompt="x", responseFormat=form).data["response_format"]["schema"]
    assert schema["properties"] == {"grade": {"enum": ["A", "B"]}, "other": {}}


def test_facts_of_a_prompt() -> None:
    found = taken(
        prompt='Report on it.\n\nMetrics (of today):\n{"up": 1, "errors": 0.5}\n\nBe short.'
    )
    assert found.data["context"] == {"metrics": {"up": 1, "errors": 0.5}}
    assert found.data["prompt"] == "Report on it.\n\n\nBe short."


def test_facts_below_a_heading_in_brackets() -> None:
    found = taken(prompt='[CONTEXT]\n{"spa": {"opens": "09:00"}}\n\nWhen does the spa open?')
    assert found.data["context"] == {"spa": {"opens": "09:00"}}
    assert found.data["prompt"] == "When does the spa open?"
    assert "response_format" not in found.data


def test_a_filled_object_of_a_transcript_is_data_and_no_format() -> None:
    found = taken(
        prompt='System: Answer guests.\n\n[CONTEXT]\n{"spa": {"opens": "09:00"}}\n\n'
        "User: When does the spa open?\n\nAssistant:"
    )
    assert found.data["context"] == {"spa": {"opens": "09:00"}}
    assert "response_format" not in found.data


def test_an_alert_of_a_prompt() -> None:
    found = taken(
        prompt='Which function?\nLabels: {"alertname": "A", "pod": "p"}\n'
        'Annotations: {"summary": "s"}\n'
        'Output JSON: {"lambda_function": "...", "parameters": {...}}'
    )
    assert found.data["task"] == "alert_triage"
    assert found.data["alert"] == {
        "labels": {"alertname": "A", "pod": "p"},
        "annotations": {"summary": "s"},
    }


ALERT = {"labels": {"alertname": "A", "pod": "p"}}


@pytest.mark.parametrize(
    "data",
    [
        {"choices": ["pod-restart", "a coffee", "none"], "context": ALERT},
        {"choices": ["pod-restart", "check-pvc-status"], "context": ALERT},
        {"choices": ["pod-restart", "none"], "context": {"labels": None, "pod": "p"}},
        {"choices": ["pod-restart", {"name": ["x"]}, "none"], "context": ALERT},
        {"choices": "pod-restart or none", "context": ALERT},
        {"choices": ["pod-restart", "none"], "task": "text", "context": ALERT},
        {"task": "choose", "context": ALERT},
    ],
)
def test_choices_that_are_not_the_alert_network_s_are_left_to_the_model(
    data: dict[str, Any],
) -> None:
    found = taken(PROFILE, prompt="Which one?", **data)
    assert found.data.get("task") == data.get("task")
    assert not any("triaged" in note for note in found.notes)


def test_repeated_facts_are_taken_once() -> None:
    found = read_labelled_facts('Context: {"a": 11111}\n\nRequest: {"a": 11111}\n\nGo on.')
    assert (found.facts, found.rest) == ({"a": 11111}, "Go on.")


def test_a_profile_by_its_alias() -> None:
    profiles = read_profiles(
        {"porter": 'aliases = ["porter-7"]\ndescription = "d"\nsystem = "s"\nquestion = "And now?"'}
    )
    found = read_request({"agent": "porter-7", "bag": 3}, None, profiles)
    assert found.profile_name == "porter"
    assert found.request.question == "And now?"
    assert found.request.system == "s"
    assert found.request.context == {"bag": 3}


def test_an_agent_without_a_profile_is_named() -> None:
    found = read_request({"agent": "stranger", "prompt": "x"}, None, read_profiles({}))
    assert found.profile is None
    assert found.notes == ("no profile is named 'stranger'",)


PORTERS = {
    "porter": """
description = "Finds bags."
system = "You find bags."
[response_format]
type = "json_schema"
[response_format.schema]
type = "object"
required = ["bag", "place"]
[response_format.schema.properties.bag]
type = "integer"
[response_format.schema.properties.place]
type = "string"
""",
}


@pytest.mark.parametrize(
    ("keys", "profile"), [("bag, place", "porter"), ("bag", None), ("bag, place, tip", None)]
)
def test_a_profile_by_the_keys_of_the_written_format(keys: str, profile: str | None) -> None:
    prompt = f"Where is it?\nFormat the response as JSON with keys: {keys}."
    found = read_request({"prompt": prompt}, None, read_profiles(PORTERS))
    assert found.profile_name == profile
    assert found.request.agent == profile
    if profile is not None:
        assert found.request.system == "You find bags."
        assert "the keys of the output format are those of porter" in found.notes


def test_a_stranger_that_writes_the_keys_of_a_profile_keeps_its_name() -> None:
    data = {"agent": "stranger", "prompt": "Where?\nReply in JSON with keys: bag, place."}
    found = read_request(data, None, read_profiles(PORTERS))
    assert (found.profile_name, found.request.agent) == ("porter", "stranger")
    assert found.request.system == "You find bags."
    assert not any("no profile" in note for note in found.notes)


def test_an_agent_with_a_profile_keeps_it_whatever_keys_it_writes() -> None:
    data = {"agent": "cook", "prompt": "Reply in JSON with keys: bag, place."}
    profiles = read_profiles(PORTERS | {"cook": 'description = "Cooks."\nsystem = "You cook."'})
    assert read_request(data, None, profiles).profile_name == "cook"


def test_a_request_without_a_format_takes_no_profile_without_one() -> None:
    profiles = read_profiles({"talker": 'description = "Talks."\nsystem = "You talk."'})
    assert read_request({"prompt": "Where is it?"}, None, profiles).profile is None


def test_the_keys_of_a_prompt_refine_json_of_any_kind() -> None:
    prompt = "A scarf. Answer in JSON with keys: item, colour."
    (kind, keys) = ({"type": "json_object"}, {"type": "json_object", "required": ["item"]})
    for name in ("response_format", "responseFormat"):
        found = take_in({"prompt": prompt, name: kind}, None).data
        assert list(found["response_format"]["schema"]["properties"]) == ["item", "colour"]
        assert "responseFormat" not in found
    assert taken(prompt=prompt, response_format=keys).data["response_format"] == keys


def test_an_event_as_the_whole_prompt_is_the_facts() -> None:
    prompt = '{"silo": "S-4", "data": {"level": 7}}'
    found = taken(prompt=prompt, system='Respond with: {"silo": "...", "level": <number>}').data
    assert found["context"] == {"silo": "S-4", "data": {"level": 7}}
    assert found["prompt"] == prompt
    assert "context" not in taken(prompt=prompt).data


def test_an_alert_as_the_whole_prompt_stays_with_the_model() -> None:
    prompt = '{"labels": {"alertname": "SiloEmpty"}, "status": "firing"}'
    found = taken(prompt=prompt, system="Explain the alert: in one sentence.").data
    assert found == {"prompt": prompt, "system": "Explain the alert: in one sentence."}
