"""Anthropic's messages API: what is its alone."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from function.backends.base import Turn
from function.backends.hosted.anthropic import AnthropicModel, closed_schema
from function.backends.hosted.client import Network
from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable, PromptTooLong
from tests.backends.servers import APIS, KEY, Server, answer, anthropic_answer, generate

ANTHROPIC = next(api for api in APIS if api.name == "anthropic")
AGE = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def hello(request: httpx.Request) -> httpx.Response:
    return answer(*anthropic_answer("Hello"))


def test_what_is_asked() -> None:
    server = Server(ANTHROPIC, [hello])
    model = server.open()
    turns = [
        Turn("system", "Be kind."),
        Turn("user", "Hi"),
        Turn("assistant", "Hello"),
        Turn("system", "Be brief."),
        Turn("user", "Bye"),
    ]
    model.generate(
        turns, max_tokens=64, temperature=1.4, seed=7, deadline=Deadline.after(5), schema=AGE
    )
    request = server.requests[-1]
    assert str(request.url) == "https://api.anthropic.com/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert server.sent == {
        "model": "claude-haiku-4-5",
        "system": "Be kind.\n\nBe brief.",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "Bye"},
        ],
        "max_tokens": 64,
        "temperature": 1.0,
        "stream": True,
        "output_config": {
            "format": {"type": "json_schema", "schema": {**AGE, "additionalProperties": False}}
        },
    }
    assert model.window == 200_000
    model.close()


def test_a_model_that_takes_no_temperature_is_asked_without() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if "temperature" in json.loads(request.content):
            error = {
                "type": "invalid_request_error",
                "message": "`temperature` is deprecated for this model.",
            }
            return httpx.Response(400, json={"type": "error", "error": error})
        return hello(request)

    server = Server(ANTHROPIC, [respond])
    model = server.open()
    assert [generate(model).text, generate(model).text] == ["Hello", "Hello"]
    assert len(server.requests) == 3
    model.close()


def test_a_model_that_declines() -> None:
    server = Server(ANTHROPIC, [lambda r: answer(*anthropic_answer("I", finish="refusal"))])
    model = server.open()
    with pytest.raises(ModelRefused, match="declined"):
        generate(model)
    model.close()


@pytest.mark.parametrize(
    ("kind", "message", "raised", "cause"),
    [
        ("overloaded_error", "Overloaded", ModelUnavailable, "status 529"),
        ("rate_limit_error", "slow down", ModelUnavailable, "status 429"),
        ("api_error", "bug", ModelUnavailable, "status 500"),
        ("invalid_request_error", "bad", ModelRefused, None),
        ("invalid_request_error", "prompt is too long: 3 > 2", PromptTooLong, None),
    ],
)
def test_an_error_inside_the_answer(
    kind: str, message: str, raised: type[Exception], cause: str | None
) -> None:
    error = {"type": "error", "error": {"type": kind, "message": message}}
    line = f"event: error\ndata: {json.dumps(error)}\n\n".encode()
    server = Server(ANTHROPIC, [lambda request: answer(*anthropic_answer("a")[:4], line)])
    model = server.open()
    with pytest.raises((ModelRefused, ModelUnavailable)) as failure:
        generate(model)
    assert type(failure.value) is raised
    assert getattr(failure.value, "cause", None) == cause
    model.close()


def test_thoughts_are_no_part_of_the_answer() -> None:
    thought = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "thinking_delta", "thinking": "hm"},
    }
    later = {"type": "an_event_of_tomorrow"}
    lines = [f"data: {json.dumps(event)}\n\n".encode() for event in (thought, later)]
    whole = anthropic_answer("Hello")
    server = Server(ANTHROPIC, [lambda request: answer(whole[0], *lines, *whole[1:])])
    model = server.open()
    assert generate(model).text == "Hello"
    model.close()


def test_a_model_that_is_unknown() -> None:
    refusal = httpx.Response(404, json={"type": "error", "error": {"type": "not_found_error"}})
    network = Network(httpx.MockTransport(lambda request: refusal))
    with pytest.raises(ModelUnavailable) as failure:
        AnthropicModel("claude-0", KEY, window=4_096, network=network)
    assert failure.value.cause == "status 404"


TEXT = {"type": "string"}
CLOSED_AGE = {**AGE, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (AGE, CLOSED_AGE),
        ({**AGE, "additionalProperties": False}, CLOSED_AGE),
        ({"type": "string", "minLength": 3, "pattern": "^a"}, TEXT),
        ({"type": "integer", "minimum": 1, "description": "years"},)
        + ({"type": "integer", "description": "years"},),
        ({"enum": ["a", "b"]}, {"enum": ["a", "b"]}),
        ({"type": "array", "items": AGE, "maxItems": 3}, {"type": "array", "items": CLOSED_AGE}),
        ({"oneOf": [AGE, TEXT]}, {"anyOf": [CLOSED_AGE, TEXT]}),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": AGE}},
            {"$ref": "#/$defs/a", "$defs": {"a": CLOSED_AGE}},
        ),
        (
            {"type": "object", "properties": {"who": AGE}, "required": []},
            {
                "type": "object",
                "properties": {"who": CLOSED_AGE},
                "required": [],
                "additionalProperties": False,
            },
        ),
    ],
)
def test_a_schema_is_closed(schema: dict[str, Any], closed: dict[str, Any]) -> None:
    before = json.dumps(schema)
    assert closed_schema(schema) == closed
    assert json.dumps(schema) == before


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"type": "object"},
        {**AGE, "additionalProperties": True},
        {**AGE, "additionalProperties": TEXT},
        {**AGE, "required": ["age", "name"]},
        {"type": "object", "properties": {"anything": {}}},
        {"type": "array", "items": {"type": "object"}},
        {"type": "object", "properties": {"a": True}},
        {"properties": 5},
        {"description": "anything"},
    ],
)
def test_a_schema_that_is_open_is_not_sent(schema: Any) -> None:
    assert closed_schema(schema) is None


def test_an_open_schema_leaves_the_answer_to_the_checks() -> None:
    server = Server(ANTHROPIC, [hello])
    model = server.open()
    open_schema = {"type": "object", "properties": {"a": {}}, "required": ["a"]}
    said = generate(model, schema=open_schema)
    assert "output_config" not in server.sent
    assert said.schema_notes == ("schema: checked after decoding, Anthropic cannot use it",)
    model.close()


def test_keywords_that_are_left_out_are_named() -> None:
    server = Server(ANTHROPIC, [hello])
    model = server.open()
    shape = {"type": "object", "properties": {"a": {"type": "integer", "maximum": 3}}}
    said = generate(model, schema={**shape, "required": ["a"], "additionalProperties": False})
    assert "output_config" in server.sent
    assert said.schema_notes == ("maximum: checked after decoding, not enforced by it",)
    model.close()
