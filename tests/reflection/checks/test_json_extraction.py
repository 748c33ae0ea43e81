"""JSON is found in what a model writes around it."""

from __future__ import annotations

import pytest

from function.reflection.checks.json_extraction import extract_json


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        (' "text" ', '"text"'),
        ("5", "5"),
        ('```json\n{"a": {"b": [1, 2]}}\n```', '{"a": {"b": [1, 2]}}'),
        ('Here you are: {"a": "}"} and {"b": 2}', '{"a": "}"}'),
        ('say \\" {"a": "\\"{"} done', '{"a": "\\"{"}'),
        ("set {x | x > 1} is [1, 2]", "[1, 2]"),
        ('{"a": 1', '{"a": 1'),
        ("{" * 500, "{" * 500),
        ("none", "none"),
        ("", ""),
        ("The answer:\n```\n42\n```", "42"),
        ('```json\n{"a": 1\n```', '```json\n{"a": 1\n```'),
    ],
)
def test_json_is_found_in_what_surrounds_it(text: str, found: str) -> None:
    assert extract_json(text).text == found


@pytest.mark.parametrize(
    "text",
    [
        'Use [1] as source: {"a":1}',
        '<think>{"x":1}</think>{"a":1}',
        '[]: {"a":1}',
        'First {"a":"no"}, then\n```json\n{"a":1}\n```',
    ],
)
def test_of_several_values_the_one_is_taken_that_the_schema_allows(text: str) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    assert extract_json(text, schema).text == '{"a":1}'
    assert extract_json("[1] or [2]", schema).text == "[1]"


@pytest.mark.parametrize(
    "text",
    [
        '{"wine": {"name": "Barolo"}, "mess',
        '{"keywords": ["live"], "summary": "A conc',
        '[{"a": 1}, {"a"',
    ],
)
def test_a_part_of_a_value_that_stops_short_is_not_the_answer(text: str) -> None:
    assert extract_json(text).text == text
    assert extract_json(text, {"type": "object", "required": ["wine", "message"]}).text == text
