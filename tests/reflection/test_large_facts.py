"""Requests near the size limit: comparing an answer with their facts ends at the deadline."""

from __future__ import annotations

import time
from typing import Any

import pytest

from function.contract import parse_request
from function.deadline import Deadline
from function.reflection.checks.checks import TOO_MUCH_TO_READ
from function.reflection.loop import answer
from tests.scripted import ScriptedModel
from tests.timing import timed

SECONDS = 1.0
GRACE = 1.0
"""Of this thread's processor time, which a shared core doubles; what is being read at the deadline
is read to its end."""
BYTES = 900_000
TEXTS = {
    "numbers": "12.5 31, 4.080 ",
    "units": "95% of 3.2ms and 7 GiB ",
    "ligatures": "\ufdfa ",
    "names": "Loki-Ingester PostgreSQL ",
    "dishes": "Gluten free pasta with cream ",
}
CHECKS: dict[str, Any] = {
    "grounded_numbers": True,
    "grounded_names": True,
    "copied_fields": ["dish"],
    "allowed_items": {"items": "facts", "fields": ["dish"], "avoid": ["diet"]},
}
FORMAT = {
    "type": "json_schema",
    "schema": {"type": "object", "properties": {"dish": {"type": "string"}}},
}


@timed
@pytest.mark.parametrize("text", TEXTS)
def test_large_facts_end_within_the_deadline(text: str) -> None:
    unit = TEXTS[text]
    line = unit * (40 // len(unit) + 1)
    facts = [f"{line}{number}" for number in range(BYTES // len(f"{line}99999".encode()))]
    request = parse_request({
        "prompt": "Which one?",
        "context": {"facts": facts, "diet": ["gluten"]},
        "checks": CHECKS,
        "response_format": FORMAT,
        "max_reflection_steps": 0,
        "rules": [{"expression": "size(answer.dish) > 0", "message": "name a dish"}],
        "fill": [{"field": "dish", "value": "context.facts[0]"}],
    })  # fmt: skip
    started = time.thread_time()
    outcome = answer(
        request,
        ScriptedModel(texts=['{"dish": "soup"}']),
        Deadline.after(SECONDS, clock=time.thread_time),
        seed=1,
    )
    assert time.thread_time() - started < SECONDS + GRACE
    assert outcome.answer


def test_a_check_without_time_to_read_the_facts_fails() -> None:
    clock = iter(range(10_000))
    request = parse_request({
        "prompt": "How many?",
        "context": {"pods": list(range(50))},
        "checks": {"grounded_numbers": True},
        "max_reflection_steps": 0,
    })  # fmt: skip
    outcome = answer(
        request, ScriptedModel(texts=["There are 3."]), Deadline(300.0, lambda: next(clock)), seed=1
    )
    assert outcome.answer == "There are 3."
    assert [result.reason for result in outcome.checks] == [TOO_MUCH_TO_READ]
    assert outcome.confidence.value == 0
