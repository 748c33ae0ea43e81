"""Whether there is something is answered by the line that reports it."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of


def demand(question: str, context: dict[str, Any], system: str = "") -> Expected | None:
    data = {"prompt": question, "context": context} | ({"system": system} if system else {})
    found = expected_of(parse_request(data))
    return found if found is not None and found.check == "reported" else None


@pytest.mark.parametrize(
    ("question", "context", "system", "stated"),
    [
        (
            "Is there a water leak right now?",
            {"notices": ["🔴 Water leak on deck 3: 4 cabins closed to guests", "All lifts run"]},
            "",
            None,  # closed may be of the leak itself
        ),
        (
            "Is there a water leak right now?",
            {"notices": ["🔴 Water leak on deck 3: 4 cabins wet", "All lifts run"]},
            "",
            "Yes: Water leak on deck 3: 4 cabins wet.",
        ),
        (
            "Há algum alerta de disco agora?",
            {},
            "Você ajuda no suporte.\n- ALERTA: disco do nó n3 com 91 %\n- Cópia concluída",
            "Sim: ALERTA: disco do nó n3 com 91 %.",
        ),
        (
            "Are there any failed jobs?",
            {"report": "job etl failed twice\njob backup passed"},
            "",
            "Yes: job etl failed twice.",
        ),
        ("Are there any failed jobs?", {"report": "job etl failed twice, now fixed"}, "", None),
        ("Is there a gas leak?", {"notices": ["No gas leak was found"]}, "", None),
        ("Is there a gas leak?", {"notices": ["A water leak on deck 3"]}, "", None),
        ("Is there no gas leak?", {"notices": ["A gas leak on deck 3"]}, "", None),
    ],
)
def test_what_a_line_reports(
    question: str, context: dict[str, Any], system: str, stated: str | None
) -> None:
    found = demand(question, context, system)
    assert (found.stated if found is not None else None) == stated


def test_the_numbers_of_the_line_are_demanded_and_a_denial_is_wrong() -> None:
    found = demand("Is there a gas leak?", {"notices": ["Gas leak in hall 7: valve 12 shut off"]})
    assert found is not None
    assert found.is_met("Yes, in hall 7; valve 12 is off.")
    assert not found.is_met("Yes, there is a gas leak.")
    assert not found.is_met("There is no gas leak in hall 7 at valve 12.")
