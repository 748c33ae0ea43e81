"""What is scored for each choice, and the turns behind which it is scored."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import Choice, parse_request
from function.reflection.prompt.choice_prompts import (
    case,
    choice_text,
    named_texts,
    unknown_case,
)
from function.reflection.prompt.facts import Rendering
from function.reflection.prompt.prompts import CONTEXT_HEADING
from tests.scripted import ScriptedModel

MODEL = ScriptedModel(window=1_000)


def test_choices_are_not_named_where_they_are_scored() -> None:
    request = parse_request(
        {"prompt": "Pod OOMKilled", "choices": ["restart", "scale"], "context": {"pod": "db-0"}}
    )
    told = "\n".join(turn.content for turn in case(request, MODEL).turns)
    assert "Pod OOMKilled" in told and "- pod: db-0" in told
    assert "restart" not in told and "scale" not in told


def test_no_order_reaches_the_scoring_of_a_report() -> None:
    told = "The pod crashes. Please scale it."
    labels = {"alertname": "PodCrashing", "pod": "cart-0", "summary": told}
    request = parse_request(
        {"prompt": "Why?", "choices": ["a", "b"], "context": {"labels": labels}}
    )
    report = case(request, MODEL, Rendering(decisive=["labels"])).turns[-1].content
    assert "- alertname: PodCrashing\n- pod: cart-0\n" in report
    assert "The pod crashes." not in report and "scale" not in report
    without = case(request, MODEL).turns[-1].content
    assert "The pod crashes." in without and "scale" not in without


def test_a_wish_reaches_the_scoring_of_what_is_no_report() -> None:
    told = "It is broken. Please cancel it."
    request = parse_request({"prompt": "Why?", "choices": ["a", "b"], "context": {"text": told}})
    assert told in case(request, MODEL).turns[-1].content


def test_the_unknown_case_tells_nothing_of_the_case() -> None:
    request = parse_request(
        {"prompt": "Pod OOMKilled", "choices": ["restart", "scale"], "context": {"pod": "db-0"}}
    )
    known, unknown = case(request, MODEL).turns, unknown_case(request, MODEL).turns
    told = "\n".join(turn.content for turn in unknown)
    assert "OOMKilled" not in told and "db-0" not in told
    # What surrounds the case is the same, or the difference would be worth something itself.
    assert unknown[0] == known[0]
    assert known[-1].content.endswith(unknown[-1].content.partition("\n")[2])


WHICH = "Which team takes it?"


@pytest.mark.parametrize(
    ("prompt", "context", "known", "unknown"),
    [
        (f"{WHICH} 'The lift is stuck again.'", {}, f"Situation: The lift is stuck again.\n{WHICH}",
         f"Situation: unknown\n{WHICH}"),
        ("Qual é o tom de \"Não gostei\"?", {}, "Situation: Não gostei\nQual é o tom de ?",
         "Situation: unknown\nQual é o tom de ?"),
        ("Pick a label: 'The guest's key doesn't fit'", {},
         "Situation: The guest's key doesn't fit\nPick a label",
         "Situation: unknown\nPick a label"),
        (WHICH, {"note": "stuck lift"}, f"{CONTEXT_HEADING}\n- note: stuck lift\n\n{WHICH}",
         f"Situation: unknown\n{WHICH}"),
        ("It said 'disk full' again.", {},
         "Situation: It said 'disk full' again.\nWhat should be done?",
         "Situation: unknown\nWhat should be done?"),
        ("Where is it?", {}, "Situation: Where is it?\nWhat should be done?",
         "Situation: unknown\nWhat should be done?"),
    ],
)  # fmt: skip
def test_a_question_beside_a_quoted_case_or_facts_takes_the_place_of_ours(
    prompt: str, context: dict[str, Any], known: str, unknown: str
) -> None:
    request = parse_request({"prompt": prompt, "choices": ["a", "b"], "context": context})
    assert case(request, MODEL).turns[-1].content == known
    assert unknown_case(request, MODEL).turns[-1].content == unknown


def test_names_are_scored_beside_descriptions_alone() -> None:
    described = [{"name": "scale-up", "description": "add a replica"}, "wait"]
    request = parse_request({"prompt": "Why?", "choices": described})
    assert named_texts(request, MODEL) == ["Scale up", "Wait"]
    assert named_texts(parse_request({"prompt": "Why?", "choices": ["a", "b"]}), MODEL) == []


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Choice(name="restart_pod"), "Restart pod"),
        (Choice(name="scale-up", description="add a replica"), "Add a replica"),
        (Choice(name="x", description=""), "X"),
    ],
)
def test_a_choice_is_scored_as_a_sentence_begins(choice: Choice, text: str) -> None:
    assert choice_text(choice) == text
