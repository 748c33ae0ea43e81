"""Questions about a variant or a role of which the facts have only another."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import InferenceRequest
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of


def demand(prompt: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(InferenceRequest(prompt=prompt, context=context))


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
    found = demand(prompt, context)
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
def test_it_is_silent_where_the_facts_may_tell(prompt: str, context: dict[str, Any]) -> None:
    found = demand(prompt, context)
    assert found is None or found.check != "untold"
