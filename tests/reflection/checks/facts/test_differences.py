"""What only one of two things has is the answer where the question says which."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.verify import expected_of

CREW = {"enrolled": ["Ada", "Bo", "Cy", "Dee"], "aboard": ["Cy", "Ada", "Eli"]}
KIT = {"north_box": ["tape", "saw"], "south_box": ["saw", "tape", "glue"]}
BOTH = {"east": ["tape", "saw"], "west": ["saw", "glue"]}
RADIOS = {
    "handheld": {"channel": 16, "power_w": 5, "sealed": True},
    "fixed": {"channel": 16, "power_w": 25, "sealed": True},
}
TWINS = {"left": {"bar": 7, "oil": "full"}, "right": {"bar": 7, "oil": "full"}}
LISTAS = {"previstas": ["poda", "rega", "colheita"], "realizadas": ["rega"]}


@pytest.mark.parametrize(
    ("question", "context", "stated"),
    [
        ("Who is enrolled but not aboard?", CREW, "Bo and Dee."),
        ("Is anyone missing?", CREW, "Yes: Bo and Dee."),
        ("What is missing from the north box?", KIT, "Glue."),
        ("What is not in the east box?", BOTH, None),
        ("Who is aboard but was not enrolled?", CREW, "Eli."),
        ("Who does not need to be enrolled?", CREW, None),
        ("Why did Bo not come?", CREW, None),
        ("Is Bo missing?", CREW, None),
        ("Quais tarefas não foram feitas?", LISTAS, "Poda e colheita."),
        (
            "How do the handheld and the fixed radio differ?",
            RADIOS,
            None,
        ),
        (
            "In what do the handheld and the fixed radio differ?",
            RADIOS,
            "power w: 5 (handheld), 25 (fixed).",
        ),
        (
            "Is the handheld set up the same as the fixed one?",
            RADIOS,
            "No: power w: 5 (handheld), 25 (fixed).",
        ),
        ("Does the left pump match the right one?", TWINS, "Yes."),
        ("Do left and right have the same oil?", TWINS, None),
    ],
)
def test_what_differs(question: str, context: dict[str, Any], stated: str | None) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert (None if found is None else found.stated) == stated


def test_an_answer_names_what_is_missing_before_the_rest() -> None:
    data = {"prompt": "Who is enrolled but not aboard?", "context": CREW}
    found = expected_of(parse_request(data))
    assert found is not None
    assert found.is_met("Bo and Dee are not aboard, Cy is.")
    assert not found.is_met("Ada, Bo, Cy and Dee.")
    assert not found.is_met("Bo is not aboard.")
