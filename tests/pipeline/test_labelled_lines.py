"""Facts that a prompt writes as lines."""

from __future__ import annotations

import pytest

from function.pipeline.intake import read_request
from function.pipeline.labelled_lines import read_labelled_lines
from function.profiles.registry import read_profiles


def test_a_list_behind_a_label() -> None:
    found = read_labelled_lines(
        "Look at it.\n\nContext:\n- Page Title: Pier: today\n* URL: https://a.example/b\n\nGo on."
    )
    assert found.facts == {"page_title": "Pier: today", "url": "https://a.example/b"}
    assert found.rest == "Look at it.\n\n\nGo on."


def test_a_text_behind_the_label_of_a_known_fact() -> None:
    text = "Screen Text (read by a camera):\nGATE 4\nBoarding 10:20\n\nWhat now?"
    found = read_labelled_lines(text, ["screen_text"])
    assert found.facts == {"screen_text": "GATE 4\nBoarding 10:20"}
    assert found.rest == "What now?"
    assert read_labelled_lines(text).facts == {}


def test_a_list_of_known_facts_behind_any_label() -> None:
    text = "Analyse this visit:\n- Gate: 4\n- Mood: 20 % calm\n\nAnswer briefly."
    found = read_labelled_lines(text, ("gate", "mood", "hour"))
    assert found.facts == {"gate": "4", "mood": "20 % calm"}
    assert found.rest == "Answer briefly."
    assert read_labelled_lines(text, ("gate",)).facts == {}


@pytest.mark.parametrize(
    "text",
    [
        "Context:\n- Be short\n- Tone: warm",
        "Rules:\n- Tone: warm",
        "Context: a sentence\n- Tone: warm",
        "Context:\n\n- Tone: warm",
        "Context:",
        "",
    ],
)
def test_other_lines_stay(text: str) -> None:
    assert read_labelled_lines(text).facts == {}
    assert read_labelled_lines(text).rest == text


def test_they_are_context_of_the_request() -> None:
    profiles = read_profiles(
        {"porter": 'description = "d"\nsystem = "s"\n[context]\nfirst = ["sign_text"]'}
    )
    prompt = "What does it say?\n\nData:\n- Gate: 4\n\nSign text:\nCLOSED\n\nBe short."
    found = read_request({"agent": "porter", "prompt": prompt}, None, profiles)
    assert found.request.context == {"sign_text": "CLOSED", "gate": "4"}
    assert found.request.question == "What does it say?\n\n\n\nBe short."
