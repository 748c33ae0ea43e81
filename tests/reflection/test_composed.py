"""Answers that no step repairs: what the facts give stands in for them, and the reply says so."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import InferenceRequest, parse_request
from function.deadline import Deadline
from function.reflection.answer import Outcome
from function.reflection.loop import ReflectionLoop
from tests.scripted import ScriptedModel

ROOMS = {"rooms": {"A": {"seats": 4}, "B": {"seats": 9}}}
STOCK = {"stock": {"screws": 40, "nails": 12}}
RULE = {"expression": "says(answer, '40')", "message": "say how many screws there are"}
FILL = {
    "field": "answer",
    "when": "failed",
    "value": "'There are ' + string(context.stock.screws) + ' screws.'",
}


def asked(**data: Any) -> InferenceRequest:
    return parse_request(
        {"prompt": "Tell me about the screws.", "context": STOCK, "max_reflection_steps": 1, **data}
    )


def run(request: InferenceRequest, *texts: str) -> Outcome:
    return ReflectionLoop(request, ScriptedModel(texts), Deadline.after(60), 1).run()


def failed(outcome: Outcome) -> list[str]:
    return [check.name for check in outcome.checks if not check.passed]


def test_a_text_that_still_fails_gives_way_to_what_the_facts_say() -> None:
    found = run(asked(rules=[RULE], fill=[FILL]), "Many screws.", "Some screws.")
    assert found.answer == "There are 40 screws."
    assert (found.filled_fields, found.withheld) == (["answer"], "Many screws.")
    assert failed(found) == []
    assert found.confidence.value is None
    assert len(found.trace) == 1


@pytest.mark.parametrize("texts", [("40 of them.",), ("Many.", "There are 40 of them.")])
def test_an_answer_that_passes_stays(texts: tuple[str, ...]) -> None:
    found = run(asked(rules=[RULE], fill=[FILL]), *texts)
    assert (found.answer, found.withheld, found.filled_fields) == (texts[-1], None, [])


def test_a_value_that_passes_no_more_checks_is_left_out() -> None:
    fill = {"field": "answer", "when": "failed", "value": "'No idea.'"}
    found = run(asked(rules=[RULE], fill=[fill]), "Many.")
    assert (found.answer, found.withheld) == ("Many.", None)
    assert "rule:1" in failed(found)


def test_fields_of_json_are_composed_and_the_rest_stays() -> None:
    schema = {
        "type": "object",
        "properties": {"part": {"type": "string"}, "note": {"type": "string"}},
        "required": ["part", "note"],
    }
    request = asked(
        response_format={"type": "json_schema", "schema": schema},
        rules=[{"expression": "says(answer.note, '12')", "message": "say how many"}],
        fill=[
            {
                "field": "note",
                "when": "failed",
                "value": "answer.part + ': ' + string(context.stock.nails)",
            }
        ],
    )
    found = run(request, '{"part": "nails", "note": "a few"}')
    assert found.data == {"part": "nails", "note": "nails: 12"}
    assert found.filled_fields == ["note"]
    assert found.withheld == '{"part": "nails", "note": "a few"}'


@pytest.mark.parametrize(
    ("question", "context", "answer"),
    [
        ("How many screws are in stock?", STOCK, "Stock (screws): 40."),
        (
            "Which room has the most seats?",
            {"rooms": {"A": {"seats": 4}, "B": {"seats": 9}}},
            "B (se",
        ),
        ("When was the oven bought?", {"oven": {"colour": "black"}}, "I have no data on that"),
        ("Quando o forno foi comprado?", {"forno": {"cor": "preto"}}, "Isso não consta nos dados"),
    ],
)
def test_a_question_with_one_right_answer_gets_it(
    question: str, context: dict[str, Any], answer: str
) -> None:
    request = asked(prompt=question, context=context)
    found = run(request, "The weather is fine.")
    assert found.answer.startswith(answer)
    assert found.withheld == "The weather is fine."
    assert failed(found) == []


def test_a_choice_is_not_composed_by_a_fill() -> None:
    request = asked(choices=[{"name": "a"}, {"name": "b"}], fill=[FILL], rules=[RULE])
    assert run(request, "neither").withheld is None


def test_what_the_facts_give_stands_in_also_when_the_time_is_over() -> None:
    request = asked(rules=[RULE], fill=[FILL])
    found = ReflectionLoop(request, ScriptedModel(["Many."]), Deadline.after(-1), 1).run()
    assert (found.answer, found.stop_reason) == ("There are 40 screws.", "deadline")


STORE = {"store": {"temperature": 9}}
COLD = "Does the store pass? Its temperature must be between 2 and 6 degrees."


@pytest.mark.parametrize(("temperature", "choice"), [(9, "fail"), (4, "pass")])
def test_a_written_choice_gives_way_to_the_one_that_the_facts_decide(
    temperature: int, choice: str
) -> None:
    request = asked(
        prompt=COLD, context={"store": {"temperature": temperature}}, choices=["pass", "fail"]
    )
    assert run(request, "pass").choice == choice


def test_a_field_that_the_facts_decide_is_filled_in() -> None:
    schema = {
        "type": "object",
        "properties": {"passes": {"type": "boolean"}, "note": {"type": "string"}},
        "required": ["passes", "note"],
    }
    form = {"type": "json_schema", "schema": schema}
    request = asked(prompt=COLD, context=STORE, response_format=form)
    found = run(request, '{"passes": true, "note": "all is well"}')
    assert found.data == {"passes": False, "note": "all is well"}
    assert found.filled_fields == ["passes"]
