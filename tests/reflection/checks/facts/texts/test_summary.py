"""Requests to summarise a text."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.soundness import Soundness

NOTICE = (
    "Hello members, the climbing hall stays closed from 3 to 7 March. The floor is renewed and the "
    "walls get 40 new routes. Members climb for free at the hall of Setúbal meanwhile."
)


def demand(data: dict[str, Any]) -> Expected | None:
    return Soundness(parse_request(data))._expected


@pytest.mark.parametrize(
    "data",
    [
        {"prompt": f"Summarise in one sentence: {NOTICE}"},
        {"prompt": f"Please give me a short summary of this notice:\n\n{NOTICE}"},
        {"prompt": f"{NOTICE}\n\nSummarize the text above."},
        {"prompt": f"tl;dr: {NOTICE}"},
        {"prompt": "Summarise the notice.", "context": {"notice": NOTICE}},
    ],
)
def test_a_summary_says_what_the_text_says(data: dict[str, Any]) -> None:
    found = demand(data)
    assert found is not None and found.is_met(found.stated)
    assert found.stated == "The climbing hall stays closed from 3 to 7 March."
    assert found.is_met("The climbing hall is closed in March while floor and walls are renewed.")
    for answer in (
        "The hall is closed from 3 to 9 March.",  # another number
        "The library lends books to children and their parents.",
        "The hall.",
        NOTICE,
    ):
        assert not found.is_met(answer), answer


@pytest.mark.parametrize(
    ("order", "lines"),
    [("Summarise in two sentences", 1), ("Summarise in 3 points", 3), ("Resuma em tópicos", 3)],
)
def test_as_much_is_said_as_is_asked_for(order: str, lines: int) -> None:
    found = demand({"prompt": f"{order}: {NOTICE}"})
    assert found is not None and len(found.stated.splitlines()) == lines
    assert found.stated.count(".") == (2 if lines == 1 else 3)
    assert found.stated.startswith("- ") is (lines == 3)


@pytest.mark.parametrize(
    "prompt",
    [
        f"Summarise in Portuguese: {NOTICE}",
        "Summarise: the hall is closed.",
        "What is a summary?",
        "Summarise the plot of Hamlet.",
    ],
)
def test_what_has_other_words_or_no_text(prompt: str) -> None:
    found = demand({"prompt": prompt})
    assert found is None or found.check != "uses_facts"
