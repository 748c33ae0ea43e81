"""Questions that the facts answer by yes or no, or by a number of entries."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

GYM = {"gym": {"name": "Kraft", "open": True, "members": 212, "sauna": False, "fee": "29 EUR"}}
LIFTS = {"lifts": {"east": "running", "west": "stopped", "goods": "running"}}
LOAD = {"host": {"name": "crane-2", "cpu_percent": 83, "memory_percent": 41, "uptime_days": 12}}
RACK = {"rack": {"temperature": "24.5 C", "door": "closed"}}
BILL = {"bill": {"no": "R-88", "amount_eur": 140, "status": "overdue"}}
BOOKS = {"livros": {"Dom Casmurro": "disponível", "O Cortiço": "emprestado"}}
BACKUP = {"backup": {"host": "nas", "finished": True, "size_gb": 86}}
SHOP = {"loja": {"nome": "Sol", "estacionamento": False, "aberta": True}}
TANK = {"tanque": {"nivel_percent": 35, "temperatura": 18}}
WARD = {"bed": {"no": 12, "occupied": False, "window": True}}


def demand(question: str, context: dict[str, Any]) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "context": context}))


@pytest.mark.parametrize(
    ("question", "context", "verdict"),
    [
        ("Is the gym open?", GYM, "Yes"),
        ("Does the gym have a sauna?", GYM, "No"),
        ("Is the west lift running?", LIFTS, "No"),
        ("Is the goods lift running?", LIFTS, "Yes"),
        ("Is the west lift down?", LIFTS, "Yes"),
        ("Is the cpu of crane-2 above 80 percent?", LOAD, "Yes"),
        ("Is the memory of crane-2 over 50 %?", LOAD, "No"),
        ("Is the cpu below 90?", LOAD, "Yes"),
        ("Is the uptime of crane-2 at least 14 days?", LOAD, "No"),
        ("Is the temperature of the rack above 30 C?", RACK, "No"),
        ("Is the temperature in the rack below 25 degrees?", RACK, "Yes"),
        ("Is the rack door open?", RACK, "No"),
        ("Is bill R-88 paid?", BILL, "No"),
        ("Does the gym have more than 200 members?", GYM, "Yes"),
        ("Are more than 10 clients on the router?", {"router": {"clients": 14}}, "Yes"),
        ("Did the backup of nas finish?", {"backup": {"host": "nas", "finish": False}}, "No"),
        ("Is the backup finished?", BACKUP, "Yes"),
        ("Did it rain more in April than in June?", {"rain_mm": {"april": 31, "june": 58}}, "No"),
        ("A bomba leste é maior que a oeste?", {"leste_kw": 4.1, "oeste_kw": 6}, "Não"),
        ("Is bed 12 occupied?", WARD, "No"),
        ("Does bed 12 have a window?", WARD, "Yes"),
        ("Dom Casmurro está disponível?", BOOKS, "Sim"),
        ("O livro O Cortiço está disponível?", BOOKS, "Não"),
        ("A loja tem estacionamento?", SHOP, "Não"),
        ("A loja está aberta?", SHOP, "Sim"),
        ("O nível do tanque está acima de 50 %?", TANK, "Não"),
        ("A temperatura do tanque está abaixo de 20 graus?", TANK, "Sim"),
    ],
)
def test_a_verdict_is_asked_for(question: str, context: dict[str, Any], verdict: str) -> None:
    found = demand(question, context)
    assert found is not None and found.check == "asked_verdict"
    assert found.stated.startswith(verdict)
    assert found.is_met(found.stated)
    assert not found.is_met("No, it is not." if verdict in ("Yes", "Sim") else "Yes, it is.")
    assert not found.is_met("Não." if verdict in ("Yes", "Sim") else "Sim.")


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Is the gym open on Sunday?", GYM),
        ("Is the pool open?", GYM),
        ("Is the gym closed?", {"gym": {"name": "Kraft", "members": 212}}),
        ("Is the gym not open?", GYM),
        ("Is the gym open or closed?", GYM),
        ("Does the gym have a sauna and a pool?", GYM),
        ("Is any lift running?", LIFTS),
        ("Are all lifts running?", LIFTS),
        ("Is the north lift running?", LIFTS),
        ("Is the cpu of crane-3 above 80 percent?", LOAD),
        ("Is the cpu above 80 GB?", LOAD),
        ("Is the disk above 80 %?", LOAD),
        ("Should the rack door be open?", RACK),
        ("Is the rack still closed?", RACK),
        ("Was the bill paid by Ana?", BILL),
        ("Is the fee above 20 USD?", GYM),
        ("Is the fee fair?", GYM),
        ("A loja está aberta no domingo?", SHOP),
        ("A loja tem wi-fi?", SHOP),
        ("O livro Iracema está disponível?", BOOKS),
        ("A bomba do tanque está ligada?", TANK),
        ("Is it open?", {"a": {"open": True}, "b": {"open": False}}),
        ("Are there more cats than dogs and birds?", {"cats": 3, "dogs": 2, "birds": 4}),
        ("Is the east lot bigger than last year?", {"east_lot": 3, "west_lot": 5}),
        ("Is the ticket valid?", {"ticket": {"valid_until": "2026-01-01"}}),
    ],
)
def test_where_no_verdict_is_plain_nothing_is_asked_for(
    question: str, context: dict[str, Any]
) -> None:
    found = demand(question, context)
    assert found is None or found.check not in ("asked_verdict", "asked_count")


@pytest.mark.parametrize(
    ("question", "context", "text", "is_met"),
    [
        ("Is the west lift running?", LIFTS, "The west lift is stopped.", True),
        ("Is the west lift running?", LIFTS, "The west lift is running.", False),
        ("Is the west lift running?", LIFTS, "It is not.", True),
        ("Is the goods lift running?", LIFTS, "It is running.", True),
        ("Is the goods lift running?", LIFTS, "The facts do not say.", False),
        ("Is the goods lift running?", LIFTS, "Yes, no problem there.", True),
        ("Is the memory of crane-2 over 50 %?", LOAD, "It is at 41 %.", True),
        ("Is the memory of crane-2 over 50 %?", LOAD, "It is over 50 %.", False),
        ("A loja tem estacionamento?", SHOP, "A loja tem estacionamento.", False),
        ("A loja tem estacionamento?", SHOP, "Não temos.", True),
    ],
)
def test_a_verdict_may_be_given_in_other_words(
    question: str, context: dict[str, Any], text: str, is_met: bool
) -> None:
    found = demand(question, context)
    assert found is not None and found.is_met(text) is is_met


PODS = {"pods": {"web-1": "ready", "web-2": "pending", "web-3": "ready", "db-0": "not ready"}}
SENSORS = {
    "sensors": [
        {"id": "s1", "online": True, "battery": 81},
        {"id": "s2", "online": False, "battery": 12},
        {"id": "s3", "online": False, "battery": 40},
    ]
}
LOANS = {
    "loans": [
        {"no": "L-1", "state": "open", "amount": 300},
        {"no": "L-2", "state": "closed", "amount": 900},
        {"no": "L-3", "state": "open", "amount": 1200},
    ]
}
TABLES = {"mesas": {"1": "livre", "2": "ocupada", "3": "livre"}}
DOGS = {"dogs": {"Rex": "fed", "Mia": "hungry", "Bo": "hungry"}}


@pytest.mark.parametrize(
    ("question", "context", "answer"),
    [
        ("How many lifts are running?", LIFTS, "2 (east, goods)."),
        ("How many lifts are down?", LIFTS, "1 (west)."),
        ("How many lifts are not running?", LIFTS, "1 (west)."),
        ("How many pods are not ready?", {"pods": {"a": "ready", "b": "not ready"}}, "1 (b)."),
        ("How many sensors are offline?", SENSORS, "2 (s2, s3)."),
        ("How many sensors are online?", SENSORS, "1 (s1)."),
        ("How many sensors have a battery below 50?", SENSORS, "2 (s2, s3)."),
        ("How many loans are open?", LOANS, "2 (L-1, L-3)."),
        ("How many loans have an amount above 1000?", LOANS, "1 (L-3)."),
        ("How many loans are open and above 500?", LOANS, "1 (L-3)."),
        ("Quantas mesas estão livres?", TABLES, "2 (1, 3)."),
        ("Quantas mesas estão ocupadas?", TABLES, "1 (2)."),
        ("How many dogs are hungry?", DOGS, "2 (Mia, Bo)."),
        ("How many dogs are there?", DOGS, "3 (Rex, Mia, Bo)."),
    ],
)
def test_the_number_of_entries_is_asked_for(
    question: str, context: dict[str, Any], answer: str
) -> None:
    found = demand(question, context)
    assert found is not None and found.check == "asked_count"
    assert found.stated == answer and found.is_met(answer)
    assert not found.is_met("There are 7.")


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("How many pods are not ready?", PODS),  # pending is not plain
        ("How many lifts were running yesterday?", LIFTS),
        ("How many lifts does the tower have on floor 3?", LIFTS),
        ("How many people are in the lifts?", LIFTS),
        ("How many loans did Ana take?", LOANS),
        ("How many sensors are new?", SENSORS),
        ("How many dogs are asleep?", DOGS),
        ("How many times was the lift stopped?", LIFTS),
        ("Quantas mesas ainda cabem?", TABLES),
        ("How many members does the gym have?", GYM),
    ],
)
def test_where_no_number_is_plain_none_is_asked_for(question: str, context: dict[str, Any]) -> None:
    found = demand(question, context)
    assert found is None or found.check != "asked_count"


LAMPS = {
    "lamps": [
        {"name": "Porch lamp", "kind": "light", "state": "off"},
        {"name": "Loft lamp", "kind": "light", "state": "on"},
        {"name": "Barn fan", "kind": "fan", "state": "on"},
    ]
}


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("Is the porch lamp on?", ("No",)),
        ("Is the loft lamp on right now?", ("Yes",)),
        ("Is the loft lamp off?", ("No",)),
        ("Which lights are on?", ("Loft lamp",)),
        ("Which lights are off?", ("Porch lamp",)),
    ],
)
def test_on_is_a_state_at_the_end_of_a_question(question: str, values: tuple[str, ...]) -> None:
    found = demand(question, LAMPS)
    assert found is not None
    assert found.values == values


def test_on_before_a_noun_is_a_preposition() -> None:
    found = demand("What is the fee on Sunday?", {"fees": {"sunday": "4 EUR", "monday": "3 EUR"}})
    assert found is not None
    assert found.values == ("4 EUR",)
