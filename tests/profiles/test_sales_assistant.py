"""Advice on escalated conversations: what a seller's assistant knows without a model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.pipeline.intake import read_request
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.rules import RuleSet

FORM = """Responda com uma análise breve em JSON:
{
    "summary": "Resumo em 1-2 frases",
    "customer_mood": "calmo|frustrado|irritado|ansioso|neutro",
    "urgency": "baixa|média|alta",
    "suggested_action": "Ação para o vendedor",
    "talking_points": ["ponto 1", "ponto 2"],
    "avoid": ["coisa a evitar"]
}"""
OBJECTION = """O cliente levantou esta objeção sobre o produto Bule:
"{said}"

Responda com análise e técnicas em JSON:
{{
    "objection_type": "preço|qualidade|necessidade|timing|confiança|outro",
    "root_cause": "Causa provável",
    "response_options": [
        {{"approach": "técnica", "script": "exemplo"}}
    ]
}}"""


def filled(prompt: str, **data: Any) -> dict[str, Any]:
    found = read_request({"agent": "sales-assistant", "prompt": prompt, **data}, None, SHELF)
    return RuleSet(found.request).values()


SHELF = shipped_profiles()


def test_an_objection_may_stand_in_the_facts() -> None:
    said = {"product": "Bule", "objection": "Será que esse bule é original?"}
    values = filled("Analise a objeção do cliente.", context=said)
    assert values["objection_type"] == "confiança"


@pytest.mark.parametrize(
    ("reason", "feeling", "story", "mood", "urgency", "action"),
    [
        ("complaint", "15.0%", "O sofá veio rasgado.", "frustrado", "alta", "Peça desculpas"),
        ("payment_issue", "35.0%", "Pagou duas vezes.", "ansioso", "alta", "Confira a cobrança"),
        ("high_value", "90.0%", "Quer 30 cadeiras.", "calmo", "alta", "Fale logo com o cliente"),
        ("customer_request", "60.0%", "Pediu uma pessoa.", "neutro", "média", "Assuma a conversa"),
        ("complex_query", "75.0%", "Pergunta de voltagem.", "calmo", "baixa", "Responda com dados"),
    ],
)
def test_the_facts_of_a_conversation_decide(
    reason: str, feeling: str, story: str, mood: str, urgency: str, action: str
) -> None:
    prompt = (
        "Você é um assistente de vendas experiente.\n\nAnalise esta conversa escalada:\n"
        f"- Motivo: {reason}\n- Sentimento do cliente: {feeling} positivo\n"
        f"- Contexto: {story}\n\n{FORM}"
    )
    found = filled(prompt)
    assert (found["summary"], found["customer_mood"], found["urgency"]) == (story, mood, urgency)
    assert found["suggested_action"].startswith(action)
    as_facts = {
        "reason": reason,
        "customer_sentiment": float(feeling.rstrip("%")) / 100,
        "context_summary": story,
    }
    assert filled("Analise a conversa.", context=as_facts) == found
    request = read_request(
        {"agent": "sales-assistant", "prompt": "Analise.", "context": as_facts}, None, SHELF
    ).request
    results = run_checks(checks_of(request), Answer(json.dumps(found)))
    assert [each.name for each in results if not each.passed] == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Achei caro demais", "preço"),
        ("Nunca comprei aqui, não sei se é confiável", "confiança"),
        ("Parece que quebra fácil", "qualidade"),
        ("Já tenho um parecido em casa", "necessidade"),
        ("Vou pensar e depois eu volto", "timing"),
        ("Meu marido não gosta de verde", "outro"),
    ],
)
def test_the_kind_of_an_objection_is_in_the_customer_s_words(said: str, kind: str) -> None:
    found = filled(OBJECTION.format(said=said))
    assert found["objection_type"] == kind
    assert found["root_cause"] and found["response_options"][0]["script"]
    assert "summary" not in found


def test_what_is_not_known_is_the_model_s() -> None:
    assert filled("Como fecho mais vendas?") == {}
