"""Checks: pure functions from an answer to what is wrong with it."""

from __future__ import annotations

import socket
from time import process_time
from typing import Any

import pytest

from function.contract import AllowedItems, parse_request
from function.reflection.answer import Answer
from function.reflection.checks.assertions import (
    breaks_schema,
    contains,
    is_no_choice,
    is_too_long,
    lacks,
)
from function.reflection.checks.checks import checks_of, run_checks, schema_of
from function.reflection.checks.items import breaks_items, items_of
from tests.timing import timed

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
}


def names_of(data: dict[str, Any]) -> list[str]:
    return [check.name for check in checks_of(parse_request({"prompt": "x", **data}))]


def test_valid_json_passes_its_schema() -> None:
    assert breaks_schema(Answer('{"name": "Ada", "age": 36}'), PERSON) == ""


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"name": "Ada"}', "at $: 'age' is a required property"),
        ('{"name": 5, "age": 36}', "at $.name: 5 is not of type 'string'"),
        ('{"name": "Ada", "age": -1}', "at $.age: -1 is less than the minimum of 0"),
        ("[]", "at $: [] is not of type 'object'"),
    ],
)
def test_a_schema_problem_says_where_and_what(answer: str, reason: str) -> None:
    assert breaks_schema(Answer(answer), PERSON) == reason


def test_the_outermost_problem_comes_first() -> None:
    schema = {
        "properties": {"a": {"properties": {"b": {"type": "string"}}}},
        "required": ["missing"],
    }
    assert breaks_schema(Answer('{"a": {"b": 1}}'), schema).startswith("at $: 'missing'")


@pytest.mark.parametrize(
    "answer",
    ["", "Paris", "{", '{"a": NaN}', "Infinity", '{"a": 1} and more', '```json\n{"a": 1}\n```']
    + ["1e999", '"\\ud800"', "[" * 5_000],
)
def test_what_is_no_json_breaks_any_schema(answer: str) -> None:
    assert (
        breaks_schema(Answer(answer), {})
        == "the answer must be one valid JSON value and nothing else"
    )


def test_a_remote_reference_is_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reason = breaks_schema(Answer("{}"), {"$ref": f"http://127.0.0.1:{port}/schema.json"})
        assert reason == "the JSON Schema refers to a schema that is not part of it"
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("reference", ["#/$defs/nowhere", "other.json", "file:///etc/hostname"])
def test_a_reference_to_nothing_is_a_reason(reference: str) -> None:
    assert "not part of it" in breaks_schema(Answer("{}"), {"$ref": reference})


def test_a_local_reference_is_followed() -> None:
    schema = {"$ref": "#/$defs/count", "$defs": {"count": {"type": "integer"}}}
    assert breaks_schema(Answer("3"), schema) == ""
    assert "'integer'" in breaks_schema(Answer('"3"'), schema)


def test_a_recursive_schema_that_ends() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}}
    assert breaks_schema(Answer('{"next": {"next": {}}}'), tree) == ""
    assert breaks_schema(Answer('{"next": {"next": 1}}'), tree).startswith("at $.next.next: ")


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        ({"$ref": "#"}, "{}"),
        ({"$ref": "#/x", "x": {"patternProperties": {"(": {}}}}, '{"a": 1}'),
        ({"$ref": "#/x", "x": {"type": "nope"}}, '{"a": 1}'),
        ({"$ref": "#/x", "x": {"minProperties": "many"}}, '{"a": 1}'),
    ],
)
def test_a_schema_that_cannot_be_applied_is_a_reason_and_no_crash(
    schema: dict[str, Any], answer: str
) -> None:
    assert breaks_schema(Answer(answer), schema)


@pytest.mark.parametrize("answer", ["restart", "scale"])
def test_a_choice_is_one_of_the_names(answer: str) -> None:
    assert is_no_choice(answer, ["restart", "scale"]) == ""


@pytest.mark.parametrize("answer", ["", "Restart", "restart.", "restart scale", "none"])
def test_what_is_no_choice(answer: str) -> None:
    reason = is_no_choice(answer, ["restart", "scale"])
    assert reason == "the answer must be one of: restart, scale"


def test_lacks() -> None:
    assert lacks("PARIS in Frankreich, STRASSE", ["paris", "straße"]) == ""
    assert lacks("Paris", ["Lyon", "Paris", "Nice"]) == 'the answer must contain "Lyon", "Nice"'
    assert lacks("", ["a"]) == 'the answer must contain "a"'


