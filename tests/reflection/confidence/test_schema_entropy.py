"""How much of an answer a schema leaves to the model, and that its confidence knows."""

from __future__ import annotations

import math
from typing import Any

import pytest

from function.contract import parse_request
from function.deadline import Deadline
from function.reflection.answer import Fit
from function.reflection.confidence.signals import FREE_TEXT, openness
from function.reflection.loop import ReflectionLoop
from tests.scripted import ScriptedModel

FREE = math.log2(FREE_TEXT)


@pytest.mark.parametrize(
    ("schema", "bits"),
    [
        ({"const": "x"}, 0),
        ({"enum": ["x"]}, 0),
        ({"enum": ["w", "x", "y", "z"]}, 2),
        ({"type": "boolean"}, 1),
        ({"type": "string", "maxLength": 3}, FREE),
        ({"type": "integer"}, FREE),
        ({}, FREE),
        ({"type": "object", "properties": {}}, 0),
        ({"properties": {"a": {"enum": [1, 2]}, "b": {"type": "boolean"}, "c": {"const": 1}}}, 2),
        ({"type": "array", "items": {"enum": ["x", "y"]}}, 1),
        ({"anyOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"a": {"const": 2}}}]}, 1),
        ({"oneOf": [{"enum": [1, 2, 3, 4]}, {"const": 5}]}, 3),
        ({"properties": {"a": True, "b": False}}, FREE),
    ],
)
def test_bits_are_counted_field_by_field(schema: Any, bits: float) -> None:
    assert openness(schema) == pytest.approx(bits)


@pytest.mark.parametrize("field", [{"const": "Loki"}, {"type": "string"}])
def test_the_confidence_of_json_knows_what_was_left_to_the_model(field: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"name": field}, "required": ["name"]}
    request = parse_request(
        {"prompt": "Which service?", "response_format": {"type": "json_schema", "schema": schema}}
    )
    fit = Fit(weights={"openness": -1.0}, intercept=0.0, cases=9, auroc=0.9, ece=0.1)
    model = ScriptedModel(['{"name": "Loki"}'])
    outcome = ReflectionLoop(request, model, Deadline.after(60), seed=1, fit=fit).run()
    expected = 0.5 if "const" in field else 1 / (1 + math.exp(FREE / 10))
    assert outcome.confidence.value == pytest.approx(expected)
