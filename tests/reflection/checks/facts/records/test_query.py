"""Questions over records: conditions, a field, an aggregate; or silence where one is unclear."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

BILLS = {
    "bills": [
        {"no": "B-1", "sum": 130, "status": "open", "firm": "Kolb"},
        {"no": "B-2", "sum": 70, "status": "paid", "firm": "Ruud"},
        {"no": "B-3", "sum": 250, "status": "open", "firm": "Ruud"},
    ]
}
CREW = {
    "crew": [
        {"name": "Ada Lunn", "job": "cook", "watch": "night", "deck": 2, "sworn_in": True},
        {"name": "Bo Myhre", "job": "pilot", "watch": "day", "deck": 2, "sworn_in": False},
        {"name": "Cy Orr", "job": "cook", "watch": "day", "deck": 4, "sworn_in": True},
    ]
}
BUSES = {
    "onibus": [
        {"linha": "101", "destino": "Centro", "atraso_min": 0, "lugares": 40},
        {"linha": "205", "destino": "Praia", "atraso_min": 12, "lugares": 52},
        {"linha": "309", "destino": "Praia", "atraso_min": 4, "lugares": 30},
    ]
}
CHORES = {
    "chores": [
        {"chore": "rake leaves", "who": "Pia", "due": "2026-10-03"},
        {"chore": "fix tap", "who": None, "due": "2026-10-01"},
    ]
}
SITES = {
    "sites": {"north": {"crew": "alpha"}, "south": {"crew": "beta"}},
    "crews": {"alpha": {"foreman": "Zoe"}, "beta": {"foreman": "Max"}},
}
PARTS = {"lamps": {"barn": 6, "shed": 2}, "built_by": {"barn": "Ona", "shed": "Ty"}}
DEALS = {
    "deals": {
        "D-1": {"pay-date": "2025-07-02", "sender": "Zoe Orr"},
        "D-2": {"pay-date": "2025-07-09", "sender": "Max Orr"},
    }
}
SEEN = {"seen": [{"labels": {"name": "Smoke", "site": "barn"}}]}
MENU = {"menu": {"Monday": "stew", "Friday": "trout"}}
JARS = {"jars": {"fig": 14, "plum": 5}}


def demand(question: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context}))


@pytest.mark.parametrize(
    ("question", "context", "stated"),
    [
        ("What do the open bills add up to?", BILLS, "380 (130 + 250)."),
        ("What is the average sum of the open bills?", BILLS, "190 (130, 250)."),
        ("How many open bills does Ruud have?", BILLS, "1 (B-3)."),
        ("Which firm has the highest open bill?", BILLS, "Firm (B-3): Ruud."),
        ("Which bills are above 100?", BILLS, "B-1 and B-3."),
        ("List the crew that is sworn in.", CREW, "Ada Lunn and Cy Orr."),
        ("Who has yet to be sworn in?", CREW, "Bo Myhre."),
        ("Who is not a cook?", CREW, "Bo Myhre."),
        ("Whose pay date is 2025-07-02?", DEALS, "D-1."),
        ("Smoke: on which site?", SEEN, "Site of Smoke: barn."),
        ("Which cook has the day watch?", CREW, "Cy Orr."),
        ("How many people work on deck 2?", CREW, "2 (Ada Lunn, Bo Myhre)."),
        ("Does deck 4 have a pilot?", CREW, "No."),
        ("Is Cy Orr on the night watch?", CREW, "No (watch: day)."),
        ("Quantos ônibus para a Praia estão atrasados?", BUSES, "2 (205, 309)."),
        ("Qual ônibus para a Praia tem mais lugares?", BUSES, "205 (lugares: 52)."),
        ("Quantos lugares há ao todo para a Praia?", BUSES, "82 (52 + 30)."),
        ("Which chore has nobody?", CHORES, None),
        ("Which chore is due before 2026-10-02?", CHORES, "fix tap."),
        ("Who is the foreman of the south site?", SITES, "Foreman (south): Max."),
        ("On which day is there trout?", MENU, "Friday."),
        ("How many more fig jars than plum jars are there?", JARS, "9 (14 - 5)."),
        ("How many jars are there in total?", JARS, "19 (14 + 5)."),
        ("What is the number of lamps of the barn?", PARTS, "Lamps (barn): 6."),
    ],
)
def test_what_is_asked_of_records_is_worked_out(
    question: str, context: dict[str, Any], stated: str | None
) -> None:
    found = demand(question, context)
    assert (None if found is None else found.stated) == stated


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("What share of the bills is open?", BILLS),
        ("How much does Ruud owe?", BILLS),  # what is open is owed, but no field says so
        ("Which bill was sent first?", BILLS),
        ("Who hired Ada Lunn?", CREW),
        ("Who should cook if Cy is ill?", CREW),
        ("Which deck has the most crew?", CREW),  # a number of records and of no field
        ("Which cook or pilot is on deck 2?", CREW),
        ("How many of the crew are on deck 2 in May?", CREW),
        ("Who fixed the leak on the south site?", SITES),
        ("What is there on Sunday?", MENU),
        ("How many seats has the barn?", PARTS),
    ],
)
def test_it_is_silent_where_a_word_may_narrow_the_records_down(
    question: str, context: dict[str, Any]
) -> None:
    found = demand(question, context)
    assert found is None or found.check == "untold", found.stated


def test_an_amount_keeps_the_unit_and_the_comma_of_its_values() -> None:
    prices = {"precos": {"casaco": "R$ 120,50", "botas": "R$ 80,25"}}
    found = demand("Qual é a diferença de preço entre o casaco e as botas?", prices)
    assert found is not None and found.stated == "R$ 40,25 (R$ 120,50 - R$ 80,25)."
    assert found.is_met("A diferença é de R$ 40,25.") and not found.is_met("R$ 120,50")


def test_the_value_of_another_record_makes_an_answer_wrong() -> None:
    found = demand("What is the job of Bo Myhre?", CREW)
    assert found is not None and found.is_met("Bo is the pilot.")
    assert not found.is_met("Bo is a cook and no pilot.")


GOATS = """Goats:
- Nell, 5 years, 3.1 litres a day
- Wim, 2 years, 1.4 litres a day
- Ada, 7 years, 2.2 litres a day

