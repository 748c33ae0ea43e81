"""Measures of several days, what one record names, and records that are not there."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

SYSTEM = "You assist a vet. Use only the records."
WEIGHTS = [
    {"test": "weight", "date": "2026-03-02", "value": "4.1 kg"},
    {"test": "weight", "date": "2026-01-05", "value": "4.6 kg"},
    {"test": "weight", "date": "2025-11-20", "value": "4.9 kg"},
    {"test": "pulse", "date": "2026-03-02", "value": "180 bpm"},
]
ALLERGY = [{"record_type": "allergy", "substance": "chicken", "reaction": "rash"}]


def demand(question: str, records: list[dict[str, Any]]) -> Expected | None:
    context = {"records": records} if records else {}
    return expected_of(parse_request({"prompt": question, "system": SYSTEM, "context": context}))


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("What was the weight at the last two visits?", ("4.6 kg", "4.1 kg")),
        ("What was the last weight?", ("4.1 kg",)),
        ("What are all weight readings?", ("4.9 kg", "4.6 kg", "4.1 kg")),
    ],
)
def test_the_last_values_of_a_measure(question: str, values: tuple[str, ...]) -> None:
    found = demand(question, WEIGHTS)
    assert found is not None and found.is_met(found.stated)
    assert all(value in found.stated for value in values)
    assert found.is_met(" and ".join(values)) and not found.is_met("It was 4.7 kg.")


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Is Rex allergic to chicken?", "Yes: chicken (rash)."),
        ("O Rex tem alergia a chicken?", "Sim: chicken (rash)."),
    ],
)
def test_a_record_that_names_it_says_yes(question: str, stated: str) -> None:
    found = demand(question, ALLERGY)
    assert found is not None and found.stated == stated
    assert not found.is_met("The records do not say anything about that.")


@pytest.mark.parametrize("question", ["Is Rex allergic to beef?", "Does Rex have fleas?"])
def test_what_no_record_names(question: str) -> None:
    found = demand(question, ALLERGY)
    assert found is None or found.check == "untold"


def test_no_records_tell_nothing() -> None:
    found = demand("Which vaccines has Rex had?", [])
    assert found is not None and found.check == "untold"
    assert not found.is_met("Rex has had rabies.")


DRUGS = [
    {"record_type": "prescription", "date": "2026-03-02", "medication": "Apoquel", "dose": "8 mg"},
    {"record_type": "prescription", "date": "2026-03-02", "medication": "Metacam", "dose": "2 ml"},
    {"record_type": "vaccination", "date": "2026-01-05", "vaccine": "rabies"},
]
TOLD = "Apoquel (8 mg, 2026-03-02) and Metacam (2 ml, 2026-03-02)."


@pytest.mark.parametrize(
    "question", ["Which medicines does Rex take?", "List the prescriptions", "What are the drugs?"]
)  # fmt: skip
def test_every_record_of_a_kind_is_named(question: str) -> None:
    found = demand(question, DRUGS)
    assert found is not None and found.stated == TOLD and found.is_met(TOLD)
    assert not found.is_met("Rex takes Apoquel.")


def test_a_field_of_the_record_that_is_named() -> None:
    found = demand("Which dose of metacam does Rex get?", DRUGS)
    assert found is not None and found.stated == "Metacam: 2 ml."
    assert found.is_met("Rex gets 2 ml.") and not found.is_met("Rex gets 8 mg.")


@pytest.mark.parametrize(
    "question", ["What is the dose of Metacam?", "Which breed is Rex?", "Should Rex take Metacam?"]
)
def test_what_asks_for_no_kind(question: str) -> None:
    found = demand(question, DRUGS)
    assert found is None or found.stated != TOLD


def test_a_noun_behind_the_one_asked_for_is_looked_up() -> None:
    context = {"notifications": ["Lift 2 is out of service until Friday, take the stairs instead."]}
    system = "Use only the facts."
    for question, told in (
        ("Are there any urgent notifications?", True),
        ("Is there a leak?", False),
    ):
        request = parse_request({"prompt": question, "system": system, "context": context})
        found = expected_of(request)
        assert (found is None or found.check != "untold") is told
        assert found is None or found.stated == "The facts do not say anything about that."
