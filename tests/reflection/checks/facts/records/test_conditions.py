"""What a question says of the records that it is about: a day, a state that is still to come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.verify import expected_of

DIVES = {
    "dives": [
        {"site": "wreck", "at": "2026-06-09T08:30", "guide": "Ona"},
        {"site": "arch", "at": "2026-06-09T14:00", "guide": "Ty"},
        {"site": "reef", "at": "2026-06-10T09:15", "guide": "Ona"},
        {"site": "cave", "at": "2026-07-02T09:15", "guide": "Ty"},
    ]
}
PROVAS = {
    "provas": [
        {"materia": "química", "data": "2026-09-14"},
        {"materia": "história", "data": "2026-09-16"},
    ]
}
BOOKED = {
    "trips": [
        {"trip": "Oslo", "booked": "2026-03-01", "leaves": "2026-04-05"},
        {"trip": "Rome", "booked": "2026-03-02", "leaves": "2026-04-05"},
    ]
}
COWS = {
    "cows": [
        {"cow": "Bella", "state": "milked"},
        {"cow": "Rosa", "state": "in the field"},
        {"cow": "Luna", "state": "at the vet"},
    ]
}
DUES = {
    "dues": [
        {"member": "Ida", "eur": 40, "month": "may"},
        {"member": "Per", "eur": 25, "month": "may"},
        {"member": "Ida", "eur": 10, "month": "june"},
    ]
}
BERTHS = {
    "berths": [
        {"berth": "B1", "pier": 2, "length": 9},
        {"berth": "B2", "pier": 2, "length": 14},
    ]
}


@pytest.mark.parametrize(
    ("question", "context", "values"),
    [
        ("How many dives were there on 9 June?", DIVES, ("2",)),
        ("How many dives are on 2026-06-10?", DIVES, ("1",)),
        ("Which dives are in July?", DIVES, ("cave",)),
        ("Which dives are on the 10th?", DIVES, ("reef",)),
        ("How many dives were there before 9 June?", DIVES, None),
        ("How many dives were there on 9 June 2024?", DIVES, None),
        ("Quais provas foram marcadas para o dia 16?", PROVAS, ("história",)),
        ("Which trips are on 5 April?", BOOKED, None),
        ("Which cows still have to be milked?", COWS, ("Rosa", "Luna")),
        ("Which cows are milked?", COWS, ("Bella",)),
        ("How much did Ida pay?", DUES, ("50",)),
        ("How much did Ida pay in cash?", DUES, None),
        ("How much does Ida still have to pay?", DUES, None),
        ("Which berth on pier 2 is under 10?", BERTHS, None),
    ],
)
def test_days_and_states(
    question: str, context: dict[str, Any], values: tuple[str, ...] | None
) -> None:
    found = expected_of(parse_request({"prompt": question, "context": context}))
    assert (None if found is None else found.values) == values


FLIGHTS = {
    "voos": [
        {"name": "ZK102", "state": "cancelado"},
        {"name": "ZK418", "state": "atrasado"},
        {"name": "ZK432", "state": "no horário"},
    ]
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "4"])
def test_the_order_of_hashes_decides_nothing(seed: str) -> None:
    code = (
        "import json, sys; from function.contract import parse_request; "
        "from function.reflection.checks.facts.verify import expected_of; "
        "print(expected_of(parse_request(json.loads(sys.argv[1]))).stated)"
    )
    asked = json.dumps({"prompt": "Quais estão no horário?", "context": FLIGHTS})
    run = subprocess.run(
        [sys.executable, "-c", code, asked],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "ZK432."
