"""Sommelier and sellers whose request brings no list: nothing is named, promised or priced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE
from function.pipeline.intake import read_request
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, rules_of, run_checks
from function.reflection.checks.json_schema import schema_problem
from function.reflection.drafting import filled_values, schema_for

WINES = [{"name": "Alba Nova", "vintage": 2020, "region": "Dão", "price_bottle": 40}]


def read(agent: str, prompt: str, **data: Any) -> InferenceRequest:
    found = read_request({"agent": agent, "prompt": prompt, **data}, None, shipped_profiles())
    return found.request


@pytest.mark.parametrize(
    ("prompt", "context", "begins"),
    [
        ("A red for the duck, please.", {}, "I do not have the wine list"),
        ("What goes with the cod?", {"tableId": "t1", "dish": "Cod"}, "I do not have"),
        ("Qual vinho combina com o pato?", {"guests": [{"name": "Rui"}]}, "Não tenho aqui a carta"),
    ],
)
def test_without_a_list_no_wine_is_named(prompt: str, context: dict[str, Any], begins: str) -> None:
    request = read("isabella", prompt, context=context)
    values = filled_values(request, rules_of(request))
    assert values["wine"] is None
    assert values["description"].startswith(begins)
    answer = {
        **{"action": "describe", "tableId": values["tableId"], "emotion": "thoughtful"},
        **{"wine": None, "description": values["description"]},
        "pairing": {"dish": None, "reason": values["pairing.reason"]},
    }
    failed = [r for r in run_checks(checks_of(request), Answer(json.dumps(answer))) if not r.passed]
    assert failed == []


@pytest.mark.parametrize(
    ("prompt", "context"),
    [
        ("A red for the duck, please.", {"wines": WINES}),
        ("A red, please. Our wine list: Alba Nova 2020, 40.", {}),
        ("A red, please.", {"wineList": WINES}),
    ],
)
def test_with_a_list_the_wine_is_the_model_s(prompt: str, context: dict[str, Any]) -> None:
    request = read("isabella", prompt, context=context)
    assert "wine" not in filled_values(request, rules_of(request))


def test_of_a_list_a_wine_must_be_named() -> None:
    request = read("isabella", "A red for the duck, please.", context={"wines": WINES})
    schema = schema_for(request, NO_DEADLINE, {})
    assert schema is not None
    assert schema_problem(None, schema["properties"]["wine"])
    assert schema["properties"]["wine"]["properties"]["vintage"] == {"enum": ["2020", None]}
    results = run_checks(checks_of(request), Answer('{"wine": null}'))
    assert "rule:names_a_wine" in {each.name for each in results if not each.passed}


PRODUCTS = {"products": [{"name": "Saia Lua", "price": 90.0, "stock": 2}]}


@pytest.mark.parametrize(
    ("answer", "context", "system", "wrong"),
    [
        ("Oi! Temos sim, a Saia Aurora em três cores.", {}, None, True),
        ("Para você eu recomendo o Vestido Brisa.", {}, None, True),
        ("O Vestido Brisa está disponível no tamanho M.", {}, None, True),
        ("Temos sim! Qual é o seu tamanho, P ou M?", {}, None, False),
        ("Oi! Vou verificar no estoque e já volto com você.", {}, None, False),
        ("Temos que confirmar com a loja, um instante.", {}, None, False),
        ("Temos a Saia Lua por R$ 90,00.", PRODUCTS, None, False),
        ("Temos a Saia Lua.", {}, "Você é Luna. Saia Lua: R$ 90,00.", False),
        ("Temos o seu pedido aqui.", {"order": {"total": 90.0}}, None, False),
    ],
)
def test_without_products_nothing_is_promised(
    answer: str, context: dict[str, Any], system: str | None, wrong: bool
) -> None:
    request = read("luna", "Vocês têm saia?", context=context, system=system)
    results = {each.name: each.passed for each in run_checks(checks_of(request), Answer(answer))}
    assert results["allowed_items"] is not wrong


def test_the_message_of_a_json_answer_promises_nothing_either() -> None:
    form = {"type": "json_object"}
    request = read("luna", "Vocês têm saia?", response_format=form)
    answer = {
        "message": "Temos sim, a Saia Aurora, quer ver?",
        "intent": "compra",
        "escalate": False,
    }
    results = {r.name: r.passed for r in run_checks(checks_of(request), Answer(json.dumps(answer)))}
    assert results["allowed_items"] is False


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("Caneca Azul custa R$ 31,50. Quer ver outras opções?", True),
        ("Caneca Azul: R$ 31,50. Blue mug, nice price!", False),
    ],
)
def test_a_seller_speaks_in_portuguese_sentences(answer: str, passes: bool) -> None:
    goods = [{"name": "Caneca Azul", "price": 31.5}, {"name": "Prato Verde", "price": 20.0}]
    request = read("luna", "Quanto custa a Caneca Azul?", context={"products": goods})
    checks = checks_of(request, NO_DEADLINE, rules_of(request))
    failed = {result.name for result in run_checks(checks, Answer(answer)) if not result.passed}
    assert ("rule:whole_sentences" in failed) is not passes
