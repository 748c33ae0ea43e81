"""Records that meet every condition of a question."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import InferenceRequest
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.records.matching import records_that_meet
from function.reflection.checks.facts.stated_fields import stated_fields

BOATS = [
    {"name": "Gull", "rented": False, "people": 4, "status": "ready"},
    {"name": "Tern", "rented": True, "people": 8, "status": "ready"},
    {"name": "Skua", "rented": False, "people": 7, "status": "in repair"},
]
ROOMS = [
    {"room": "Ash", "price": 80, "free": False, "floor": 1},
    {"room": "Elm", "price": 90, "free": True, "floor": 2},
    {"room": "Fir", "price": 120, "free": True, "floor": 2},
]
VANS = [
    {"van": "A", "load_kg": 400, "leaves": "08:10"},
    {"van": "B", "load_kg": 900, "leaves": "08:50"},
    {"van": "C", "load_kg": 950, "leaves": "10:30"},
]
HANDS = [
    {"hand": "Ilse", "post": "cook", "trained": True, "delay_min": 0, "leaves": "08:40"},
    {"hand": "Juri", "post": "pilot", "trained": False, "delay_min": 12, "leaves": "09:30"},
]


@pytest.mark.parametrize(
    ("question", "records", "names"),
    [
        ("Which hand has yet to be trained?", HANDS, ["Juri"]),
        ("Which hand is not a cook?", HANDS, ["Juri"]),
        ("Which hand is late?", HANDS, ["Juri"]),
        ("Qual deles sai antes das 9h?", HANDS, ["Ilse"]),
        ("Which one? It has to be a trained hand.", HANDS, ["Ilse"]),
        ("Which boat is not rented and takes 6 people?", BOATS, ["Skua"]),
        ("Which boat is rented?", BOATS, ["Tern"]),
        ("Which boats are ready?", BOATS, ["Gull", "Tern"]),
        ("Which boat for 9 people?", BOATS, []),
        ("Which free room is cheapest?", ROOMS, ["Elm", "Fir"]),
        ("Which rooms are free and cost at most 100?", ROOMS, ["Elm"]),
        ("Which van leaves before 09:00 and takes at least 800 kg?", VANS, ["B"]),
        ("A van for 500 kg.", VANS, ["B", "C"]),
        ("Which boat is best for a family?", BOATS, None),
        ("Tell me about the Tern.", BOATS, None),
        ("Is the Gull rented?", BOATS, None),
        ("A free room on floor 2 under 100?", ROOMS, None),
        ("Which free room has a balcony, a bath, a desk and a view?", ROOMS, None),
        ("Which one?", [{"name": "A", "free": True}, {"name": "B"}], None),
    ],
)
def test_records_that_meet_every_condition(
    question: str, records: list[dict[str, Any]], names: list[str] | None
) -> None:
    found = records_that_meet(Question(question), "boats", records)
    assert (None if found is None else [next(iter(one.values())) for one in found]) == names


def told(prompt: str, context: dict[str, Any], **fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    form = {"type": "json_schema", "schema": schema}
    data = {"prompt": prompt, "context": context, "response_format": form}
    found = stated_fields(InferenceRequest.model_validate(data))
    return {} if found is None else found.values({})


def test_the_record_that_meets_the_conditions_is_the_answer() -> None:
    text, number = {"type": "string"}, {"type": "number"}
    assert told("Which free room is cheapest?", {"rooms": ROOMS}, room=text, price=number) == {
        "room": "Elm",
        "price": 90,
    }
    assert told("A boat for 8 people.", {"boats": BOATS}, boat=text) == {"boat": "Tern"}
    assert told("A boat for 9 people.", {"boats": BOATS}, boat=text) == {}


def test_a_rule_of_the_request_decides_a_field() -> None:
    rule = "Outages over 30 minutes are major, the rest are minor. Rate it."
    assert told(rule, {"outage_minutes": 45}, rating={"enum": ["minor", "major"]}) == {
        "rating": "major"
    }
