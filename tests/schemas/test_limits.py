"""Schemas that cost too much are refused at once, and those of real programs are not."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from function.contract import parse_request
from function.errors import InvalidRequest
from function.reflection.answer import Answer
from function.reflection.checks.assertions import breaks_schema
from function.schemas.patterns import BadPattern, compiled, is_found, written_out
from tests.hostile_schemas import INTEGER, closed, odd, over_budget, real
from tests.timing import timed

SECONDS = 2.0
"""Processor time for what takes milliseconds, on a machine that is busy."""
ANSWERS = [
    json.dumps(value)
    for value in (
        *(None, True, 0, 1.5, 10**300, "", "a" * 3_000 + "!", "ab " * 5_000, {}, []),
        {"a": "a" * 2_000 + "!", "b": 1},
        [{"a": [number]} for number in range(2_000)],
        {f"p{number}": number for number in range(2_000)},
    )
]


def asked(schema: object) -> dict[str, Any]:
    """Return a request as it arrives: no two of its parts are one object."""
    wanted = {"type": "json_schema", "schema": json.loads(json.dumps(schema))}
    return {"prompt": "x", "response_format": wanted}


@timed
@pytest.mark.parametrize("schema", over_budget().values(), ids=over_budget().keys())
def test_a_schema_over_the_budget_is_refused_at_once(schema: dict[str, Any]) -> None:
    started = time.thread_time()
    with pytest.raises(InvalidRequest) as refusal:
        parse_request(asked(schema))
    assert time.thread_time() - started < SECONDS
    (field,) = refusal.value.fields
    assert field.field == "response_format.json_schema.schema"
    assert field.problem and len(field.problem) < 300 and "\n" not in field.problem


@pytest.mark.parametrize(
    "schema, problem",
    [
        (
            {"type": "array", "items": INTEGER, "minItems": 10**9},
            "minItems: 1000000000, at most 10000 are allowed",
        ),
        (
            {"type": "integer", "multipleOf": 99_999_989},
            "multipleOf: 99999989, at most 10000 is allowed",
        ),
        ({"pattern": "x" * 600}, "pattern: 600 characters, at most 500 are allowed"),
    ],
)
def test_the_refusal_names_the_keyword_and_the_limit(schema: object, problem: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_request(asked(schema))
    assert refusal.value.fields[0].problem == problem


@pytest.mark.parametrize("schema", real().values(), ids=real().keys())
def test_schemas_of_real_programs_are_accepted(schema: dict[str, Any]) -> None:
    assert parse_request(asked(schema)).response_format is not None


@timed
@pytest.mark.parametrize("schema", odd().values(), ids=odd().keys())
def test_an_odd_schema_is_applied_or_refused_in_time(schema: dict[str, Any]) -> None:
    started = time.thread_time()
    with suppress(InvalidRequest):
        parse_request(asked(schema))
    for answer in ANSWERS:
        assert isinstance(breaks_schema(Answer(answer), schema), str)
    # Each answer has half a second at most; only patterns and fans take it.
    assert time.thread_time() - started < 1.2 * len(ANSWERS)


def test_data_in_a_schema_is_no_schema() -> None:
    data = {"minItems": 10**9, "pattern": "("}
    for keyword in ("const", "default", "example"):
        parse_request(asked({keyword: data}))
    parse_request(asked({"enum": [data], "examples": [data]}))
    parse_request(asked(closed({"minItems": INTEGER, "pattern": INTEGER, "$ref": INTEGER})))


@pytest.mark.parametrize(
    "pattern, atoms",
    [("abc", 3), ("a{3}", 3), ("(ab{3}){2}", 8), ("[a{3}]{4}", 4), (r"\{3}", 3), ("a{2,5}|b", 6)],
)
def test_the_repeats_of_a_pattern_are_counted(pattern: str, atoms: int) -> None:
    assert written_out(pattern) == atoms


@pytest.mark.parametrize(
    "pattern", ["(" * 499 + ")" * 499, "a{99999999999999999999}", "[" * 999, r"\p{Nothing}", "(?R)"]
)
def test_a_pattern_of_the_checks_is_refused_and_no_crash(pattern: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_request({"prompt": "x", "checks": {"regex": pattern}})
    assert refusal.value.fields[0].field == "checks.regex"


def test_patterns_are_read_by_what_matches_them() -> None:
    assert is_found(r"^\p{Lu}{2}$", "ÄÖ") and not is_found(r"^\p{Lu}{2}$", "ab")
    assert compiled("a+") is compiled("a+")
    with pytest.raises(BadPattern):
        compiled("(")


def test_a_pattern_with_properties_of_characters_is_accepted() -> None:
    parse_request(asked({"type": "string", "pattern": r"^\p{Lu}{2}$"}))
    assert breaks_schema(Answer('"AB"'), {"pattern": r"^\p{Lu}{2}$"}) == ""
    assert breaks_schema(Answer('"ab"'), {"pattern": r"^\p{Lu}{2}$"})