"""
BOOKED = """Marcados para hoje:
- 09:00 Sr. Prado, barbeiro Nando
- 10:30 Dona Iva, barbeiro Caio

"""
LOTS = """Lots:
* Lot A: expires 2027-03-01
* Lot B: expires 2026-12-15

"""


@pytest.mark.parametrize(
    ("lines", "question", "value"),
    [
        (GOATS, "Which one gives the fewest litres?", "Wim"),
        (GOATS, "Which goat is the oldest?", "Ada"),
        (GOATS, "Which goat is the heaviest?", None),
        (GOATS, "How many litres a day does Ada give?", "2.2 litres a day"),
        (BOOKED, "Quem é o barbeiro da Dona Iva?", "Caio"),
        (LOTS, "Which lot expires first?", "Lot B"),
        ("Notes:\n- call the vet\n- 2 litres of milk\n\n", "Which note is the longest?", None),
    ],
)
def test_bulleted_lines_are_records(lines: str, question: str, value: str | None) -> None:
    found = demand(lines + question, {})
    assert (None if found is None else found.values) == (None if value is None else (value,))


def test_the_total_number_of_records_is_no_sum_of_a_field() -> None:
    exams = {"exams": {"A1": {"room": "S1", "questions": 10}, "B2": {"room": "S2", "questions": 4}}}
    found = expected_of(
        parse_request({"prompt": "What is the total number of exams?", "context": exams})
    )
    assert found is None or found.is_met("2: A1 and B2.")


def test_a_serial_number_counts_nothing() -> None:
    items = {"items": [{"bay": 1, "serial": "K-2"}, {"bay": 3, "serial": "M-9"}]}
    asked = "What is the serial number of the item in bay 3?"
    found = expected_of(parse_request({"prompt": asked, "context": items}))
    assert found is None or found.stated.endswith("M-9.")


HOME = {
    "states": [
        {"entity_id": "sensor.cellar_temperature", "state": "-2.5", "unit": "°C"},
        {"entity_id": "light.porch", "state": "on"},
        {"entity_id": "light.shed", "state": "off"},
        {"entity_id": "light.attic", "state": "on"},
        {"entity_id": "switch.pump", "state": "off"},
    ]
}


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Which lights are on?", "light.porch and light.attic."),
        ("How many lights are off?", "1 (light.shed)."),
        ("How cold is the cellar?", "State (sensor.cellar_temperature): -2.5."),
        ("Is the pump on?", "No (state: off)."),
        ("Is the porch light on?", "Yes (state: on)."),
        ("Which lights are on the roof?", None),
    ],
)
def test_entities_of_home_assistant_are_records(question: str, stated: str | None) -> None:
    found = expected_of(parse_request({"prompt": question, "context": HOME}))
    assert (None if found is None else found.stated) == stated


def test_sizes_and_durations_in_several_units_compare_and_are_not_summed() -> None:
    pools = [
        {"pool": "a", "free": "900 GB", "age": "3h"},
        {"pool": "b", "free": "1.2 TB", "age": "40m"},
    ]
    questions = (
        "Which pool has the most free?",
        "Which is the oldest?",
        "How much is free in total?",
    )
    largest, oldest, total = (
        expected_of(parse_request({"prompt": question, "context": {"pools": pools}}))
        for question in questions
    )
    assert largest is not None and largest.stated == "b (free: 1.2 TB)."
    assert oldest is not None and oldest.stated == "a (age: 3h)."
    assert total is None


def test_an_answer_with_the_value_of_another_record_does_not_name_the_right_one() -> None:
    racks = [{"rack": "r1", "load": 71}, {"rack": "r2", "load": 88}]
    request = {"prompt": "Which rack has the highest load?", "context": {"racks": racks}}
    found = expected_of(parse_request(request))
    assert found is not None
    assert found.is_met("It is r2.") and found.is_met("r2, with 88.")
    assert not found.is_met("r2 has a load of 71.")
    assert not found.is_met("r2 has no load.")


def test_a_number_beside_names_of_others_is_not_the_count() -> None:
    found = expected_of(parse_request({"prompt": "How many bills are open?", "context": BILLS}))
    assert found is not None and found.is_met(found.stated)
    assert found.is_met("Two bills are open.")
    assert not found.is_met("It is 2: B-1 and B-2.")
