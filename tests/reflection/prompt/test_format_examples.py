"""Example values of an output format: hidden from small models, refused in answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from function.contract import InferenceRequest
from function.pipeline.intake import read_request
from function.profiles.registry import read_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.prompt.prompts import conversation
from tests.scripted import ABILITIES, ScriptedModel

FORMAT = '{"gist": "the gist in a line", "points": ["point1", "point2"], "tone": "calm|angry"}'


def read(prompt: str, system: str | None = None) -> InferenceRequest:
    return read_request({"prompt": prompt, "system": system}, None, read_profiles({})).request


def shown(request: InferenceRequest, *, hosted: bool = False) -> str:
    model = ScriptedModel(abilities=replace(ABILITIES, hosted=hosted))
    return "\n".join(turn.content for turn in conversation(request, model).turns)


@pytest.mark.parametrize("in_system", [False, True])
def test_a_small_model_is_shown_the_form_alone(in_system: bool) -> None:
    form = f"Reply as JSON: {FORMAT}"
    asked = "The tap drips since the gist of Monday."
    request = read(asked, form) if in_system else read(f"{asked}\n{form}")
    said = shown(request)
    assert '{"gist": "...", "points": ["...", "..."], "tone": "calm|angry"}' in said
    assert asked in said
    assert FORMAT in shown(request, hosted=True)


def test_data_stay_as_they_are() -> None:
    request = read('Mail: "the tap drips a lot"\nReply as JSON: {"gist": "the gist in a line"}')
    assert '"the tap drips a lot"' in shown(request)


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"gist": "The gist in a line.", "points": ["It drips"]}, True),
        ({"gist": "The tap drips", "points": ["point1"]}, True),
        ({"gist": "The tap drips", "points": ["It drips since Monday"]}, False),
    ],
)
def test_examples_are_no_answer(answer: dict[str, object], wrong: bool) -> None:
    request = read(f"The tap drips since Monday.\nReply as JSON: {FORMAT}")
    results = run_checks(always_checks(request), Answer(json.dumps(answer)))
    assert ("no_placeholders" in {each.name for each in results if not each.passed}) is wrong


def test_a_quoted_text_is_no_example() -> None:
    request = read('Reply as JSON {"words": "..."}: "Best concert of my life"')
    results = run_checks(always_checks(request), Answer('{"words": "Best concert of my life"}'))
    assert "no_placeholders" not in {each.name for each in results if not each.passed}
