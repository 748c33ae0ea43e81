"""Why something cannot be done is answered by the state of the one thing that is down."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

RAMPS = {"ramps": {"north": "open", "south": "closed"}, "guard": "Ida"}
SERVICOS = {
    "servicos": {"correio": {"estado": "parado", "fila": 12}, "agenda": {"estado": "ativo"}}
}


def demand(question: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context}))


@pytest.mark.parametrize(
    ("question", "context", "stated"),
    [
        ("Hello, why can't I use the south ramp?", RAMPS, "South is closed."),
        ("por que não recebo nada no correio?", SERVICOS, "Correio: parado."),
    ],
)
def test_the_state_is_the_reason(question: str, context: dict[str, Any], stated: str) -> None:
    found = demand(question, context)
    assert found is not None and found.stated == stated and found.is_met(stated)


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Why can't I use the north ramp?", RAMPS),  # it is open
        ("Why is the ramp steep?", RAMPS),
        ("por que a agenda está lenta?", SERVICOS),
        ("why is it closed?", {"status": "closed", "opens": "9:00"}),
    ],
)
def test_nothing_else_is_demanded(question: str, context: dict[str, Any]) -> None:
    found = demand(question, context)
    assert found is None or "closed" not in found.reason or found.values == ()


def test_the_opposite_state_fails_and_its_denial_does_not() -> None:
    found = demand("Why can't I use the south ramp?", RAMPS)
    assert found is not None
    assert not found.is_met("The south ramp is open for all.")
    assert found.is_met("The south ramp is not open at the moment.")
    assert not found.is_met("Please ask Ida about it.")
