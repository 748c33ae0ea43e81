"""A question that identifies one record of a list gets a field of that record, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

BERTHS = {
    "berths": [
        {"berth": 4, "boat": "Heron", "kind": "ferry", "engine_no": "FX-100"},
        {"berth": 5, "boat": "Tern", "kind": "tug", "engine_no": "TG-310"},
        {"berth": 6, "boat": "Skua", "kind": "ferry", "engine_no": "FX-244"},
    ]
}
KEYS = {
    "chaves": [
        {"porta": "depósito", "responsavel": "Irene"},
        {"porta": "garagem", "responsavel": "Paulo"},
        {"porta": "portão lateral", "responsavel": "Nair"},
    ]
}
PERMITS = {
    "permits": [
        {"permit": "scaffold", "expires": "2026-09-30"},
        {"permit": "crane", "expires": "2027-02-14"},
    ]
}
PROBES = {"probes": [{"spot": "vat", "celsius": 64.5}, {"spot": "pipe", "celsius": 21.0}]}
BOXES = {
    "boxes": [
        {"box": 70411, "given_to": "the caretaker"},
        {"box": 70412, "given_to": "Mr Vogt"},
    ]
}
PARCELS = {
    "parcels": [
        {"no": "Z-1", "state": "sent", "owner": "Udo", "packed": "2026-01-02"},
        {"no": "Z-2", "state": "stored", "owner": "Vera", "packed": "2026-01-05"},
    ]
}
FILTERS = {
    "filters": [{"part": "filter", "price": 9}, {"part": "oil filter", "price": 14}],
}


def demand(question: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context}))


@pytest.mark.parametrize(
    ("question", "context", "value"),
    [
        ("What's the engine no of the ferry in berth 6?", BERTHS, "FX-244"),
        ("Which boat is in berth 5?", BERTHS, "Tern"),
        ("In which berth is the tug?", BERTHS, "5"),
        ("What is the engine no of the second boat?", BERTHS, None),  # no table is called boats
        ("What is the engine no in the second berth?", BERTHS, "TG-310"),
        ("What is the engine no of the ferry?", BERTHS, None),  # there are two
        ("What is the flag of the boat in berth 6?", BERTHS, None),
        ("Which boat should leave berth 5?", BERTHS, None),
        ("Quem ficou com a chave da garagem?", KEYS, "Paulo"),
        ("Qual é o responsável pelo portão lateral?", KEYS, "Nair"),
        ("When does the crane permit run out?", PERMITS, "2027-02-14"),
        ("When was the crane permit paid?", PERMITS, None),
        ("What does the first probe read?", PROBES, None),  # the first may be that of a time
        ("What does the second probe read?", PROBES, "21.0"),
        ("Who took box 70411?", BOXES, "the caretaker"),
        ("Who sent box 70411?", BOXES, None),
        ("What is the price of the oil filter?", FILTERS, "14"),
        ("When was parcel Z-1 packed?", PARCELS, "2026-01-02"),
        ("When was parcel Z-1 sent?", PARCELS, None),
        ("Which parcels has Udo packed?", PARCELS, None),
    ],
)
def test_a_record_is_identified_by_its_values_or_its_place(
    question: str, context: dict[str, Any], value: str | None
) -> None:
    found = demand(question, context)
    if value is None:
        assert found is None or found.check != "asked_record"
        return
    assert found is not None and found.values == (value,)
    assert found.is_met(found.stated) and value in found.stated


def test_the_value_of_another_record_is_refuted() -> None:
    found = demand("What's the engine no of the ferry in berth 6?", BERTHS)
    assert found is not None
    assert not found.is_met("The engine number is FX-100.")
    assert not found.is_met("It is FX-100, and FX-244 is in berth 4.")
    assert found.is_met("It is FX-244; the one in berth 4 has FX-100.")
    assert found.is_met("The ferry in berth 4 has FX-100. The one in berth 6 has FX-244.")
    assert found.reason.startswith("the facts tell berths.3.engine_no: FX-244")


def test_an_article_alone_does_not_name_a_person() -> None:
    found = demand("Who took box 70411?", BOXES)
    assert found is not None
    assert not found.is_met("The box was taken.")
    assert found.is_met("It was handed to the caretaker.")


def test_a_number_that_no_record_has_is_said_to_be_missing() -> None:
    found = demand("Who took box 70999?", BOXES)
    assert found is not None and found.check == "untold"
    assert not found.is_met("Mr Vogt took it.")
    assert found.is_met("Box 70999 is not in the data.")


DRILL = {"drill": {"last": "2026-03-04", "led_by": "Mrs Ott", "floors": 3}, "site": "Kappel"}
COLETA = {"coleta": {"ultima": "ontem às 6:10", "caminhao": "C-3"}}


@pytest.mark.parametrize(
    ("question", "context", "value"),
    [
        ("When did the last drill take place?", DRILL, "2026-03-04"),
        ("hi, quando foi feita a última coleta?", COLETA, "ontem às 6:10"),
        ("When was the drill cancelled?", DRILL, None),
        ("When is the first drill?", DRILL, None),
        ("Who failed the drill?", DRILL, None),
        ("Who is the drill for?", DRILL, None),
        ("Whose boat is Albatroz?", {"boat": {"code": "Albatroz", "m": 9, "dock": "B"}}, None),
        (
            "Whose boat is Albatroz?",
            {"boat": {"code": "Albatroz", "m": 9, "keeper": "R. Maia"}},
            "R. Maia",
        ),
    ],
)
def test_the_one_time_of_the_record_whose_name_is_said(
    question: str, context: dict[str, Any], value: str | None
) -> None:
    found = demand(question, context)
    assert (found.values if found is not None else None) == (None if value is None else (value,))


@pytest.mark.parametrize(
    ("prompt", "records"),
    [
        ("Has the third van returned?",
         [{"no": 1, "returned": "17:20"}, {"no": 2, "returned": "18:05"},
          {"no": 3, "returned": None}]),
        ("A amostra B-4 foi analisada?",
         [{"amostra": "B-3", "analisada": "ontem"}, {"amostra": "B-4", "analisada": None}]),
    ],
)  # fmt: skip
def test_an_empty_field_is_said_to_be_unknown(prompt: str, records: list[dict[str, Any]]) -> None:
    found = expected_of(parse_request({"prompt": prompt, "context": {"vans": records}}))
    assert found is not None
    assert found.check == "untold"
    assert found.is_met("That is not known yet.")
    assert not found.is_met("Yes, at 17:20.")
