"""Answers that follow by one step: an order, a fit, a day, a count, a measure, a reason."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

CHAIN = {"parts": {"lid": "needs jar", "jar": "needs glass", "glass": "needs nothing"}}
ROOMS = {"halls": {"north": "free 12 seats", "south": "free 40 seats", "attic": "free 8 seats"}}
DOCTOR = "You help doctors. Use only the records."


def demand(question: str, context: dict[str, Any] | None = None, **fields: Any) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context or {}, **fields}))


@pytest.mark.parametrize(
    ("question", "context", "check", "right", "wrong"),
    [
        (
            *("In which order do I make them: lid needs jar, jar needs glass?", CHAIN, "order"),
            *("First glass, then jar, then lid.", "lid, jar, glass"),
        ),
        (
            *("Em que ordem: o bolo depende da massa, a massa precisa de ovos?", {}, None),
            *("", ""),
        ),
        (
            *("In which order? roof needs walls, walls depends on base", {"a": 1}, "order"),
            *("Begin with the base; the walls come next, the roof last.", "roof, walls"),
        ),
        ("In which order? a1 needs b2, b2 needs a1", {"a": 1}, None, "", ""),
        (
            *("Which hall fits a party that needs 30 seats?", ROOMS, "fitting_entry"),
            *("Take south: north has too few.", "South has 40. Only attic has room. Take attic."),
        ),
        ("Which hall has 10 seats free for us?", ROOMS, None, "", ""),
        (
            *("All tours run on Friday. Today is Monday. Does a tour run today?", {}, "today"),
            *("No, the next one is on Friday.", "Yes, on Monday."),
        ),
        (
            *("The market opens on Monday. Today is Monday. Is it open today?", {}, "today"),
            *("Yes, it opens on Mondays.", "No, it is closed."),
        ),
        (
            *("As feiras acontecem aos sábados. Hoje é terça. Tem feira hoje?", {}, "today"),
            *("Não, só aos sábados.", "Sim, tem feira hoje."),
        ),
        ("Tours run Monday to Friday. Today is Tuesday. Is there one today?", {}, None, "", ""),
        (
            *("Why is the oven cold?", {"log": {"09:10": "fuse F3 blown"}}, "uses_facts"),
            *("The fuse has blown.", "The oven is cold: a fuse."),
        ),
        (
            "When was the last blood test and what was the ferritin?",
            {"records": [{"test": "ferritin", "value": "31 ng/mL", "date": "2025-03-04"}]},
            *("asked_fact", "31 ng/mL on 4 March 2025 (2025-03-04)", "It was on 2025-03-04."),
        ),
    ],
)
def test_what_follows(
    question: str, context: dict[str, Any], check: str | None, right: str, wrong: str
) -> None:
    found = demand(question, context)
    if check is None:
        assert found is None or found.check not in ("order", "fitting_entry", "today")
        return
    assert found is not None and found.check == check
    assert found.is_met(right)
    assert not found.is_met(wrong)
    assert found.is_met(found.stated)


TALK = [
    {"role": "user", "content": "I have three cats at home."},
    {"role": "assistant", "content": "Lovely, three cats!"},
]


def test_a_count_that_was_said_before() -> None:
    found = demand("How many cats did I say I have?", messages=TALK)
    assert found is not None and found.check == "count_said_before"
    assert found.is_met("You have 3 cats.") and found.is_met(found.stated)
    assert not found.is_met("Two cats.")
    assert not found.is_met("Three cats: Tom, home and charts.")
    assert demand("How many dogs did I say I have?", messages=TALK) is None
    assert demand("How many cats are there in the world?", messages=TALK) is None


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("Records: visit in March.\n\nWhen was the last visit?", {}),
        ("Fichas: retorno em abril\n\nQuando foi o retorno?", {}),
        ("When was the last visit?", {"system": f"{DOCTOR} Records: a visit in March."}),
        ("When was the last visit?", {"messages": [
            {"role": "user", "content": "Her records have a visit in March."},
            {"role": "assistant", "content": "I see."},
            {"role": "user", "content": "When was the last visit?"},
        ]}),
    ],
)  # fmt: skip
def test_records_outside_the_context_are_records(question: str, fields: dict[str, Any]) -> None:
    found = demand(question, **{"system": DOCTOR, **fields})
    assert found is None or found.check != "untold"


def test_what_follows_the_question_does_not_speak_for_the_records() -> None:
    facts = {"visitor": "nurse", "records_available": "0 records"}
    found = demand("Does client-4 have known allergies?\n\nRecords:\nNone.", facts, system=DOCTOR)
    assert found is not None and found.check == "untold"


@pytest.mark.parametrize(
    ("question", "context", "right", "wrong"),
    [
        (
            *("Does patient-7 have known allergies?", {}),
            *("No records of allergies are available.", "Patient-7 has no known allergies."),
        ),
        (
            "Is there an interaction between the two drugs?",
            {"records": [{"kind": "drug", "name": "Xanol"}, {"kind": "drug", "name": "Pilex"}]},
            "The records with Xanol and Pilex do not mention one.",
            "There is no interaction between Xanol and Pilex.",
        ),
    ],
)
def test_records_that_do_not_speak_of_it_give_no_yes_and_no_no(
    question: str, context: dict[str, Any], right: str, wrong: str
) -> None:
    found = demand(question, context, system=DOCTOR)
    assert found is not None and found.check == "untold"
    assert found.is_met(right) and found.is_met(found.stated)
    assert not found.is_met(wrong)
    assert demand(question, context) is None  # nothing binds the answer to the records


def test_a_record_that_speaks_of_it_leaves_the_answer_to_the_model() -> None:
    context = {"records": [{"kind": "allergy", "name": "pollen"}]}
    assert demand("Does patient-7 have known allergies?", context, system=DOCTOR) is None


@pytest.mark.parametrize(
    ("question", "system"),
    [
        ("Is there any blue lamp?", "Offer only products that are in the facts."),
        ("Tem luminária azul?", "Ofereça somente os produtos dos fatos."),
    ],
)
def test_what_may_be_offered_does_not_bind_what_may_be_said(question: str, system: str) -> None:
    context = {"products": [{"name": "red lamp", "price": 20}]}
    found = demand(question, context, system=system)
    assert found is None or found.check != "untold"


@pytest.mark.parametrize(
    ("question", "result"),
    [
        ("What is 19 * 6?", "114"),
        ("How much is 15% of 80?", "12"),
        ("Quanto é 9 / 4?", "2,25"),
        ("calculate 7.5 + 0.5", "8"),
        ("What is 4 / 0?", None),
        ("What is 2026-11-30 in words?", None),
        ("Is 3 * 4 more than 10?", None),
    ],
)
def test_a_calculation_has_one_result(question: str, result: str | None) -> None:
    found = expected_of(parse_request({"prompt": question}))
    assert (None if found is None else found.values) == (None if result is None else (result,))
    assert found is None or not found.is_met(f"I cannot say: it may be {result}.")