def test_contains() -> None:
    assert contains("Paris", ["Lyon"]) == ""
    assert contains("I am SORRY", ["sorry", "glad"]) == 'the answer must not contain "sorry"'


def test_is_too_long() -> None:
    assert is_too_long("one two\nthree", 3) == ""
    assert is_too_long(" one  two three\tfour ", 3) == (
        "the answer has 4 words and may have at most 3"
    )
    assert is_too_long("", 1) == ""


def test_only_what_was_asked_for_is_checked() -> None:
    assert names_of({}) == []
    assert names_of({"checks": {"must_contain": [], "must_not_contain": []}}) == []


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ({"choices": ["a", "b"]}, "choices"),
        (
            {"response_format": {"type": "json_schema", "schema": {"type": "string"}}},
            "json_schema",
        ),
    ],
)
def test_checks_are_reported_in_one_order(wanted: dict[str, Any], first: str) -> None:
    checks = {"max_words": 3, "must_not_contain": ["x"], "must_contain": ["y"]}
    assert names_of({**wanted, "checks": checks}) == [
        first,
        "must_contain",
        "must_not_contain",
        "max_words",
    ]


def test_every_check_is_run() -> None:
    request = parse_request({"prompt": "x", "checks": {"must_contain": ["Lyon"], "max_words": 2}})
    long, missing = run_checks(checks_of(request), Answer("one two three"))[::-1]
    assert (long.name, long.passed) == ("max_words", False)
    assert (missing.name, missing.passed) == ("must_contain", False)
    assert all(result.reason for result in (long, missing))
    good = run_checks(checks_of(request), Answer("Lyon"))
    assert [(result.passed, result.reason) for result in good] == [(True, ""), (True, "")]


def test_required_keys_become_a_schema() -> None:
    request = parse_request(
        {"prompt": "x", "response_format": {"type": "json_object", "required": ["cause"]}}
    )
    schema = schema_of(request)
    assert schema is not None
    assert breaks_schema(Answer('{"cause": 1, "more": 2}'), schema) == ""
    assert breaks_schema(Answer("{}"), schema) == "at $: 'cause' is a required property"
    assert schema_of(parse_request({"prompt": "x"})) is None


@pytest.mark.parametrize(
    ("avoided", "contains"),
    [
        ("peanuts", "rice noodles, peanut, egg"),
        ("peanut", "crushed peanuts"),
        ("shellfish, Peanut", "peanut"),
        ("nuts; milk / eggs", "egg"),
        ("tomatoes", "a tomato"),
        ("berry", "berries"),
        ("berries", "one berry"),
        ("amendoins", "amendoim"),
        ("limão", "limões"),
        ("pães", "pão"),
    ],
)
def test_an_allergen_is_found_in_any_number(avoided: str, contains: str) -> None:
    rule = AllowedItems(items="menu", avoid=["guests.allergies"])
    menu = [{"name": "Soup", "with": "a minute of gas"}, {"name": "Tart", "with": contains}]
    context = {"guests": [{"allergies": []}, {"allergies": avoided}], "menu": menu}
    items = items_of(context, rule)
    assert "must not be offered" in breaks_items(Answer("Try the tart."), items, [])
    assert breaks_items(Answer("Try the soup."), items, []) == ""


def test_quotation_marks_of_json_are_no_sign_of_an_item() -> None:
    rule = AllowedItems(items="menu", avoid=["allergies"])
    context = {
        "menu": [{"name": "Soup"}, {"name": "Tart", "contains": "nuts"}],
        "allergies": "nuts",
    }
    items = items_of(context, rule)
    assert breaks_items(Answer('{"tableId": "T2", "message": "Try the Soup."}'), items, []) == ""
    wrong = breaks_items(Answer('{"tableId": "T2", "message": "Try the tart."}'), items, [])
    assert "must not be offered" in wrong
    assert "is not one of the items" in breaks_items(Answer('{"message": "**Pizza**"}'), items, [])


@timed
@pytest.mark.parametrize("part", ["\n", "„", "“", "- ", "'a", "«", "*", "½-"])
def test_no_answer_takes_long_to_check(part: str) -> None:
    checks = {"grounded_numbers": True, "grounded_names": True, "max_sentences": 1}
    data = {"prompt": "x", "checks": {**checks, "allowed_items": {"items": "menu"}}}
    started = process_time()
    run_checks(checks_of(parse_request(data)), Answer(part * 20_000))
    assert process_time() - started < 2
