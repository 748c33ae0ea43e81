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


MONITORED = f"{SYSTEM}\n\nWhat runs beside them:\n- Zabbix (monitoring)\n- Cups (printing)"


@pytest.mark.parametrize(
    ("question", "system", "stated"),
    [
        ("How many pods are running?", MONITORED, "I cannot see that from here"),
        ("Is Moodle down?", MONITORED, "I cannot see that from here"),
        ("A memória está cheia?", MONITORED, "Não consigo ver isso daqui"),
        ("Is anybody in the lab right now?", SYSTEM, "I cannot see that from here"),
        ("Who won the chess match last night?", SYSTEM, "I cannot see that from here"),
        ("How can I see the memory of the server?", MONITORED, "Look at Zabbix."),
    ],
)
def test_nobody_sees_how_things_are_now_without_facts(
    question: str, system: str, stated: str
) -> None:
    found = demand(question, system)
    assert found is not None and found.check == "untold" and found.stated.startswith(stated)
    assert found.is_met(found.stated)
    assert ("Zabbix" in found.stated) is (system == MONITORED)
    assert not found.is_met("Zabbix shows 3 of them.")


@pytest.mark.parametrize(
    ("question", "system"),
    [
        ("What is a pod?", MONITORED),
        ("Is now the best moment to start?", SYSTEM),
        ("Can I visit the lab today?", SYSTEM),
        ("How many pods are running?", SYSTEM),
        ("Is the lab open right now?", f"{SYSTEM}\nThe lab is open on weekdays."),
    ],
)
def test_what_is_no_reading_or_told(question: str, system: str) -> None:
    assert demand(question, system) is None
