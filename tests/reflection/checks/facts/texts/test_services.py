"""Questions about the services that instructions list."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

SYSTEM = """You answer for the school's servers.

Tools and services:
- Moodle (courses)
- Koha: the catalogue of the library
- Etherpad and HedgeDoc (shared notes)

Rules:
- Tone (friendly)
- Short"""


def demand(question: str, system: str = SYSTEM) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "system": system}))


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Do you have a library catalogue?", "Yes: Koha (the catalogue of the library)."),
        ("Which service is for courses?", "Moodle (courses) is among the services here."),
        ("What is Etherpad?", "Etherpad (shared notes) is among the services here."),
        ("Qual serviço é para courses?", "Moodle (courses) está entre os serviços daqui."),
        ("How do I hand in work with Moodle?", "Moodle (courses) is among the services here. I"),
    ],
)  # fmt: skip
def test_a_service_is_named(question: str, stated: str) -> None:
    found = demand(question)
    assert found is not None and found.stated.startswith(stated)
    assert found.is_met(found.stated)
    assert not found.is_met("I have no such thing.")
    assert not found.is_met("Look for it on the Kafka server.")


@pytest.mark.parametrize(
    "question",
    [
        "Does Moodle have dark mode?",
        "Is Moodle down?",
        "What is the tone?",
        "Which service is for notes?",
        "Is Koha better than Moodle?",
        "Do you have a printer?",
    ],
)
def test_what_the_list_does_not_tell(question: str) -> None:
    assert demand(question) is None


def test_instructions_that_tell_more_are_for_the_model() -> None:
    system = f"{SYSTEM}\nHomework is handed in on the course page of Moodle."
    assert demand("How do I hand in homework with Moodle?", system) is None
