"""Choices and fields that the facts decide: by a stated range, by a rule of the request."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import InferenceRequest, parse_request
from function.reflection.checks.facts.decided import decided_choice, ruled_fields

PAIR = ("compliant", "not compliant")
EXAM = ("pass", "fail")
NORMA = ("cumpre", "não cumpre")
BOXES = {"S": "up to 3 bottles", "M": "4 to 9 bottles", "L": "10 or more bottles"}
AGES = {"child": "under 12", "adult": "12 to 64", "senior": "65 and over"}
DISCOUNTS = {"bronze": "até 5 itens", "prata": "6 a 10 itens", "ouro": "acima de 10 itens"}
RATES = {"light": "below 5 kg", "middle": "between 5 and 20 kg", "heavy": "more than 20 kg"}
FEES = {"A": "up to 1,000 EUR", "B": "1,001 to 10,000 EUR", "C": "over 10,000 EUR"}
FIRMS = {"micro": "até 9 funcionários", "pequena": "de 10 a 49", "média": "50 ou mais"}
COLD = "Is the cold store within the rule? It must stay between -22 and -16 degrees."
TYRES = "Does the truck pass the check? Every tyre must have at least 3 mm of tread."
OWNERS = "Does this plan meet our rule that every task has an owner?"
POLICY = "Check the router: telnet must be disabled and logging must be enabled."
ROOMS = {"rooms": {"hall": {"temperature": 20}, "lab": {"temperature": 25}}}
CLAIMS = "Approve claims of at most 50 EUR, reject everything above 50 EUR."


def asked(prompt: str, context: Any, choices: Any, system: str | None = None) -> InferenceRequest:
    offered: list[Any] = list(choices)
    if isinstance(choices, dict):
        offered = [{"name": name, "description": text} for name, text in choices.items()]
    said = {"prompt": prompt, "choices": offered, "context": context, "system": system}
    return parse_request({key: value for key, value in said.items() if value})


def decided(prompt: str, context: Any, choices: Any, system: str | None = None) -> Any:
    found = decided_choice(asked(prompt, context, choices, system))
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("prompt", "context", "choices", "expected"),
    [
        ("Which box fits?", {"order": {"bottles": 3, "note": "gift"}}, BOXES, "S"),
        ("Which box fits?", {"order": {"bottles": 9, "floor": 2}}, BOXES, "M"),
        ("Which age group is it?", {"visitor": {"name": "Ana", "age": 12}}, AGES, "adult"),
        ("Which age group is it?", {"visitor": {"name": "Ana", "age": 65}}, AGES, "senior"),
        ("Qual a faixa do pedido?", {"pedido": {"itens": 11}}, DISCOUNTS, "ouro"),
        ("A parcel of 14 kg came in. Which rate?", {}, RATES, "middle"),
        ("Which fee applies?", {"loan": {"amount_eur": 5000}}, FEES, "B"),
        ("Which tier?", {"shop": {"orders": 7}}, ["up to 2", "3 to 6", "7 or more"], "7 or more"),
        ("Qual o porte?", {"empresa": {"funcionarios": 31}, "portes": FIRMS}, FIRMS, "pequena"),
        ("Qual o porte?", {"empresa": {"funcionarios": 50}, "portes": FIRMS}, [*FIRMS], "média"),
    ],
)
def test_the_range_with_the_number_of_the_facts(
    prompt: str, context: Any, choices: Any, expected: str
) -> None:
    assert decided(prompt, context, choices) == expected


@pytest.mark.parametrize(
    ("prompt", "context", "choices"),
    [
        ("Which box fits?", {"order": {"weight_kg": 8}}, BOXES),
        ("Which box fits if we add a bottle?", {"order": {"bottles": 8}}, BOXES),
        ("Which box fits?", {"order": {"red_bottles": 3, "white_bottles": 2}}, BOXES),
        ("Which?", {"trip": {"people": 4}}, {"car": "up to 4 people", "bus": "4 to 8 people"}),
        ("Which?", {"job": {"pallets": 5, "floors": 2}}, ["up to 2", "more than 2"]),
        ("Which shelf is free?", {"box": {"kg": 3}}, {"A": "room for 3 to 6", "B": "cold"}),
        ("Which tier is customer 3?", {}, ["up to 2", "3 to 6", "7 or more"]),
        ("Which tier?", {"customer": {"id": 3}}, ["up to 2", "3 to 6", "7 or more"]),
        ("Which box fits?", {"bottles": {"price": 8}}, BOXES),
        ("Which group?", {"patient": {"age": 3}}, ["infant", "child", "adult"]),
    ],
)
def test_numbers_that_decide_no_range(prompt: str, context: Any, choices: Any) -> None:
    assert decided(prompt, context, choices) is None


@pytest.mark.parametrize(
    ("prompt", "context", "choices", "expected"),
    [
        (COLD, {"store": {"temperature": -13.5}}, PAIR, "not compliant"),
        (COLD, {"store": {"temperature": -18}}, PAIR, "compliant"),
        (TYRES, {"tyres": [{"name": "FL", "tread_mm": 4}, {"name": "FR", "tread_mm": 2.6}]}, EXAM,
         "fail"),
        (TYRES, {"tyres": [{"name": "FL", "tread_mm": 4}, {"name": "FR", "tread_mm": 3}]}, EXAM,
         "pass"),
        ("A piscina cumpre a regra? O pH deve ficar entre 7,2 e 7,8.",
         {"piscina": {"ph": 7.4, "cloro": 2}}, NORMA, "cumpre"),
        ("A piscina cumpre a regra? O cloro deve ser de no máximo 1,5.",
         {"piscina": {"ph": 7.4, "cloro": 2}}, NORMA, "não cumpre"),
        ("Does the plan pass? No class may have more than 28 pupils.",
         {"classes": [{"name": "5a", "pupils": 27}, {"name": "5b", "pupils": 30}]}, EXAM, "fail"),
        ("Is the sample valid? Its ph has to be above 6.5 and below 8.",
         {"sample": {"ph": 8.3}}, ("valid", "invalid"), "invalid"),
        ("The noise limit is 55 dB; it must not be exceeded. Noise now: 61 dB.", {},
         ("ok", "violation"), "violation"),
        ("O caminhão pode passar? Altura máxima de 4,2 m.", {"caminhao": {"altura_m": 4.4}},
         ("permitido", "proibido"), "proibido"),
        ("Does it violate the rule that latency must stay below 300 ms?",
         {"service": {"latency_ms": 410}}, ("yes", "no"), "yes"),
        ("Does it respect the rule that latency must stay below 300 ms?",
         {"service": {"latency_ms": 410}}, ("yes", "no"), "no"),
        (OWNERS, {"tasks": [{"name": "a", "owner": "Lu"}, {"name": "b"}]}, PAIR, "not compliant"),
        (OWNERS, {"tasks": [{"name": "a", "owner": "Lu"}, {"name": "b", "owner": "Mo"}]}, PAIR,
         "compliant"),
        ("Does the menu pass? No dish may have nuts.",
         {"dishes": [{"name": "pie", "nuts": True}, {"name": "soup", "nuts": False}]}, EXAM,
         "fail"),
        (POLICY, {"router": {"telnet": "disabled", "logging": "on"}}, EXAM, "pass"),
        (POLICY, {"router": {"telnet": "enabled", "logging": "on"}}, EXAM, "fail"),
        ("Does the server pass? Remote login must be off.", {"server": {"remote_login": True}},
         EXAM, "fail"),
        ("O alarme cumpre a norma? O sensor deve estar ligado.",
         {"alarme": {"sensor": "desligado"}}, ("sim", "não"), "não"),
        ("Does the hall pass? Rooms must be between 19 and 23 degrees.", ROOMS, EXAM, "pass"),
        ("Does every room pass? Rooms must be between 19 and 23 degrees.", ROOMS, EXAM, "fail"),
    ],
)  # fmt: skip
def test_the_verdict_on_a_stated_rule(
    prompt: str, context: Any, choices: Any, expected: str
) -> None:
    assert decided(prompt, context, choices) == expected


@pytest.mark.parametrize(("amount", "expected"), [(84, "reject"), (50, "approve")])
def test_a_rule_of_the_system_text(amount: int, expected: str) -> None:
    context = {"claim": {"amount_eur": amount, "purpose": "taxi"}}
    assert decided("Approve this?", context, ("approve", "reject"), CLAIMS) == expected


@pytest.mark.parametrize(
    ("prompt", "context", "choices"),
    [
        ("Does the report read well?", {"report": {"pages": 4}}, EXAM),
        ("Is it compliant? It must be signed or have a witness.", {"act": {"signed": False}}, PAIR),
        ("Does it pass if we drain half? The level must be at least 30 %.",
         {"tank": {"level": "45 %"}}, EXAM),
        ("Does it pass? Pressure must be at least 1 bar and the flame must be blue.",
         {"boiler": {"pressure_bar": 1.4, "flame": "steady"}}, EXAM),
        ("Is the pool compliant? The water must be between 24 and 28 degrees.",
         {"pool": {"length_m": 25}}, PAIR),
        ("Ok? Trucks may drive at most 30 km/h.", {"vehicle": {"type": "car", "speed_kmh": 40}},
         ("ok", "violation")),
        ("Does the gate pass? The north gate must be locked.",
         {"gate": {"name": "south", "state": "unlocked"}}, EXAM),
        ("Ok? At most 50 km/h for cars and at most 30 km/h for trucks are allowed.",
         {"vehicle": {"speed_kmh": 40}}, ("ok", "violation")),
        ("Does the north gate pass? Gates must be locked.",
         {"gates": {"north": {"state": "locked"}, "south": {"state": "unlocked"}}}, EXAM),
        ("Did the student pass? The mark is 60.", {"student": {"score": 71}}, EXAM),
        ("O pedido foi aprovado?", {"pedido": {"valor": 300}}, ("aprovado", "reprovado")),
        ("Does the disk pass? Encryption must be on.", {"disk": {"encryption": "aes"}}, EXAM),
        (COLD, {"store": {"temperature": -18}}, ("freezer", "fridge")),
        (OWNERS, {"jobs": [{"name": "a", "owner": "Lu"}, {"name": "b"}]}, PAIR),
    ],
)  # fmt: skip
def test_rules_that_the_facts_leave_open(prompt: str, context: Any, choices: Any) -> None:
    assert decided(prompt, context, choices) is None


BUCKET = "Does the bucket pass? Public access must be off and versioning must be on."
A_BOOLEAN = {"type": "boolean"}
PARTS = {"enum": ["public access", "versioning", "none"]}


@pytest.mark.parametrize(
    ("facts", "fields", "expected"),
    [
        ({"public_access": "off", "versioning": "paused"}, {"passes": A_BOOLEAN},
         {"passes": False}),
        ({"public_access": False, "versioning": True}, {"passes": A_BOOLEAN}, {"passes": True}),
        ({"public_access": "on", "versioning": "on"}, {"violation": A_BOOLEAN},
         {"violation": True}),
        ({"public_access": "on", "versioning": "on"}, {"verdict": {"enum": ["ok", "violation"]}},
         {"verdict": "violation"}),
        ({"public_access": "off", "versioning": "off"}, {"passes": A_BOOLEAN, "part": PARTS},
         {"passes": False, "part": "versioning"}),
        ({"public_access": "off", "versioning": "on"}, {"passes": A_BOOLEAN, "part": PARTS},
         {"passes": True, "part": "none"}),
        ({"public_access": "on", "versioning": "off"}, {"passes": A_BOOLEAN, "part": PARTS},
         {"passes": False}),
        ({"public_access": "on", "versioning": "lazy"}, {"passes": A_BOOLEAN, "part": PARTS},
         {"passes": False}),
        ({"public_access": "off", "versioning": "lazy"}, {"passes": A_BOOLEAN}, {}),
        ({"public_access": "on", "versioning": "on"}, {"open": A_BOOLEAN}, {}),
        ({"public_access": "on", "versioning": "on"}, {"ok": A_BOOLEAN, "valid": A_BOOLEAN}, {}),
        ({"public_access": "on", "versioning": "on"}, {"verdict": {"enum": ["ok", "unclear"]}}, {}),
    ],
)  # fmt: skip
def test_the_field_that_says_whether_a_rule_is_met(facts: Any, fields: Any, expected: Any) -> None:
    schema = {"type": "object", "properties": {**fields, "reason": {"type": "string"}}}
    request = parse_request(
        {
            "prompt": BUCKET,
            "context": {"bucket": facts},
            "response_format": {"type": "json_schema", "schema": schema},
        }
    )
    assert ruled_fields(request, schema) == expected


@pytest.mark.parametrize(
    ("rule", "context", "expected"),
    [
        ("Bags above 8 kg are not allowed.", {"bag": {"kg": 6}}, "compliant"),
        ("Bags above 8 kg are not allowed.", {"bag": {"kg": 9}}, "not compliant"),
        ("O valor não pode passar de R$ 1.200.", {"valor": "R$ 1500"}, "not compliant"),
        ("O valor máximo é R$ 1.200.", {"valor": "EUR 900"}, None),
    ],
)
def test_limits_that_a_rule_forbids(rule: str, context: Any, expected: str | None) -> None:
    assert decided(f"{rule} Is it within the rule?", context, PAIR) == expected
