"""The fact that a question asks for by name: told, or the answer fails."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of
from function.reflection.checks.soundness import Soundness

ROUTER = {"router": {"uplink": "fibre", "clients": 14, "firmwareVersion": "7.2.1"}}
SHELVES = {"shelves": {"B-4": {"books": 31}, "C-9": {"books": 8}}}
BOAT = {"boat": {"captain": "Ilse", "length_m": 12, "lastSurvey": "2025-04-03", "berth": "K7"}}
CELLAR = {"cellar": {"stored": "310 bottles", "free": "90 bottles"}}
DISHES = {
    "dishes": [
        {"name": "Bean Stew", "price": 9.5, "cook": "Aldo"},
        {"name": "Fish Pie", "price": 14, "cook": "Nerea"},
    ]
}


def demand(question: str, context: dict[str, Any], **fields: Any) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context, **fields}))


@pytest.mark.parametrize(
    ("question", "context", "told"),
    [
        ("How many clients does the router have?", ROUTER, "router.clients: 14"),
        ("Which firmware version is installed?", ROUTER, "router.firmwareVersion: 7.2.1"),
        ("How many books are on C-9?", SHELVES, "shelves.C-9.books: 8"),
        ("How much rain fell?", {"garden": {"rain_mm": 12, "wind_kmh": 30}}, "garden.rain_mm: 12"),
        ("Quem é o motorista?", {"van": {"motorista": "Lia"}}, "van.motorista: Lia"),
        ("Who owns the kayak?", {"kayak": {"colour": "red", "owner": "Tove"}}, "kayak.owner: Tove"),
        ("How long is the tour?", {"tour": {"price": 20, "duration": "2 h"}}, "tour.duration: 2 h"),
        ("How heavy is the crate?", {"crate": {"kg": 41, "depth_cm": 30}}, "crate.kg: 41"),
        ("How many seats are left?", {"bus": {"line": "5", "free": 6}}, "bus.free: 6"),
        ("De quem é o caiaque?", {"caiaque": {"cor": "azul", "dono": "Rui"}}, "caiaque.dono: Rui"),
        ("Quanto pesa o baú?", {"bau": {"peso": "18 kg", "cor": "preto"}}, "bau.peso: 18 kg"),
        ("Quanto tempo dura o passeio?", {"passeio": {"duracao": "3 h"}}, "passeio.duracao: 3 h"),
        ("Quanto custa a entrada?", {"museu": {"preco": "R$ 12"}}, "museu.preco: R$ 12"),
        ("What does the Fish Pie cost?", DISHES, "dishes.2.price: 14"),
        ("Who cooks the Bean Stew?", DISHES, "dishes.1.cook: Aldo"),
        ("When was the last survey of the boat?", BOAT, "boat.lastSurvey: 2025-04-03"),
        ("Can you tell me the berth of the boat? Please be brief.", BOAT, "boat.berth: K7"),
        (
            "What is the depth of lake Orn?",
            {"depth": {"Orn": "31 m", "Sill": "8 m"}, "area": {"Orn": "2 ha", "Sill": "5 ha"}},
            "depth.Orn: 31 m",
        ),
        (
            "In how many hours does the ferry leave?",
            {"ferry": {"next": "3 hours"}},
            "ferry.next: 3",
        ),
        ("Quanto choveu ontem?", {"ontem_mm": 7, "hoje_mm": 0}, "ontem_mm: 7"),
    ],
)
def test_a_field_that_a_question_names_is_found(
    question: str, context: dict[str, Any], told: str
) -> None:
    found = demand(question, context)
    assert found is not None and told in found.reason


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("How many books are on D-1?", SHELVES | {"page": 3}),  # a record that is not there
        ("How many books are there?", SHELVES),  # several fields
        ("Why does the router have 14 clients?", ROUTER),  # asks for a reason
        ("What does the Bean Stew weigh?", DISHES),  # a field that is not there
        ("What is the price of the tart?", DISHES),
        ("How many clients did the router have yesterday?", ROUTER),
        ("What is the price?", {"shop": {"price": 1, "old": {"price": 2}}}),
        ("Quanto tempo durou o último?", {"backup": {"ultimo": "2026-01-02"}}),
        ("Which uplink is used?", {"router": {"uplink": "n/a", "clients": 14}}),
        ("Quem é o motorista?", {"van": {"motorista": "Não informado"}}),
        ("When does the kiosk close?", {"kiosk": "Sunny Side"}),  # names it, tells no time
        ("What is the note?", {"note": "a text of far more words than an answer can say again"}),
    ],
)
def test_where_it_is_not_plain_none_is_asked_for(question: str, context: dict[str, Any]) -> None:
    found = demand(question, context)
    assert found is None or found.check == "untold"


def test_formats_and_choices_have_checks_of_their_own() -> None:
    question = "How many clients does the router have?"
    assert demand(question, ROUTER, choices=["few", "many"]) is None
    assert demand(question, ROUTER, response_format={"type": "json_object"}) is None


@pytest.mark.parametrize(
    ("question", "context", "answer", "passes"),
    [
        ("How many clients are on the router?", ROUTER, "The router has 14 clients.", True),
        ("How many clients are on the router?", ROUTER, "The facts do not tell.", False),
        ("How many clients are on the router?", ROUTER, "It has 15.", False),
        ("How many books are on C-9?", SHELVES, "There are eight books.", True),
        ("How many items are in stock?", {"stock": {"items": 1240}}, "1,240 items.", True),
        ("Quanto custa a entrada?", {"museu": {"preco": 81.5}}, "Custa R$ 81,50.", True),
        ("How much room is left in the cellar?", CELLAR, "It has 90 bottles free.", True),
        ("How much room is left in the cellar?", CELLAR, "It takes 310 bottles, 90 free.", False),
        ("When was the last survey of the boat?", BOAT, "On April 3, 2025.", True),
        ("When was the last survey of the boat?", BOAT, "Em 3 de abril de 2025.", True),
        ("When was the last survey of the boat?", BOAT, "On April 13, 2025.", False),
    ],
)
def test_an_answer_without_the_value_fails(
    question: str, context: dict[str, Any], answer: str, passes: bool
) -> None:
    request = parse_request({"prompt": question, "context": context})
    assert (Soundness(request).contradicts_facts(Answer(answer)) == "") == passes


def test_it_is_made_without_being_asked_for_and_reported_where_it_fails() -> None:
    request = parse_request({"prompt": "Which uplink is used?", "context": ROUTER})
    failed = [
        r.name for r in run_checks(always_checks(request), Answer("I do not know.")) if not r.passed
    ]
    assert failed == ["asked_fact"]
    assert all(r.passed for r in run_checks(always_checks(request), Answer("It uses fibre.")))


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("What is the temperature of the study?", "Current temperature of study: 19.4."),
        ("What is the humidity of the study now?", "Humidity of study: 40."),
    ],
)
def test_how_it_is_goes_before_what_was_set(question: str, stated: str) -> None:
    study = {"temperature": 21, "current_temperature": 19.4, "humidity": 40}
    found = expected_of(parse_request({"prompt": question, "context": {"study": study}}))
    assert found is not None and found.stated == stated


def test_objects_with_the_same_fields_are_no_tables_of_their_own() -> None:
    lamps = {
        "Kitchen light": {"domain": "light", "state": "on"},
        "Hall light": {"domain": "light", "state": "off"},
    }
    found = expected_of(parse_request({"prompt": "which lights are off?", "context": lamps}))
    assert found is None or "Hall light" in found.stated
