"""The records that break a stated rule are what an answer must name, or nothing is demanded."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.verify import expected_of

CRATES = {
    "crates": [
        {"id": "K1", "kg": 18, "sealed": True},
        {"id": "K2", "kg": 26.5, "sealed": True},
        {"id": "K3", "kg": 9, "sealed": False},
    ]
}
LIFTS = {
    "lifts": [
        {"lift": "east", "months_since_service": 4},
        {"lift": "west", "months_since_service": 7},
    ]
}
TANKS = {"tanks": [{"tank": "T-a", "ph": 7.1}, {"tank": "T-b", "ph": 8.9}]}
COMPRAS = {
    "compras": [
        {"numero": "C-10", "valor": 3200, "orcamentos": 3},
        {"numero": "C-11", "valor": 400, "orcamentos": 1},
        {"numero": "C-12", "valor": 2050, "orcamentos": 2},
    ]
}


@pytest.mark.parametrize(
    ("question", "context", "name"),
    [
        ("No crate may weigh more than 20 kg. Which crate breaks the rule?", CRATES, "K2"),
        ("A crate has to weigh at least 10 kg. Which one breaks the rule?", CRATES, "K3"),
        ("Every crate must be sealed. Which one breaks the rule?", CRATES, "K3"),
        ("No crate may weigh more than 40 kg. Which crate breaks the rule?", CRATES, None),
        ("No crate may cost more than 20 EUR. Which crate breaks the rule?", CRATES, None),
        ("No crate may weigh more than 20 kg. Which crate should be sold?", CRATES, None),
        ("Lifts are serviced every 6 months. Which lift is overdue?", LIFTS, "west"),
        ("The pH has to stay between 6.5 and 8. Which tank is outside the range?", TANKS, "T-b"),
        (
            "We require a sealed lid on every crate over 8 kg. Which crate breaks the rule?",
            CRATES,
            "K3",
        ),
        (
            "A norma exige três orçamentos em toda compra acima de R$ 2.000. Qual está irregular?",
            COMPRAS,
            "C-12",
        ),
        (
            "Regra: compra acima de R$ 2.000 precisa de três orçamentos. Qual está irregular?",
            COMPRAS,
            "C-12",
        ),
        (
            "Regra: compra acima de R$ 300 precisa de dois orçamentos. Qual está irregular?",
            COMPRAS,
            "C-11",
        ),
        ("Compra acima de R$ 2.000 precisa de assinatura. Qual está irregular?", COMPRAS, None),
    ],
)
def test_the_only_record_that_breaks_a_rule(
    question: str, context: dict[str, Any], name: str | None
) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    if name is None:
        assert found is None or found.check != "broken_rule"
        return
    assert found is not None and (found.check, found.values) == ("broken_rule", (name,))
    assert found.is_met(f"It is {name}.") and found.is_met(found.stated)


def test_another_record_is_refuted() -> None:
    question = "No crate may weigh more than 20 kg. Which crate breaks the rule?"
    found = expected_of(parse_request({"prompt": question, "context": CRATES}))
    assert found is not None
    assert not found.is_met("K1 breaks it.") and not found.is_met("K1, and not K2.")


@pytest.mark.parametrize(
    ("question", "context", "name"),
    [
        ("Crates over 20 kg cannot go by bike. Which one breaks the rule?", CRATES, "K2"),
        ("A crate has a maximum of 20 kg. Which crate breaks the rule?", CRATES, "K2"),
        ("Crates are never below 10 kg. Which one breaks the rule?", CRATES, "K3"),
        ("Toda compra tem no mínimo 2 orçamentos. Qual está irregular?", COMPRAS, "C-11"),
        ("O valor não pode passar de R$ 3.000,00. Qual compra está irregular?", COMPRAS, "C-10"),
    ],
)
def test_limits_in_other_words(question: str, context: dict[str, Any], name: str) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert found is not None and (found.check, found.values) == ("broken_rule", (name,))
