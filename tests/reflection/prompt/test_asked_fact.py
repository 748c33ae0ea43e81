"""The fact that a question asks for by name: told, or the answer fails."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.checks.soundness import Soundness
from function.reflection.prompt.facts import Fact
from function.reflection.prompt.referenced_facts import asked_fact

ROUTER = {"router": {"uplink": "fibre", "clients": 14, "firmwareVersion": "7.2.1"}}
SHELVES = {"shelves": {"B-4": {"books": 31}, "C-9": {"books": 8}}}


def asked(question: str, context: dict[str, Any], **fields: Any) -> Fact | None:
    return asked_fact(parse_request({"prompt": question, "context": context, **fields}))


@pytest.mark.parametrize(
    ("question", "context", "path"),
    [
        ("How many clients does the router have?", ROUTER, "router.clients"),
        ("Which firmware version is installed?", ROUTER, "router.firmwareVersion"),
        ("How many books are on C-9?", SHELVES, "shelves.C-9.books"),
        ("How much rain fell?", {"garden": {"rain_mm": 12, "wind_kmh": 30}}, "garden.rain_mm"),
        ("Quem é o motorista?", {"van": {"motorista": "Lia"}}, "van.motorista"),
    ],
)
def test_a_field_that_a_question_names_is_found(
    question: str, context: dict[str, Any], path: str
) -> None:
    found = asked(question, context)
    assert found is not None and found.path == path


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("How many books are on D-1?", SHELVES),  # a record that is not there
        ("How many books are there?", SHELVES),  # several fields
        ("Why does the router have 14 clients?", ROUTER),  # asks for a reason
        ("Are more than 10 clients on the router?", ROUTER),  # yes or no
        ("What does the router cost?", ROUTER),  # a field that is not there
        ("Quanto tempo durou o último?", {"backup": {"ultimo": "2026-01-02", "duracao": "9 min"}}),
        ("What is the note?", {"note": "a text of far more words than an answer can say again"}),
    ],
)
def test_where_it_is_not_plain_none_is_asked_for(question: str, context: dict[str, Any]) -> None:
    assert asked(question, context) is None


def test_formats_and_choices_have_checks_of_their_own() -> None:
    question = "How many clients does the router have?"
    assert asked(question, ROUTER, choices=["few", "many"]) is None
    assert asked(question, ROUTER, response_format={"type": "json_object"}) is None


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("The router has 14 clients.", True),
        ("The facts do not tell.", False),
        ("It has 15.", False),
    ],
)
def test_an_answer_without_the_value_fails(answer: str, passes: bool) -> None:
    request = parse_request({"prompt": "How many clients does the router have?", "context": ROUTER})
    reason = Soundness(request).lacks_fact(Answer(answer))
    assert (reason == "") == passes
    assert passes or "router.clients: 14" in reason


def test_it_is_made_without_being_asked_for_and_reported_where_it_fails() -> None:
    request = parse_request({"prompt": "Which uplink is used?", "context": ROUTER})
    failed = [
        r.name for r in run_checks(always_checks(request), Answer("I do not know.")) if not r.passed
    ]
    assert failed == ["asked_fact"]
    assert all(r.passed for r in run_checks(always_checks(request), Answer("It uses fibre.")))
