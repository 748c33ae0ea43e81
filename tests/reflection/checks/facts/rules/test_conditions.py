"""Choices whose conditions the request states, in sentences, records or descriptions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reflection.checks.facts.test_decided import decided

FLAG = "Which flag? Green: wind up to 15 knots. Yellow: 16 to 25 knots. Red: more than 25 knots."
PLANT = (
    "What does the plant need? Repot when the roots are visible. Water when the soil is dry. "
    "Leave it alone otherwise."
)
CARE = ["repot", "water", "leave it alone"]
CLAIMS = ["Claims of up to 200 EUR with receipts: approve", "Claims without receipts: reject"]
FLIGHT = (
    "O que fazer com o voo? Visibilidade abaixo de 800 m: cancelar. Entre 800 e 1500 m: esperar. "
    "Acima de 1500 m: autorizar."
)
APPLES = "Apples under 60 g are C, from 60 g to under 90 g they are B, 90 g and more are A."
HALLS = [
    {"hall": "Hall A", "capacity": "up to 100 guests"},
    {"hall": "Hall B", "capacity": "over 100 and up to 250 guests"},
    {"hall": "Hall C", "capacity": "more than 250 guests"},
]
PLAYBOOK = "If the contract is cancelled, call. If it is active, mail. Otherwise nothing."


@pytest.mark.parametrize(
    ("prompt", "context", "choices", "expected"),
    [
        (FLAG, {"wind_knots": 16, "water_c": 21}, ["green", "yellow", "red"], "yellow"),
        (FLAG, {"wind_knots": 26, "water_c": 21}, ["green", "yellow", "red"], "red"),
        (f"{APPLES} This one has 90 g. Which class?", {}, ["A", "B", "C"], "A"),
        (f"{APPLES} This one has 60 g. Which class?", {}, ["A", "B", "C"], "B"),
        (f"{APPLES} This one has 59 g. Which class?", {}, ["A", "B", "C"], "C"),
        ("It is 31 degrees in here. Open above 28, close below 18, otherwise leave it.", {},
         ["open", "close", "leave"], "open"),
        (FLIGHT, {"voo": "LA 3", "visibilidade_m": 790}, ["autorizar", "esperar", "cancelar"],
         "cancelar"),
        ("Which hall?", {"event": {"guests": 250}, "halls": HALLS}, ["Hall A", "Hall B", "Hall C"],
         "Hall B"),
        (PLANT, {"plant": {"roots": "visible", "soil": "wet"}}, CARE, "repot"),
        (PLANT, {"plant": {"roots": "hidden", "soil": "dry"}}, CARE, "water"),
        (PLANT, {"plant": {"roots": "hidden", "soil": "wet"}}, CARE, "leave it alone"),
        ("Qual setor? Dor no peito: coração. Fratura: ossos.", {"queixa": "dor no peito"},
         ["coração", "ossos"], "coração"),
        ("Decide.", {"claim": {"amount_eur": 80, "receipts": False}, "policy": CLAIMS},
         ["approve", "reject"], "reject"),
        ("Decide.", {"claim": {"amount_eur": 80, "receipts": True}, "policy": CLAIMS},
         ["approve", "reject"], "approve"),
    ],
)  # fmt: skip
def test_the_choice_whose_condition_is_met(
    prompt: str, context: Any, choices: Any, expected: str
) -> None:
    assert decided(prompt, context, choices) == expected


@pytest.mark.parametrize(
    ("system", "context", "expected"),
    [
        (PLAYBOOK, {"contract": "cancelled"}, "call"),
        (PLAYBOOK, {"contract": "active"}, "mail"),
        (PLAYBOOK.replace("cancelled", "cancelled or late"), {"contract": "cancelled"}, None),
    ],
)
def test_conditions_of_the_instructions(system: str, context: Any, expected: str | None) -> None:
    assert decided("What next?", context, ["call", "mail", "nothing"], system) == expected


@pytest.mark.parametrize(
    ("prompt", "context", "choices"),
    [
        (PLANT, {"plant": {"roots": "unknown to us", "pot": "clay"}}, CARE),
        ("Which one is calmer? Rex barks a lot. Bella sleeps.", {}, ["Rex", "Bella"]),
        ("Rain is expected, do not open if it rains. Open or close?", {"roof": "closed"},
         ["open", "close"]),
        ("Which if it rained?", {"bus": "every 10 minutes"}, ["bus", "tram"]),
        (FLAG, {"wind": "strong"}, ["green", "yellow", "red"]),
        (FLAG, {"mean_knots": 12, "gusts_knots": 30}, ["green", "yellow", "red"]),
    ],
)  # fmt: skip
def test_what_the_facts_leave_open(prompt: str, context: Any, choices: Any) -> None:
    assert decided(prompt, context, choices) is None


@pytest.mark.parametrize(
    ("prompt", "context", "choices", "expected"),
    [
        ("Is the bridge open?", {"bridge": "open", "tide": "low"}, ["yes", "no"], "yes"),
        ("Is the sauna heated?", {"sauna": {"heated": False}}, ["yes", "no"], "no"),
        ("Which crew is on duty tonight?", {"duty_tonight": "Heron", "reserve": "Stork"},
         ["Heron", "Stork"], "Heron"),
        ("What is the salary of the cook?", {"cook": {"name": "Bo", "shift": "night"}},
         ["1200", "1500", "not stated"], "not stated"),
    ],
)  # fmt: skip
def test_what_the_facts_answer(prompt: str, context: Any, choices: Any, expected: str) -> None:
    assert decided(prompt, context, choices) == expected


SILO = "What is to be done? Fill level < 20%: order grain. Fill level >= 90%: stop the belt."
TURNS = ["order grain", "stop the belt"]


@pytest.mark.parametrize(
    ("prompt", "context", "choices", "expected"),
    [
        (SILO, {"silo": "S-4", "fill_level": 8, "moisture": 13}, TURNS, "order grain"),
        (SILO, {"silo": "S-4", "fill_level": 90, "moisture": 13}, TURNS, "stop the belt"),
        (SILO, {"silo": "S-4", "fill_level": 20, "moisture": 13}, TURNS, None),
        (SILO, {"silo": "S-4", "fill_level": 0.95, "moisture": 13}, TURNS, None),
        (SILO, {"silo": "S-4", "moisture": 13}, TURNS, None),
        ("What now? Queue > 10 orders: urgent alert, call help.", {"queue": 14}, ["alert", "wait"],
         "alert"),
        ("What now? Queue > 10 orders: urgent alert, call help.", {"queue": 10}, ["alert", "wait"],
         None),
    ],
)  # fmt: skip
def test_a_bare_number_and_a_sign_before_the_colon(
    prompt: str, context: Any, choices: Any, expected: str | None
) -> None:
    assert decided(prompt, context, choices) == expected
