"""Several records that break a rule, their number, and whether a rule is met."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

JOBS = {
    "jobs": [
        {"job": "resize", "retries": 3, "owner": "Ida"},
        {"job": "export", "retries": 5, "owner": None},
        {"job": "mail", "retries": 1, "owner": "Bo"},
        {"job": "index", "retries": 4, "owner": None},
    ]
}
SHEDS = {"sheds": [{"shed": "A", "locked": True}, {"shed": "B", "locked": False}]}
TRIPS = {
    "trips": [
        {"to": "Dunes", "insurance": "paid"},
        {"to": "Falls", "insurance": "open"},
        {"to": "Caves", "insurance": "paid"},
    ]
}
RETRIES = "Our policy: no job may have more than 3 retries."


def expected(question: str, context: Any, system: str | None = None) -> Expected | None:
    said = {"prompt": question, "context": context, "system": system}
    return expected_of(parse_request({key: value for key, value in said.items() if value}))


@pytest.mark.parametrize(
    ("question", "context", "values"),
    [
        (f"{RETRIES} Which jobs violate it?", JOBS, ("export", "index")),
        (f"{RETRIES} Which are over the limit?", JOBS, ("export", "index")),
        (f"{RETRIES} How many break it?", JOBS, ("2",)),
        ("No job may have more than 9 retries. How many break it?", JOBS, ("0",)),
        ("Every job needs an owner. Which of them have none? Which do not?", JOBS, None),
        ("Every job needs an owner. Which jobs do not have one?", JOBS, ("export", "index")),
        ("Every shed must be locked. Which one is not?", SHEDS, ("B",)),
        ("Every trip needs a paid insurance. Which lacks it?", TRIPS, ("Falls",)),
        ("Jobs are listed by name. Which one is not needed?", JOBS, None),
    ],
)
def test_the_records_that_break_a_rule(
    question: str, context: Any, values: tuple[str, ...] | None
) -> None:
    found = expected(question, context)
    assert (found and found.values) == values


def test_all_of_them_are_named_and_no_others() -> None:
    found = expected(f"{RETRIES} Which jobs violate it?", JOBS)
    assert found is not None and found.is_met(found.stated)
    assert found.is_met("They are index and export.")
    assert not found.is_met("It is export.") and not found.is_met("resize, export and index")


def test_a_rule_of_the_instructions() -> None:
    found = expected("Which jobs break the policy?", JOBS, "Policy: at most 4 retries.")
    assert found is not None and found.values == ("export",)
    assert expected("Which jobs are missing?", JOBS, "Policy: at most 4 retries.") is None


@pytest.mark.parametrize(
    ("question", "context", "stated"),
    [
        (f"{RETRIES} Is the set compliant?", JOBS, "No: export (retries: 5); index (retries: 4)."),
        ("No job may have more than 5 retries. Is the set compliant?", JOBS, "Yes."),
        ("Is the pond fine? The pH must stay between 7.0 and 7.6.", {"pond": {"ph": 7.9}},
         "No: ph: 7.9."),
        ("Does it violate the policy? Names must have at least 6 letters.", {"name_letters": 4},
         "Yes: name letters: 4."),
        ("O acordo está conforme? Exigência: aviso de pelo menos 30 dias.",
         {"acordo": {"aviso_dias": 45}}, "Sim: aviso dias: 45."),
        ("Is the pond fine? The pH must stay between 7.0 and 7.6.", {"pond": {"fish": 12}}, None),
        ("If it had 9.1, is the pond fine? The pH must stay below 8.", {"pond": {"ph": 7}}, None),
    ],
)  # fmt: skip
def test_whether_a_rule_is_met(question: str, context: Any, stated: str | None) -> None:
    found = expected(question, context)
    assert (found.stated if found and found.check == "ruled" else None) == stated


def test_a_verdict_on_several_records_names_one_that_breaks_the_rule() -> None:
    found = expected(f"{RETRIES} Is the set compliant?", JOBS)
    assert found is not None and found.is_met("No, export has 5.")
    assert not found.is_met("No.") and not found.is_met("Yes, export has 5.")


def test_what_meets_a_verdict() -> None:
    found = expected("Is the pond fine? The pH must stay between 7.0 and 7.6.", {"ph": 7.9})
    assert found is not None
    assert found.is_met("No, it is 7.9.") and found.is_met("It is not within the rule.")
    assert not found.is_met("Yes, it is fine.") and not found.is_met("The pond is fine.")
    assert not found.is_met("The pH of the pond is 7.9.")
