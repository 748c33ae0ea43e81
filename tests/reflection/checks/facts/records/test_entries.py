"""Questions for the entry of a table that has a value, or the most or least of one."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

PUMPS = {"pumps": {"north": "running", "south": "stopped", "well": "running"}}
PARCELS = {
    "parcels": [
        {"no": "P-1", "state": "delivered", "weight_kg": 3},
        {"no": "P-2", "state": "pending", "weight_kg": 8},
        {"no": "P-3", "state": "lost", "weight_kg": 1.5},
        {"no": "P-4", "state": "lost", "weight_kg": 2},
    ]
}
RIBS = {"guides": {"Ana": "310 EUR", "Bo": "95 EUR", "Cy": "402 EUR"}}
CARDS = {"passes": {"gym": "40 days", "pool": "9 days", "sauna": "1 day"}}
PATHS = {"trilhas": {"serra": "45 minutos", "praia": "30 minutos"}}
HUTS = {
    "huts": {
        "Alm": {"built": "1921-05-01", "beds": 40, "height": "1,812 m"},
        "Berg": {"built": "1988-07-11", "beds": 12, "height": "2,240 m"},
        "Col": {"built": "1904-09-30", "beds": 25, "height": "2,611 m"},
    }
}
OPEN, CLOSED = {"state": "open", "beds": 4}, {"state": "closed", "beds": 9}
STEPS = {"log": {"07:10": "door opened", "07:25": "lights switched on", "08:02": "door closed"}}


def demand(question: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context}))


@pytest.mark.parametrize(
    ("question", "context", "names"),
    [
        ("Which pump is stopped?", PUMPS, "south"),
        ("Which pump is down?", PUMPS, "south"),  # another word for it
        ("Which pumps are running?", PUMPS, "north and well"),
        ("Which pump is not running?", PUMPS, "south"),
        ("Which parcels weigh at most 3 kg?", PARCELS, "P-1, P-3 and P-4"),
        ("Which parcel is still waiting?", PARCELS, "P-2"),
        ("Which parcels were lost?", PARCELS, "P-3 and P-4"),
        ("Qual bomba está parada?", {"bombas": {"norte": "ativa", "sul": "parada"}}, "sul"),
        ("Which jam is out of stock?", {"stock": {"fig": 4, "plum": 0, "pear": 7}}, "plum"),
        ("Qual geleia está sem estoque?", {"estoque": {"figo": 4, "pera": 0}}, "pera"),
        ("At what time were the lights switched on?", STEPS, "07:25"),
        ("When was the door closed?", STEPS, "08:02"),
        ("Which hut is closed?", {"huts": {"hut-1": OPEN, "hut-2": CLOSED}}, "hut-2"),
    ],
)
def test_the_entries_with_a_value_are_asked_for(
    question: str, context: dict[str, Any], names: str
) -> None:
    found = demand(question, context)
    assert found is not None and found.check == "asked_entry"
    assert found.reason.endswith(f"the answer must say {names}")


@pytest.mark.parametrize(
    ("question", "context", "name"),
    [
        ("Which guide is the cheapest?", RIBS, "Bo"),
        ("Which guide is the most expensive?", RIBS, "Cy"),
        ("Qual guia é o mais barato?", {"guias": {"Ana": "R$ 90", "Bia": "R$ 75"}}, "Bia"),
        ("Which pass expires first?", CARDS, "sauna"),
        ("Qual trilha é a mais rápida?", PATHS, "praia"),
        ("Qual trilha é a menos rápida?", PATHS, "serra"),
        ("Which parcel is the heaviest?", PARCELS, "P-2"),
        ("Which parcel has the lowest weight?", PARCELS, "P-3"),
        ("Which hut has the most beds?", HUTS, "Alm"),
        ("Which lost parcel is the heaviest?", PARCELS, "P-4"),  # of those with a value
        ("Which hut was built first?", HUTS, "Col"),
        ("Which hut has the greatest height?", HUTS, "Col"),
        (
            "Of all tanks, which one has the highest level?",
            {"level": {"T1": "20 %", "T2": "64 %"}, "temperature": {"T1": "31 C", "T2": "9 C"}},
            "T2",
        ),
    ],
)
def test_the_entry_with_the_most_or_least_is_asked_for(
    question: str, context: dict[str, Any], name: str
) -> None:
    found = demand(question, context)
    assert found is not None and found.check == "asked_entry"
    assert found.reason.endswith(f"the answer must say {name}")


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Which pump is leaking?", PUMPS),
        ("What is the number of lost parcels?", PARCELS),  # a count
        ("Qual é a quantidade de bombas paradas?", {"bombas": {"norte": "ativa", "sul": "parada"}}),
        ("Why is the south pump stopped?", PUMPS),
        ("Which guide is the second cheapest?", RIBS),
        ("Which guide is the fastest?", RIBS),  # a price is no speed
        ("Which guide is the oldest?", RIBS),
        ("Which hut had the most beds in 1950?", HUTS),
        ("Which is the cheapest?", {"a": {"cost": "3 EUR"}, "b": {"cost": "4 USD"}}),  # two units
        ("Which guide is the cheapest?", {"guides": {"Ana": 5, "Bo": 5}}),  # a tie
        ("Which of the guides is cheap?", RIBS),
        ("Which is first?", {"build": 2, "test": 1}),
        ("Who is the owner?", {"boat": {"owner_since": "2001", "colour": "owner red"}}),
    ],
)
def test_it_is_silent_where_another_entry_may_be_meant(
    question: str, context: dict[str, Any]
) -> None:
    found = demand(question, context)
    assert found is None or found.check != "asked_entry"


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("The south pump is stopped.", True),
        ("South.", True),
        ("The north pump is stopped.", False),
        ("The facts do not tell.", False),
        ("Only south, while north and well are running.", True),
        ("The north, well and south pumps are stopped.", False),  # all of them are no answer
    ],
)
def test_an_answer_has_to_name_the_entry(answer: str, passes: bool) -> None:
    found = demand("Which pump is stopped?", PUMPS)
    assert found is not None and found.is_met(answer) == passes


def test_the_value_itself_answers_a_question_for_it() -> None:
    found = demand("What is the greatest height of the huts?", HUTS)
    assert found is not None and found.is_met("2,611 m")


def test_an_entry_that_is_said_to_be_another_is_not_named() -> None:
    kilns = {"kilns": [{"kiln": "K-a", "hours": 9}, {"kiln": "K-b", "hours": 31}]}
    found = demand("Which kiln has burned longest?", kilns)
    assert found is not None and found.values == ("K-b",)
    assert not found.is_met("The kiln of K-b is K-a.")
    assert found.is_met("K-b, with 31 hours; K-a is at 9.")


def test_of_entries_that_were_spoken_of_those_may_be_meant() -> None:
    context = {"rooms": [{"name": "Oak", "price": 90}, {"name": "Elm", "price": 70},
                         {"name": "Fir", "price": 80}]}  # fmt: skip
    talk = [
        {"role": "user", "content": "Which rooms have a view?"},
        {"role": "assistant", "content": "Oak and Fir do."},
    ]
    data = {"prompt": "Which is the cheapest?", "context": context}
    found = expected_of(parse_request(data))
    assert found is not None and found.is_met("Elm, at 70.") and not found.is_met("Fir, at 80.")
    assert expected_of(parse_request({**data, "messages": talk})) is None


RAFTS = {
    "rafts": [
        {"model": "Heron", "price_eur": 310, "distance_to_pier_m": 40},
        {"model": "Stork", "price_eur": 280, "distance_to_pier_m": 90},
    ]
}


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("ok and which is the cheaper one?", "Stork"),
        ("Which one is closer to the pier?", "Heron"),
        ("Which raft is nearest to the pier?", "Heron"),
        ("e qual fica mais longe do pier?", "Stork"),
        ("Which is cheaper, Heron or Stork?", None),
        ("Which is cheaper than 300?", None),
    ],
)
def test_of_two_the_more_is_the_most(question: str, name: str | None) -> None:
    found = expected_of(parse_request({"prompt": question, "context": RAFTS}))
    extreme = found if found is not None and found.check == "asked_entry" else None
    assert (extreme.values if extreme is not None else None) == (name and (name,))
