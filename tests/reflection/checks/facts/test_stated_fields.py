"""Fields of JSON answers that the facts decide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.checks.facts.stated_fields import stated_fields
from function.reflection.loop import answer
from tests.scripted import Call, ScriptedModel

TEXT, NUMBER, WHOLE, FLAG = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
LEASES = {
    "leases": [
        {"tenant": "Ames", "since": "2019-04-01", "rent": 980},
        {"tenant": "Boro", "since": "2016-09-15", "rent": 740},
        {"tenant": "Cole", "since": "2021-01-01", "rent": 1100},
    ]
}
LEASE = {"tenant": TEXT, "since": TEXT, "rent": NUMBER}


def asked(prompt: str, context: dict[str, Any], **fields: Any) -> InferenceRequest:
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    form = {"type": "json_schema", "schema": schema}
    data = {"prompt": prompt, "context": context, "response_format": form}
    return InferenceRequest.model_validate(data)


def decided(request: InferenceRequest, tree: Any = None) -> dict[str, Any]:
    found = stated_fields(request)
    return {} if found is None else found.values({} if tree is None else tree)


@pytest.mark.parametrize(
    ("prompt", "context", "fields", "values"),
    [
        (
            "Give me the oldest lease as JSON.",
            LEASES,
            LEASE,
            {"tenant": "Boro", "since": "2016-09-15", "rent": 740},
        ),
        ("Describe the lease of Cole.", LEASES, {"tenant": TEXT, "rent": NUMBER},
         {"tenant": "Cole", "rent": 1100}),
        (
            "Qual lote vence primeiro?",
            {"lotes": [{"lote": "L-9", "validade": "2026-12-20", "caixas": 14},
                       {"lote": "L-11", "validade": "2026-12-02", "caixas": 3}]},
            {"lote": TEXT, "caixas": WHOLE},
            {"lote": "L-11", "caixas": 3},
        ),
        (
            "Return the cheapest offer.",
            {"offers": [{"firm": "Nord", "total": 910, "weeks": 2},
                        {"firm": "Sund", "total": 870, "weeks": 5}]},
            {"firm": TEXT, "total": NUMBER},
            {"firm": "Sund", "total": 870},
        ),
        (
            "Which truck carries the most?",
            {"trucks": [{"id": "V1", "tonnes": 7.5}, {"id": "V2", "tonnes": 12}]},
            {"truck": TEXT, "tonnes": NUMBER},
            {"truck": "V2", "tonnes": 12},
        ),
        ("Is the valve open?", {"valve": {"name": "V3", "open": False}}, {"open": FLAG},
         {"open": False}),
        ("Fill it in.", {"slip": {"gross": "18,420 kg"}}, {"gross": NUMBER}, {"gross": 18420}),
        (
            "Extract the readings.",
            {"note": "Inlet 4.2 bar, outlet 3.9 bar; flow 120 l/min"},
            {"inlet_bar": NUMBER, "outlet_bar": NUMBER, "flow": WHOLE},
            {"inlet_bar": 4.2, "outlet_bar": 3.9, "flow": 120},
        ),
        (
            "Extraia os dados da nota.",
            {"nota": "Total: R$ 1.320,50 - peso 2.300 kg"},
            {"total": NUMBER, "peso_kg": NUMBER},
            {"total": 1320.5, "peso_kg": 2300},
        ),
    ],
)  # fmt: skip
def test_values_of_the_facts(
    prompt: str, context: dict[str, Any], fields: dict[str, Any], values: dict[str, Any]
) -> None:
    assert decided(asked(prompt, context, **fields)) == values


@pytest.mark.parametrize(
    ("prompt", "context", "fields"),
    [
        ("Set the priority to high.", {"ticket": {"priority": "low"}}, {"priority": TEXT}),
        ("Fill in the form.", {"buyer": {"name": "Ida"}, "seller": {"name": "Bo"}},
         {"name": TEXT}),
        ("The cheapest hotel.", {"hotels": [{"name": "A", "price": 80},
                                            {"name": "B", "price": 80}]},
         {"name": TEXT, "price": NUMBER}),
        ("Classify it.", {"mail": {"channel": "letter"}}, {"channel": {"enum": ["a", "b"]}}),
        ("Fill it in.", {"note": "between 3 and 4 bar"}, {"pressure": NUMBER}),
        ("Which lease?", LEASES, LEASE),
        ("What now?", {}, {"open": FLAG}),
        ("Fill it in.", {"tank": {"level": "low"}}, {"level": {"type": ["number", "null"]}}),
        ("Fill it in.", {"tank": {"level": "7" * 400}}, {"level": NUMBER}),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_model(
    prompt: str, context: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert decided(asked(prompt, context, **fields)) == {}


def test_the_fields_of_an_answer_are_those_of_one_record() -> None:
    request = asked("Which lease?", LEASES, **LEASE)
    mixed = {"tenant": "Ames", "since": "2016-09-15", "rent": 980}
    assert decided(request, mixed) == {"tenant": "Ames", "since": "2019-04-01", "rent": 980}
    found = stated_fields(request)
    assert found is not None
    assert found.problem(mixed) == 'by the facts since is "2019-04-01"'
    assert found.problem({**mixed, "since": "2019-04-01"}) == ""
    assert found.problem({**mixed, "tenant": "Dale"}) == ""
    assert found.problem("Ames") == ""


def test_a_number_of_the_question_may_be_the_answer_s() -> None:
    stock = {"stock": [{"item": "blue mug", "quantity": 40}, {"item": "red mug", "quantity": 9}]}
    request = asked("I want 2 of the blue mugs.", stock, item=TEXT, quantity=WHOLE)
    assert decided(request, {"item": "blue mug", "quantity": 2}) == {"item": "blue mug"}


def test_a_profile_that_fills_a_field_in_decides_alone() -> None:
    request = asked("Is the valve open?", {"valve": {"open": False}}, open=FLAG)
    filled = request.model_validate(
        {
            **request.model_dump(exclude_unset=True, by_alias=True),
            "fill": [{"field": "open", "value": "true"}],
        }
    )
    assert decided(request) == {"open": False}
    assert decided(filled) == {}


def test_a_wrong_record_is_a_failed_check() -> None:
    request = asked("Give me the oldest lease.", LEASES, **LEASE)
    wrong = Answer(json.dumps({"tenant": "Ames", "since": "2019-04-01", "rent": 980}))
    (failed,) = run_checks(always_checks(request), wrong)
    assert (failed.name, failed.passed) == ("stated_fields", False)
    assert (
        failed.reason == 'by the facts tenant is "Boro" and since is "2016-09-15" and rent is 740'
    )


def test_what_no_step_repairs_the_facts_repair() -> None:
    def say(call: Call) -> str:
        return json.dumps({"tenant": "Cole", "since": "2019-04-01", "rent": 1100})

    request = asked("Give me the oldest lease.", LEASES, **LEASE)
    outcome = answer(request, ScriptedModel(say=say), NO_DEADLINE, 1)
    assert outcome.data == {"tenant": "Boro", "since": "2016-09-15", "rent": 740}
    assert outcome.filled_fields == ["tenant", "since", "rent"]
    assert all(check.passed for check in outcome.checks)
