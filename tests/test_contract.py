"""The contract of a request: what is taken, under which names, and how it is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from function.contract import (
    MAX_STEPS,
    InferenceRequest,
    InferenceResponse,
    JsonSchemaFormat,
    ReflectionMode,
    Usage,
    parse_request,
)
from function.errors import InvalidRequest

ASKED = {"prompt": "Why is the disk full?"}


def bad_fields(data: object) -> list[str]:
    """Return the fields that a refusal names."""
    with pytest.raises(InvalidRequest) as refusal:
        parse_request(data)
    assert str(refusal.value)
    assert all(item.problem for item in refusal.value.fields)
    return [item.field for item in refusal.value.fields]


def test_defaults() -> None:
    request = parse_request(ASKED)
    assert (request.kind, request.max_reflection_steps) == ("text", 3)
    assert request.reflection_mode is ReflectionMode.AUTO
    assert (request.temperature, request.max_tokens, request.samples) == (0.7, 2_048, 1)
    assert (request.confidence_threshold, request.min_improvement) == (0.85, 0.05)
    assert (request.seed, request.deadline_ms, request.model) == (None, None, None)
    assert request.emit_steps is False


@pytest.mark.parametrize("data", [None, [], "text", 5, True, [ASKED]])
def test_data_that_is_no_object(data: object) -> None:
    assert bad_fields(data) == ["data"]


@pytest.mark.parametrize("name", ["prompt", "question", "message"])
def test_the_prompt_has_three_names(name: str) -> None:
    assert parse_request({name: "Hello World"}).question == "Hello World"


@pytest.mark.parametrize("name", ["prompt", "question", "message"])
@pytest.mark.parametrize("value", [5, "", "x" * 65_537, ["x"], "\ud800"])
def test_a_bad_prompt_is_named_as_its_sender_did(name: str, value: object) -> None:
    assert bad_fields({name: value}) == [name]


def test_the_longest_prompt_fits() -> None:
    assert len(parse_request({"prompt": "x" * 65_536}).question) == 65_536
    assert bad_fields({"prompt": "x" * 65_537}) == ["prompt"]


def test_null_is_absent() -> None:
    nulls = {name: None for name in InferenceRequest.model_fields if name != "prompt"}
    request = parse_request({**ASKED, **nulls, "maxSteps": None, "question": None})
    assert request == parse_request(ASKED)
    assert request.model_fields_set == parse_request(ASKED).model_fields_set
    checks = parse_request({**ASKED, "checks": {"max_words": None, "regex": "a"}}).checks
    assert checks.model_fields_set == {"regex"}
    assert parse_request({**ASKED, "context": {"a": None}}).context == {"a": None}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"context": {"log": ["x" * 262_145]}}, "context"),
        ({"context": {"x" * 1_025: 1}}, "context"),
        ({"checks": {"must_contain": ["x" * 2_001]}}, "checks.must_contain.0"),
        ({"checks": {"must_not_contain": ["x" * 2_001]}}, "checks.must_not_contain.0"),
        ({"checks": {"free_fields": ["x" * 201]}}, "checks.free_fields.0"),
        ({"checks": {"copied_fields": ["x" * 201]}}, "checks.copied_fields.0"),
        (
            {"checks": {"allowed_items": {"items": "a", "avoid": ["x" * 201]}}},
            "checks.allowed_items.avoid.0",
        ),
    ],
)
def test_a_text_that_is_too_long_is_named(data: dict[str, Any], field: str) -> None:
    assert bad_fields({**ASKED, **data}) == [field]


def test_unknown_fields_are_ignored() -> None:
    assert parse_request({**ASKED, "colour": "red"}) == parse_request(ASKED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", 1),
        ("messages", "hello"),
        ("messages", {}),
        ("system", 1),
        ("system", ""),
        ("agent", ["a"]),
        ("agent", "a" * 64),
        ("task", "poem"),
        ("task", 1),
        ("context", "text"),
        ("context", [1]),
        ("choices", "ab"),
        ("choices", {"a": 1}),
        ("choices", [f"choice {n}" for n in range(65)]),
        ("response_format", "json"),
        ("response_format", {"type": "xml"}),
        ("response_format", {}),
        ("checks", []),
        ("max_reflection_steps", "3"),
        ("max_reflection_steps", 1.5),
        ("max_reflection_steps", True),
        ("max_reflection_steps", -1),
        ("max_reflection_steps", 11),
        ("reflection_mode", "sometimes"),
        ("reflection_mode", 1),
        ("temperature", "hot"),
        ("temperature", "0.5"),
        ("temperature", True),
        ("temperature", -0.1),
        ("temperature", 2.1),
        ("temperature", math.nan),
        ("temperature", math.inf),
        ("max_tokens", "12"),
        ("max_tokens", 0),
        ("max_tokens", -5),
        ("max_tokens", 8_193),
        ("max_tokens", 12.5),
        ("samples", 0),
        ("samples", 9),
        ("samples", "2"),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", "7"),
        ("confidence_threshold", 1.1),
        ("confidence_threshold", -0.1),
        ("confidence_threshold", math.nan),
        ("min_improvement", 2),
        ("min_improvement", "much"),
        ("deadline_ms", 0),
        ("deadline_ms", -1),
        ("deadline_ms", "soon"),
        ("model", 3),
        ("model", ""),
        ("emit_steps", "true"),
        ("emit_steps", 1),
        ("conversation_id", 5),
        ("conversation_id", "c" * 201),
    ],
)
def test_a_wrong_value_is_named(name: str, value: object) -> None:
    (field,) = bad_fields({**ASKED, name: value})
    assert field == name


@pytest.mark.parametrize("name", ["max_steps", "maxSteps"])
@pytest.mark.parametrize("value", ["3", 2.5, True, [3]])
def test_a_wrong_value_of_the_older_name_is_named(name: str, value: object) -> None:
    assert bad_fields({**ASKED, name: value}) == [name]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content"),
        ({"messages": ["hi"]}, "messages.0"),
        ({**ASKED, "choices": ["a", 3]}, "choices.1"),
        ({**ASKED, "choices": ["a", {"name": ""}]}, "choices.1.name"),
        ({**ASKED, "choices": ["a", {"name": "b", "abstain": "yes"}]}, "choices.1.abstain"),
        ({**ASKED, "choices": ["a", {"name": "b", "description": 5}]}, "choices.1.description"),
        ({**ASKED, "checks": {"must_contain": "a"}}, "checks.must_contain"),
        ({**ASKED, "checks": {"must_contain": [1]}}, "checks.must_contain.0"),
        ({**ASKED, "checks": {"max_words": 0}}, "checks.max_words"),
        ({**ASKED, "checks": {"max_words": "10"}}, "checks.max_words"),
        ({**ASKED, "checks": {"rhymes": True}}, "checks.rhymes"),
    ],
)
def test_the_bad_part_of_a_field_is_named(data: dict[str, Any], field: str) -> None:
    assert bad_fields(data) == [field]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nope"},
        {"type": 5},
        {"properties": []},
        {"required": "name"},
        {"$ref": 5},
        {"pattern": "("},
        {"minLength": -1},
        "object",
        [],
        None,
    ],
)
def test_a_schema_that_is_no_schema(schema: object) -> None:
    response_format = {"type": "json_schema", "schema": schema}
    (field,) = bad_fields({**ASKED, "response_format": response_format})
    assert field.startswith("response_format") and field.endswith("schema")


def test_a_missing_schema() -> None:
    (field,) = bad_fields({**ASKED, "response_format": {"type": "json_schema"}})
    assert field.startswith("response_format") and field.endswith("schema")


@pytest.mark.parametrize("required", ["name", [1], 5])
def test_bad_required_keys(required: object) -> None:
    data = {**ASKED, "response_format": {"type": "json_object", "required": required}}
    (field,) = bad_fields(data)
    assert field.startswith("response_format") and "required" in field


def test_every_bad_field_is_named_at_once() -> None:
    wrong = {
        "prompt": 5,
        "messages": 5,
        "system": 5,
        "agent": 5,
        "task": 5,
        "context": 5,
        "choices": 5,
        "response_format": 5,
        "checks": 5,
        "max_reflection_steps": "5",
        "reflection_mode": 5,
        "temperature": "5",
        "max_tokens": "5",
        "samples": "5",
        "seed": "5",
        "confidence_threshold": "5",
        "min_improvement": "5",
        "deadline_ms": "5",
        "model": 5,
        "emit_steps": 5,
        "conversation_id": 5,
    }
    assert sorted(bad_fields(wrong)) == sorted(wrong)


def test_a_missing_prompt_is_named_beside_other_bad_fields() -> None:
    assert set(bad_fields({"temperature": 9})) == {"prompt", "temperature"}


def test_missing_choices_are_named_beside_a_missing_prompt() -> None:
    assert set(bad_fields({"task": "choose"})) == {"prompt", "choices"}


def test_the_refusal_says_each_field_in_its_message() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_request({"prompt": 1, "temperature": "hot"})
    assert "prompt: " in str(refusal.value) and "temperature: " in str(refusal.value)
    assert (refusal.value.status, refusal.value.code) == (200, "invalid_request")


def test_camel_case_means_the_same() -> None:
    snake = {
        "prompt": "x",
        "max_reflection_steps": 2,
        "reflection_mode": "always",
        "max_tokens": 9,
        "confidence_threshold": 0.5,
        "min_improvement": 0.2,
        "deadline_ms": 900,
        "emit_steps": True,
        "conversation_id": "c-1",
        "response_format": {"type": "json_object", "required": ["a"]},
        "checks": {"must_contain": ["a"], "must_not_contain": ["b"], "max_words": 5},
    }
    camel = {
        "prompt": "x",
        "maxReflectionSteps": 2,
        "reflectionMode": "always",
        "maxTokens": 9,
        "confidenceThreshold": 0.5,
        "minImprovement": 0.2,
        "deadlineMs": 900,
        "emitSteps": True,
        "conversationId": "c-1",
        "responseFormat": {"type": "json_object", "required": ["a"]},
        "checks": {"mustContain": ["a"], "mustNotContain": ["b"], "maxWords": 5},
    }
    assert parse_request(camel) == parse_request(snake)
    assert parse_request(camel) != parse_request(ASKED)


@pytest.mark.parametrize("name", ["maxTokens", "deadlineMs", "conversationId", "reflectionMode"])
def test_a_bad_camel_case_field_is_named_as_its_sender_did(name: str) -> None:
    assert bad_fields({**ASKED, name: -1}) == [name]


@pytest.mark.parametrize("name", ["max_steps", "maxSteps"])
@pytest.mark.parametrize(("asked", "taken"), [(-3, 0), (0, 0), (4, 4), (10, 10), (20, MAX_STEPS)])
def test_the_older_name_of_the_steps_is_clamped(name: str, asked: int, taken: int) -> None:
    assert parse_request({**ASKED, name: asked}).max_reflection_steps == taken


def test_the_newer_name_of_the_steps_goes_first() -> None:
    request = parse_request({**ASKED, "max_steps": 9, "max_reflection_steps": 2})
    assert request.max_reflection_steps == 2


def test_choices_are_names_or_objects() -> None:
    request = parse_request(
        {
            **ASKED,
            "choices": [
                "restart",
                {"name": "scale", "description": "Add a replica"},
                {"name": "none", "abstain": True},
            ],
        }
    )
    assert request.kind == "choose"
    assert [choice.name for choice in request.choices] == ["restart", "scale", "none"]
    assert [choice.description for choice in request.choices] == [None, "Add a replica", None]
    assert [choice.abstain for choice in request.choices] == [False, False, True]


@pytest.mark.parametrize(
    "data",
    [
        {**ASKED, "choices": ["a"]},
        {**ASKED, "choices": ["a", "a"]},
        {**ASKED, "choices": ["a", {"name": "a", "description": "other"}]},
        {**ASKED, "task": "choose"},
    ],
)
def test_choices_that_cannot_be_chosen_from(data: dict[str, Any]) -> None:
    assert bad_fields(data) == ["choices"]


@pytest.mark.parametrize("more", [{"choices": ["a", "b"]}, {"task": "choose"}])
def test_an_answer_is_a_choice_or_json(more: dict[str, Any]) -> None:
    for wanted in ({"type": "json_object"}, {"type": "json_schema", "schema": {}}):
        data = {**ASKED, "choices": ["a", "b"], **more, "response_format": wanted}
        with pytest.raises(InvalidRequest, match="response_format: contradicts choices") as refused:
            parse_request(data)
        assert [field.field for field in refused.value.fields] == ["response_format"]
    assert parse_request({**ASKED, **more, "choices": ["a", "b"], "response_format": None}).choices


def test_a_request_needs_something_to_answer() -> None:
    assert bad_fields({}) == ["prompt"]
    assert parse_request({"puzzle": [[0]], "task": "sudoku"}).kind == "sudoku"


def test_messages_end_with_the_question() -> None:
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Why?"},
    ]
    request = parse_request({"messages": turns})
    assert request.question == "Why?"
    assert [message.content for message in request.history] == ["Hi", "Hello"]
    with_prompt = parse_request({"messages": turns[:2], "prompt": "And now?"})
    assert with_prompt.question == "And now?"
    assert [message.content for message in with_prompt.history] == ["Hi", "Hello"]
    assert bad_fields({"messages": turns[:2]}) == ["messages"]


def test_the_agent_attribute_gives_way_to_the_field() -> None:
    assert parse_request(ASKED, agent="oncall").agent == "oncall"
    assert parse_request({**ASKED, "agent": "triage"}, agent="oncall").agent == "triage"


def test_a_schema_is_kept_as_it_came() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    request = parse_request({**ASKED, "response_format": {"type": "json_schema", "schema": schema}})
    assert isinstance(request.response_format, JsonSchemaFormat)
    assert request.response_format.schema_ == schema


@pytest.mark.parametrize("confidence", [math.nan, -0.1, 1.1])
def test_a_response_has_no_impossible_confidence(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        InferenceResponse(
            answer="",
            reflection_steps=0,
            confidence=confidence,
            stop_reason="never",
            duration_ms=1.0,
            tokens_used=0,
            usage=Usage(),
            model_name="m",
            backend="b",
        )


def test_a_request_cannot_be_changed() -> None:
    request = parse_request(ASKED)
    with pytest.raises(ValueError, match="frozen"):
        request.prompt = "other"  # type: ignore[misc]


def test_json_numbers_without_a_fraction_are_temperatures() -> None:
    assert parse_request(json.loads('{"prompt": "x", "temperature": 1}')).temperature == 1.0
