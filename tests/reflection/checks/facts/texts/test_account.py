"""A notice, a report, what happened: an account says what the facts hold."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of


def demand(question: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context}))


@pytest.mark.parametrize(
    ("question", "context", "stated"),
    [
        (
            "Write a short notification for the night shift.",
            {"service": "boiler", "pressure_bar": 0.4, "since": "02:10"},
            "Boiler, pressure bar 0.4, since 02:10.",
        ),
        (
            "What happened?",
            {"events": [{"reason": "Evicted", "object": "pod/a"}, {"reason": "Killed"}]},
            "Evicted, pod/a; Killed.",
        ),
        (
            "Descreva o incidente.",
            {"servico": "portaria", "falha": "sem energia"},
            "Portaria, falha sem energia.",
        ),
    ],
)
def test_the_facts_in_a_row(question: str, context: dict[str, Any], stated: str) -> None:
    found = demand(question, context)
    assert found is not None and found.check == "uses_facts"
    assert found.stated == stated
    assert found.is_met(found.stated)
    assert not found.is_met("I am sorry, please look in the log.")


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Write a poem about the sea.", {"mood": "calm"}),
        ("Explain how a heat pump works.", {"site": "harbour"}),
        ("Write a summary of it.", {"text": "The pier was closed. " * 20}),
        ("Write a report.", {"readings": list(range(40))}),
    ],
)
def test_what_is_more_than_the_facts_is_left_to_the_model(
    question: str, context: dict[str, Any]
) -> None:
    found = demand(question, context)
    assert found is None or found.check != "uses_facts"
