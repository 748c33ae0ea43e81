"""An answer: its text, its JSON value, and that it is parsed once."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from function.contract import parse_request
from function.deadline import Deadline
from function.reflection.answer import Answer
from function.reflection.loop import ReflectionLoop
from tests.scripted import ScriptedModel

TEXT = '{"bay": "b1", "note": "Bay b1 holds 50 kg."}'
SCHEMA = {
    "type": "object",
    "properties": {"bay": {"type": "string"}, "note": {"type": "string"}},
    "required": ["bay", "note"],
}


@pytest.mark.parametrize("text", ["{}", ' {"a": [1]}', "[]", "[1]"])
def test_an_object_or_array_is_a_tree(text: str) -> None:
    answer = Answer(text)
    assert answer.tree == answer.value is not None
    assert answer.problem == ""


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("null", None), ('"a"', "a")])
def test_a_scalar_is_a_value_and_no_tree(text: str, value: Any) -> None:
    answer = Answer(text)
    assert (answer.value, answer.tree, answer.problem) == (value, None, "")


@pytest.mark.parametrize("text", ["", "It is b1.", "{", '{"a": NaN}', '{"a": "\ud800"}', "{} {}"])
def test_all_else_has_a_problem_and_no_value(text: str) -> None:
    answer = Answer(text)
    assert (answer.value, answer.tree) == (None, None)
    assert answer.problem


def test_checks_rules_fills_and_confidence_share_one_parse() -> None:
    request = parse_request(
        {
            "prompt": "Which bay?",
            "context": {"bays": [{"id": "b1", "kg": 50}]},
            "response_format": {"type": "json_schema", "schema": SCHEMA},
            "checks": {
                "grounded_numbers": True,
                "grounded_names": True,
                "language": "en",
                "copied_fields": ["bay"],
            },
            "rules": [
                {"expression": "answer.bay == 'b1'", "message": "b1"},
                {"expression": "answer.note != ''", "message": "a note"},
            ],
            "fill": [{"field": "bay", "value": "context.bays[0].id"}],
        }
    )
    loop = ReflectionLoop(request, ScriptedModel([TEXT]), Deadline.after(60), 1)
    parsed: list[bytes] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_name == "strict_json":
            parsed.append(frame.f_locals["body"])

    sys.setprofile(note)
    try:
        outcome = loop.run()
    finally:
        sys.setprofile(None)
    assert (outcome.answer, outcome.filled_fields) == (TEXT, ["bay"])
    assert [check.name for check in outcome.checks if not check.passed] == []
    assert len(outcome.checks) == 7
    assert parsed == [TEXT.encode()]
