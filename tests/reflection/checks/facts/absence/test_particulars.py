"""Particulars, variants and roles: an answer says where the facts have none of them."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.verify import expected_of

SAID: list[tuple[str, dict[str, Any]]] = [
    (
        "What is the wifi password of the meeting room?",
        {"room": {"name": "Elbe", "wifi": "SSID elbe, key 77-kilo"}},
    ),
    (
        "What is the phone number of the plumber?",
        {"contacts": {"plumber": "Ida Moos, 0170 5550123"}},
    ),
    ("What's the temperature in the cellar?", {"cellar": {"humidity": "61 %", "air": "12.5 °C"}}),
    (
        "What is the email of the choir?",
        {"choir": {"leader": "Rosa", "contact": "choir@example.org"}},
    ),
    (
        "How much does the day ticket cost for children?",
        {"pool": {"children": "3 EUR", "adults": "6 EUR"}},
    ),
    ("When does the ferry leave?", {"ferry": {"name": "Aalholm", "departure": "14:20"}}),
    ("What colour is the van?", {"van": {"plate": "KN-77", "paint": "red"}}),
    ("What is the IP address of the printer?", {"printer": {"model": "HL-42", "host": "10.0.0.7"}}),
    ("Qual é a senha do portal?", {"portal": {"url": "portal.example", "acesso": "aluno / 4471"}}),
    ("Qual é o telefone da portaria?", {"portaria": {"porteiro": "Jair", "ramal": "3321-4400"}}),
    ("Quanto custa a matrícula?", {"curso": {"nome": "Violão", "matricula": "R$ 90,00"}}),
    ("Qual é o e-mail do financeiro?", {"equipe": {"financeiro": "lia@example.org"}}),
    ("Quanto pesa a caixa?", {"caixa": {"altura": "40 cm", "massa": "3 kg"}}),
    ("Qual é o endereço do depósito?", {"deposito": {"rua": "Rua do Porto 9", "gerente": "Ivo"}}),
    ("What is the salary of the clerk?", {"job": {"title": "clerk", "pay": "3,100 EUR"}}),
    (
        "What is the serial number of the drill?",
        {"drills": [{"name": "big drill", "sn": "X-1"}, {"name": "small drill", "sn": "X-2"}]},
    ),
    ("How much does a child ticket cost?", {"tickets": {"adult": 12, "child": 6}}),
    ("What is the phone number of Jair?", {"staff": {"Jair": 33214400}}),
    ("What colour is the door?", {"note": "The door was painted in dark green last spring."}),
    ("How heavy is the anchor?", {"anchor": {"length": "2 m", "load": 31}}),
    ("What is the password and the phone number?", {"room": {"floor": 2}}),
    ("What does the e-mail say?", {"message": "Come at nine."}),
    ("Ana's number is 555-0199. What is the phone number of Ana?", {"team": {"lead": "Ana"}}),
]
UNSAID: list[tuple[str, dict[str, Any]]] = [
    (
        "What is the wifi password of the meeting room?",
        {"room": {"name": "Elbe", "seats": 8, "floor": 2}},
    ),
    (
        "What is the phone number of the plumber?",
        {"contacts": {"plumber": "Ida Moos", "electrician": "Bo Lund"}},
    ),
    ("What's the temperature in the cellar?", {"cellar": {"humidity": "61 %", "door": "closed"}}),
    ("What is the email of the choir?", {"choir": {"leader": "Rosa", "members": 41}, "room": "B2"}),
    (
        "How much does the day ticket cost for children?",
        {"pool": {"opens": "08:00", "length_m": 25}},
    ),
    ("When does the ferry leave?", {"ferry": {"name": "Aalholm", "berth": 3}}),
    (
        "What colour is the van?",
        {"van": {"plate": "KN-77", "seats": 3, "fuel": "diesel"}, "driver": "Ute"},
    ),
    ("What is the IP address of the printer?", {"printer": {"model": "HL-42", "toner": "12 %"}}),
    ("Qual é a senha do portal?", {"portal": {"url": "portal.example", "usuarios": 31}}),
    ("Qual é o telefone da portaria?", {"portaria": {"turno": "noite", "porteiro": "Jair"}}),
    ("Quanto custa a matrícula?", {"curso": {"nome": "Violão", "turmas": 3}}),
    ("Qual é o e-mail do financeiro?", {"equipe": {"financeiro": "Lia", "compras": "Rui"}}),
    ("Quanto pesa a caixa?", {"caixa": {"altura": "40 cm", "largura": "30 cm"}}),
    ("Qual é o endereço do depósito?", {"deposito": {"capacidade": 900, "gerente": "Ivo"}}),
    ("What is the salary of the clerk?", {"job": {"title": "clerk", "city": "Ulm", "hours": 38}}),
    (
        "What is the serial number of the drill?",
        {
            "drills": [
                {"name": "big drill", "state": "ok"},
                {"name": "small drill", "state": "lent"},
            ]
        },
    ),
]


@pytest.mark.parametrize(("question", "context"), UNSAID)
def test_what_is_nowhere_is_to_be_called_missing(question: str, context: dict[str, Any]) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert found is not None and found.check == "untold"
    assert found.is_met(found.stated) and not found.is_met("It is 42.")


@pytest.mark.parametrize(("question", "context"), SAID)
def test_what_may_be_there_is_not_called_missing(question: str, context: dict[str, Any]) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert found is None or found.check != "untold"


HALLS = {"halls": {"north": {"temp_c": 21, "doors": ["a"]}, "south": {"seats": 90, "doors": ["b"]}}}
NOTE = {"note": "Attic: 31 degrees. Cellar: dry, two shelves. Porch: 8 degrees."}


@pytest.mark.parametrize(
    ("question", "context", "is_told"),
    [
        ("What's the temperature in the south hall?", HALLS, False),
        ("What's the temperature in the north hall?", HALLS, True),
        ("What's the temperature in the south hall?", {**HALLS, "temperature": 20}, True),
        ("What is the temperature in the cellar?", NOTE, False),
        ("What is the temperature on the porch?", NOTE, True),
        ("Quanto custa o Copo Sol?",
         {"copos": [{"nome": "Copo Lua", "preco": 9.5}, {"nome": "Copo Sol", "cor": "rosa"}]},
         False),
    ],
)  # fmt: skip
def test_what_is_told_of_others_tells_nothing(
    question: str, context: dict[str, Any], is_told: bool
) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert (found is None or found.check != "untold") is is_told


@pytest.mark.parametrize(
    ("prompt", "context", "missing"),
    [
        ("How much is a day ticket for children?", {"zoo": {"day_ticket_adult": "31 EUR"}},
         "children"),
        ("What does the sauna cost on Sunday?", {"sauna_cost_saturday": "18 EUR"}, "sunday"),
        ("Quanto custa a diária no inverno?", {"pousada": {"diaria_verao": "R$ 320"}}, "inverno"),
        ("Who is the pilot of the flight?", {"flight": "TX 4", "nurse": "Ada Lund"}, "pilot"),
        ("Quem é o tesoureiro do clube?", {"clube": "Norte", "secretaria": "Ivone Reis"},
         "tesoureiro"),
    ],
)  # fmt: skip
def test_another_variant_does_not_tell(prompt: str, context: dict[str, Any], missing: str) -> None:
    found = expected_of(parse_request({"prompt": prompt, "context": context}))
    assert found is not None
    assert (found.check, missing in found.reason) == ("untold", True)
    assert not found.is_met("It is 31 EUR.")


@pytest.mark.parametrize(
    ("prompt", "context"),
    [
        ("How much is a day ticket for children?",
         {"zoo": {"day_ticket_adult": "31 EUR", "day_ticket_child": "9 EUR"}}),
        ("How much is a day ticket for children?", {"day_ticket": "31 EUR, children 9 EUR"}),
        ("How much is a day ticket for children?", {"day_ticket": "31 EUR"}),
        ("Who is the pilot?", {"crew": "Ada Lund", "nurse": "Bo Ek"}),
        ("Who is the pilot?", {"pilot": "Ada Lund", "nurse": "Bo Ek"}),
        ("Who is the nurse?", {"notes": "nurse Ada Lund", "driver": "Bo Ek"}),
        ("When does the nurse come?", {"driver": "Bo Ek", "comes": "08:30"}),
    ],
)  # fmt: skip
def test_it_is_silent_where_a_variant_may_be_told(prompt: str, context: dict[str, Any]) -> None:
    found = expected_of(parse_request({"prompt": prompt, "context": context}))
    assert found is None or found.check != "untold"
