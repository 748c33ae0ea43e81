"""Right answers to ordinary requests of a household, a shop, a restaurant and a clinic."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.states import agrees
from function.reflection.checks.facts.verify import expected_of

LIGHTS = {"lights": {"kitchen": "on", "hall": "off", "bath": "on"}}
ROOMS = {"rooms": {"1": "free", "2": "occupied", "3": "reserved"}}
ORDERS = {"orders": {"A1": "paid", "A2": "pending", "A3": "overdue"}}


@pytest.mark.parametrize(
    ("question", "context", "answer"),
    [
        ("How many lights are on?", LIGHTS, "Two."),
        ("How many rooms are free?", ROOMS, "One."),
        ("How many orders are pending?", ORDERS, "One: A2."),
        (
            "How many times did the backup fail?",
            {"backup": {"mon": "failed", "tue": "failed"}},
            "Twice.",
        ),
        ("How many people came?", {"visits": {"monday": "forty"}}, "Forty."),
        ("What's the wifi password?", {"wifi": {"ssid": "g", "psk": "sunfl0wer"}}, "sunfl0wer"),
        ("What is the address of the server?", {"server": {"ip": "10.0.0.5"}}, "10.0.0.5"),
        ("Is the window open?", {"window": {"open": False}}, "The window is closed."),
        ("Is the room booked?", {"room": {"status": "unavailable"}}, "It is unavailable."),
        ("Is the server healthy?", {"server": {"status": "running", "errors": 120}}, "No."),
        ("Was the parcel dispatched?", {"parcel": {"status": "delivered"}}, "Yes."),
        ("Is the balance above 1,000?", {"balance": "900"}, "No."),
        ("Which hall has at least 1,000 seats?", {"halls": {"A": "900 seats", "B": "1,200 seats"}},
         "B, with 1,200."),
        ("A fatura está vencida?", {"fatura": {"status": "pendente"}}, "Não, está pendente."),
        ("Is the shop open today? Today is Sunday. We are closed on Sundays.", {}, "No."),
        ("Por que meu pedido atrasou?", {"pedido": {"numero": "A12", "status": "atrasado"}},
         "Os dados não informam o motivo."),
        ("Tudo bem?", {}, "Tudo ótimo, e com você?"),
        (
            "Qual sala tem espaço para a turma Sol?",
            {"turma": {"name": "Sol", "size": "31"}, "sala-a": {"livre": "42"}},
            "A turma Sol tem 31. Só a sala-a tem lugar, 42.",
        ),
    ],
)  # fmt: skip
def test_a_right_answer_fails_no_check(question: str, context: dict[str, Any], answer: str) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert found is None or found.is_met(answer), found.reason


@pytest.mark.parametrize(
    ("state", "value", "verdict"),
    [
        ("free", "reserved", False),
        ("reserved", "free", False),
        ("borrowed", "reserved", None),
        ("reserved", "not reserved", False),
        ("free", "not reserved", None),
        ("booked", "reserved", True),
        ("overdue", "unpaid", None),
        ("closed", "not open", True),
    ],
)
def test_states_that_rule_out_the_same_one_do_not_follow_from_each_other(
    state: str, value: str, verdict: bool | None
) -> None:
    assert agrees(state, value) is verdict
