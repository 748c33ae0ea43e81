"""Questions that the facts do not answer: the answer has to say so."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

OVEN = {"oven": {"colour": "black", "supplier": "Ferno"}}
TICKETS = {"tickets": {"TK-41": {"owner": "Ola"}, "TK-57": {"owner": "Pia"}}}


def demand(question: str, context: dict[str, Any], **fields: Any) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context, **fields}))


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("How many trays does the oven have?", OVEN),
        ("When was the oven bought?", OVEN),
        ("What is the temperature of the oven?", OVEN),
        ("A que horas o forno desliga?", {"forno": {"cor": "preto"}}),
        ("Qual é o peso do forno?", {"forno": {"cor": "preto"}}),
        ("What is Ferno's phone number?", OVEN),
        ("What is the memory use of Corvid?", {"heron": {"write_rate": "5 MB/s"}}),
        ("Who is the owner of TK-99?", TICKETS),
        ("Quem é o dono do TK-99?", TICKETS),
        ("Who repaired it?", {"saw": {"price": 40}}),
    ],
)
def test_what_no_field_resembles_is_not_told(question: str, context: dict[str, Any]) -> None:
    found = demand(question, context)
    assert found is not None and found.check == "untold"
    assert found.is_met("The facts do not tell.")
    assert found.is_met("Os fatos não informam isso.")
    assert not found.is_met("It is 20.")


@pytest.mark.parametrize(
    ("question", "context", "fields"),
    [
        ("How many trays does the oven have?", {"oven": {"trays": 4}}, {}),
        ("How many ovens are on?", {"ovens": {"a": "on", "b": "off"}}, {}),
        ("When was the oven bought?", {"oven": {"bought": "2020"}}, {}),
        ("When does it open?", {"shop": {"opens": "on Mondays"}}, {}),
        ("When does it open?", {"shop": {"note": "it opens as soon as the keeper comes back"}}, {}),
        ("What is the warranty of the oven?", OVEN, {}),  # may be any field's other name
        ("What is the temperature?", {"oven": {"setting": "hot"}}, {}),
        ("How many legs do 3 cats have?", {"user": {"name": "Ida"}}, {}),
        ("Who is the owner of TK-99?", TICKETS, {"system": "TK-99 belongs to Ida."}),
        ("What is the status of HTTP/2?", TICKETS, {}),
        ("Tell me a joke about ovens.", OVEN, {}),
    ],
)
def test_it_is_silent_where_a_fact_may_tell(
    question: str, context: dict[str, Any], fields: dict[str, Any]
) -> None:
    found = demand(question, context, **fields)
    assert found is None or found.check != "untold"


def test_what_was_said_before_may_tell() -> None:
    messages = [
        {"role": "user", "content": "The oven has four trays."},
        {"role": "assistant", "content": "Noted."},
        {"role": "user", "content": "How many trays does the oven have?"},
    ]
    assert expected_of(parse_request({"messages": messages, "context": OVEN})) is None


def test_what_the_records_hold_is_named_and_not_who_asks_for_them() -> None:
    context = {
        "asked_by": "night shift",
        "intent": "look_up",
        "records": [{"type": "part", "name": "Gasket"}, {"type": "part", "name": "Flange"}],
    }
    system = "Use only the records."
    found = demand("Is there a recall of the parts of pump 7?", context, system=system)
    assert found is not None
    assert (
        found.stated == "The records have Gasket and Flange; they do not say anything about that."
    )
    assert not found.is_met("The records do not speak of a recall.")
    assert found.is_met("The records have Gasket and Flange and say nothing of a recall.")
