"""Numbers and copied texts that a request writes in another way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks

SCHEMA = {
    "type": "json_schema",
    "schema": {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"]},
}


def failed(prompt: str, value: str, checks: dict[str, Any]) -> list[str]:
    data = {"prompt": prompt, "response_format": SCHEMA, "checks": checks}
    answer = Answer(json.dumps({"n": value}))
    results = run_checks(checks_of(parse_request(data)), answer)
    return [result.name for result in results if not result.passed]


@pytest.mark.parametrize(
    ("prompt", "value", "is_copied"),
    [
        ("Bring eight lamps to the hall.", "8", True),
        ("Bring eight lamps to the hall.", "9", False),
        ("Traga doze lâmpadas.", "12", True),
        ("It starts on 18 May 2027.", "2027-05-18", True),
        ("It starts on May 18th, 2027.", "2027-05-18", True),
        ("Começa em 28 de setembro de 2027.", "2027-09-28", True),
        ("It starts on 18 May 2027.", "2027-06-18", False),
        ("Paguei R$ 1.351,90 pelo voo.", "1351.9", True),
        ("Paguei R$ 1.351,90 pelo voo.", "1351.8", False),
        ("It starts on 18 May.", "2027-05-18", False),
    ],
)
def test_numbers_and_dates_written_out(prompt: str, value: str, is_copied: bool) -> None:
    assert failed(prompt, value, {"copied_fields": ["n"]}) == (
        [] if is_copied else ["copied_fields"]
    )


def test_the_number_of_a_month_stems_from_its_name() -> None:
    assert failed("It starts on 18 May 2027.", "2027-05-18", {"grounded_numbers": True}) == []
    wrong = failed("It starts on 18 May 2027.", "2027-07-18", {"grounded_numbers": True})
    assert wrong == ["grounded_numbers"]


def test_numbers_in_words_of_the_facts() -> None:
    data = {
        "prompt": "Fill it in.",
        "context": {"note": "Dennis needs seven vases."},
        "response_format": SCHEMA,
        "checks": {"grounded_numbers": True},
    }
    checks = checks_of(parse_request(data))
    passed = [run_checks(checks, Answer(json.dumps({"n": n}))) for n in ("7", "8")]
    assert [all(one.passed for one in results) for results in passed] == [True, False]
