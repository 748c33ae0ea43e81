"""What of a schema llama.cpp can enforce, what compiling it may take, and what the reply says."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from function.backends.local.grammar import MOST_SECONDS_IN_ALL, GrammarCompiler
from function.backends.local.llguidance import LlGuidance
from tests.hostile_schemas import DECIMAL, INTEGER, STRING, closed, odd, real
from tests.timing import timed

ENGINE = LlGuidance()


def compiled(schema: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the schema that reaches the engine, and what the reply says of it."""
    grammar = GrammarCompiler(ENGINE).compile(json.loads(json.dumps(schema)))
    assert grammar.text is not None and not ENGINE.judge(grammar.text).error
    written = json.loads(grammar.text.partition("%json ")[2])
    assert written.pop("x-guidance")["lenient"]
    return written, grammar.notes


@timed
@pytest.mark.parametrize("schema", {**real(), **odd()}.values(), ids={**real(), **odd()}.keys())
def test_whatever_the_schema_a_part_of_it_compiles_in_time(schema: dict[str, Any]) -> None:
    started = time.thread_time()
    compiled(schema)
    # The attempts, then those of this test; the margin is for a machine that is busy.
    assert time.thread_time() - started < 2 * MOST_SECONDS_IN_ALL


@pytest.mark.parametrize(
    "rule, keyword",
    [
        ({"uniqueItems": True}, "uniqueItems"),
        ({"contains": {"const": 1}}, "contains"),
        ({"not": {"const": 1}}, "not"),
        ({"if": {"minItems": 1}, "then": {"maxItems": 2}}, "if"),
        ({"propertyNames": {"maxLength": 3}}, "propertyNames"),
        ({"dependentRequired": {"a": ["b"]}}, "dependentRequired"),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, "dependentSchemas"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties"),
    ],
)
def test_a_keyword_that_is_not_enforced_is_named_and_the_rest_kept(
    rule: dict[str, Any], keyword: str
) -> None:
    kept, notes = compiled(closed({"a": {"type": "array", "items": INTEGER, **rule}, "b": STRING}))
    assert kept["required"] == ["a", "b"] and kept["additionalProperties"] is False
    assert f"{keyword}: checked after decoding, not enforced by it" in notes


@pytest.mark.parametrize("name", ["uri", "iri", "regex", "binary", "int64", "semver"])
def test_an_unknown_format_is_an_annotation(name: str) -> None:
    kept, notes = compiled(closed({"url": {"type": "string", "format": name}}))
    assert kept["properties"]["url"]["type"] == "string"
    assert notes == (f"format {name}: neither enforced nor checked",)


@pytest.mark.parametrize("pattern", ["(?=x)y", r"\bx\b", r"\Ax\Z", r"(\w)\1", "(?<!a)b", "a(?!b)"])
def test_only_the_pattern_that_does_not_compile_is_left_out(pattern: str) -> None:
    fields = {"a": {"type": "string", "pattern": pattern}, "b": {"pattern": "^[a-z]{2}$"}}
    kept, notes = compiled(closed(fields))
    assert kept["properties"] == {"a": STRING, "b": {"pattern": "^[a-z]{2}$"}}
    assert notes == ("pattern: checked after decoding, not enforced by it",)


def test_a_decimal_of_pydantic_is_a_number_or_a_text() -> None:
    kept, notes = compiled(closed({"price": {"anyOf": [{"type": "number"}, DECIMAL]}}))
    assert kept["properties"]["price"] == {"anyOf": [{"type": "number"}, STRING]}
    assert notes == ("pattern: checked after decoding, not enforced by it",)


def test_only_the_bound_that_does_not_compile_is_left_out() -> None:
    kept, notes = compiled({"type": "number", "minimum": 1, "maximum": 1e308})
    assert kept == {"type": "number", "minimum": 1}
    assert notes == ("maximum: checked after decoding, not enforced by it",)


@pytest.mark.parametrize(
    "odd",
    [
        {"$schema": "https://example.com/own-dialect"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"$schema": "no address"},
        {"$id": "http://[bad"},
        {"$id": "https://example.com/order.json"},
        {"x-guidance": {"lenient": False}},
    ],
)
def test_what_says_nothing_of_the_answer_does_not_unbind_it(odd: dict[str, Any]) -> None:
    kept, notes = compiled({**odd, **closed({"a": INTEGER})})
    assert kept.items() >= closed({"a": INTEGER}).items()
    assert notes == ()


def test_more_optional_fields_than_the_parser_takes_are_left_open() -> None:
    fields = {f"p{number}": STRING for number in range(401)}
    kept, notes = compiled({"type": "object", "properties": fields})
    assert kept == {"type": "object"}
    assert notes == ("properties: checked after decoding, not enforced by it",)
    assert compiled(closed(fields))[1] == ()


def test_a_count_may_be_written_with_a_point() -> None:
    kept, notes = compiled({"type": "array", "items": INTEGER, "maxItems": 5.0})
    assert kept["maxItems"] == 5 and notes == ()


def test_what_is_enforced_is_not_mentioned() -> None:
    schema = closed({"a": {"type": "array", "items": INTEGER, "uniqueItems": False}})
    assert compiled(schema)[1] == ()
    assert compiled(closed({"kind": {"oneOf": [{"const": "a"}, {"const": "b"}]}}))[1] == ()


def test_a_text_with_a_format_has_an_end() -> None:
    kept, _ = compiled({"type": "string", "format": "email"})
    assert kept["maxLength"] == 254
    kept, _ = compiled({"type": "string", "format": "email", "maxLength": 30})
    assert kept["maxLength"] == 30


def test_many_notes_are_cut() -> None:
    fields = {f"p{n}": {"type": "string", "format": f"f{n}" + "x" * 99} for n in range(30)}
    _, notes = compiled(closed(fields))
    assert len(notes) == 20 and all(len(note) < 120 for note in notes)


def test_a_schema_is_compiled_once() -> None:
    compiler = GrammarCompiler(ENGINE)
    assert compiler.compile({"a": {}}) is compiler.compile({"a": {}})


def test_a_library_without_the_compiler_takes_the_schema_as_it_is() -> None:
    grammar = GrammarCompiler(None).compile({"type": "string", "format": "uri"})
    assert grammar.text is not None and '"lenient": true' in grammar.text
    assert grammar.notes == ()
