"""Empty fields, other periods, other names, and reasons that nobody gave."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.verify import expected_of

PUPILS = [{"name": "Petra", "grade": None}, {"name": "Otto", "grade": "B"}]
TIDES = {"tides": {"Lagos": "2.1 m", "Sines": "1.9 m"}}
ORDERS = [{"nome": "Caio", "chega": "terça"}, {"nome": "Lia", "chega": "quinta"}]
LEASE = {"flat": "4B", "signed_by": None, "signed_on": "2 May", "rent": "900 EUR"}


def check_of(question: str, context: Any) -> str | None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    return None if found is None else found.check


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Who signed the lease?", {"lease": LEASE}),
        ("What is the grade of Petra?", {"pupils": PUPILS}),
        ("When was the boiler last serviced?", {"boiler": {"last_serviced": "unknown", "kw": 9}}),
        ("How many visitors came in March?", {"visitors": {"January": 120, "February": 98}}),
        ("What was the catch on Sunday?", {"catch": {"Friday": 31, "Saturday": 28}}),
        ("How much rain fell yesterday?", {"rain_today_mm": 4, "station": "Pico"}),
        ("Will it rain tomorrow?", {"today": "sun", "wind_today": "calm"}),
        ("Quantos alunos se matricularam em 2022?", {"ano": 2023, "matriculas": 410}),
        ("What is the tide in Faro?", TIDES),
        ("Quando chega o pedido de Bruna?", {"pedidos": ORDERS}),
        ("Why did the tram turn round?", {"tram": {"name": "Nine", "turned_round": "22:55"}}),
        ("Why is the kiln off?", {"kilns": "Kiln A: on, 900 degrees. Kiln: off. Oven: on."}),
        ("What is the salary of the head gardener?", {"garden": {"head_gardener": "Moss"}}),
        ("Qual é o endereço da Dra. Lúcia?", {"clinica": {"veterinaria": "Dra. Lúcia"}}),
        ("When was the tower painted?", {"tower": {"built": 1887, "height": "31 m"}}),
        ("Who is the owner of the kiosk?", {"kiosk": {"street": "rua 5", "m2": 12}}),
    ],
)  # fmt: skip
def test_what_the_facts_lack(question: str, context: Any) -> None:
    assert check_of(question, context) == "untold"


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Who signed the lease?", {"lease": {"signed_by": "Ana Prado", "witness": None}}),
        ("What is the grade of Otto?", {"pupils": PUPILS}),
        ("Which pupils have no grade?", {"pupils": PUPILS}),
        ("How many visitors came in January?", {"visitors": {"January": 120, "February": 98}}),
        ("What was the catch on Friday?", {"catch": {"Friday": 31, "Saturday": 28}}),
        ("Which are the hours on Sunday?", {"hours": {"Friday": "9-17", "Saturday": "9-12"}}),
        ("How much rain fell today?", {"rain_today_mm": 4, "station": "Pico"}),
        ("Will it rain tomorrow?", {"forecast": {"tomorrow": "rain", "today": "sun"}}),
        ("Are you open tomorrow?", {"hours": {"today": "9-17", "Saturday": "closed"}}),
        ("What is the rate in Brazil?", {"rates": {"BR": 12, "US": 5}}),
        ("What is the price in Euros?", {"prices": {"Apple": 1.2, "Pear": 2.1}}),
        ("Which allergies does Tom have?", {"patient": {"name": "Tom", "allergies": "none"}}),
        ("What is the deadline in 2024?", {"deadline": "12 May 2024"}),
        ("When was the club founded?", {"club": {"founded": 1921, "members": 80}}),
        ("What is the tide in Lagos?", TIDES),
        ("How do I get to Faro?", TIDES),
        ("What's for supper on Sunday?", {"supper": {"Saturday": "pie", "Sunday": "rice"}}),
        ("Is Otto in the team?", {"team": [{"name": "Petra"}, {"name": "Ida"}]}),
        ("Does Petra know French?", {"team": [{"name": "Petra", "speaks": "French"}]}),
        ("Why was the match called off?", {"match": {"status": "called off", "pitch": "flooded"}}),
        ("Why is the kiln off?", {"kilns": "Kiln A: on. Kiln: off because of a fuse. Oven: on."}),
        ("Why does it stall?", {"signs": ["stalls since last night", "a belt is loose"]}),
        ("Which room is the choir in?", {"where": "Cedar", "lead": "Ida"}),
        ("How many guests are undecided?", {"Ida": "coming", "Bo": "undecided", "Al": "undecided"}),
        ("Quantas estão mal?", {"praias": {"Norte": "ok", "Sul": "ok", "Leste": "mal"}}),
        ("How many are firing?", {"alarms": [{"name": "Heat", "level": "warning"}]}),
        ("How many are in trouble?", {"oven": "online", "fridge": "failed"}),
        ("Why is checkout slow?", {"checkout": {"cpu": "97 %", "replicas": 1}}),
        ("When was the tower erected?", {"tower": {"built": 1887}}),
        ("When was the tower painted?", {"tower": {"built": 1887, "repainted": 1999}}),
        ("What is the capacity of the hall?", {"hall": {"places": 200, "floor": 2}}),
        ("What is the weight of the parcel?", {"parcel": {"destination": "Oslo", "heft": "3 kg"}}),
    ],
)  # fmt: skip
def test_what_the_facts_tell_or_leave_open(question: str, context: Any) -> None:
    assert check_of(question, context) != "untold"


def test_a_denial_tells_more_than_that_nothing_is_told() -> None:
    asked = {"prompt": "Will it rain tomorrow?", "context": {"today": "sun", "wind_today": "calm"}}
    found = expected_of(parse_request(asked))
    assert found is not None and found.is_met(found.stated)
    assert found.is_met("Let me check that for you.")
    assert found.is_met("The data do not say.") and found.is_met("Isso não consta.")
    assert not found.is_met("It will not rain tomorrow.") and not found.is_met("No.")
