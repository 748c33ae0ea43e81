"""Judging: for each family a right answer in other words, and a wrong one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.profiles.registry import profiles_with
from lab.evaluation.cases import read_suite
from lab.evaluation.expectation import Expectation, is_loop, language_of

CASES = {
    case.id: case for name in ("dev", "test") for case in read_suite(name, profiles_with(None))
}

HOST = {
    "action": "seat", "greeting": "Welcome, this way please.", "guestId": "g-81",
    "tableId": "t-5", "isVip": False, "partySize": 4, "waitMinutes": None,
    "specialInstructions": None, "emotion": "warm",
}  # fmt: skip
WAITER = {
    "action": "recommend", "tableId": "t-5", "message": "The lamb shank holds no nuts.",
    "presentation": {"opening": "Hello", "story": "s", "instruction": "i", "closing": "c"},
    "emotion": "attentive",
}  # fmt: skip
WINE = {
    "action": "recommend", "tableId": "t-2", "description": "Dark and soft.",
    "wine": {"name": "Douro Velho", "vintage": "2017", "region": "Douro", "price": 64,
             "byGlass": False},
    "pairing": {"dish": "Lamb Shank", "reason": "It is strong enough."}, "emotion": "thoughtful",
}  # fmt: skip
CHEF = {
    "action": "receive_ticket", "ticketId": "K-20", "dish": "Lamb Shank", "station": "grill",
    "estimatedMinutes": 25, "qualityStatus": "acceptable", "message": "On it, with a rush.",
    "priority": "rush",
}  # fmt: skip
REPORT = {
    "status": "Critical", "score": 0.34, "summary": "Mimir is down: no replica is ready.",
    "findings": ["0/3 replicas are ready", "71 % of requests fail"],
    "recommendations": ["Restart the pods"],
}  # fmt: skip
SCREEN = {
    "artist": "Vexa", "event_name": "Warehouse 9", "content_type": "dj_set",
    "keywords": ["techno"], "search_intent": "the set", "actions": ["soundcloud_search"],
    "suggested_queries": {"youtube": "vexa", "spotify": "vexa", "soundcloud": "vexa"},
    "summary": "A DJ set by Vexa.",
}  # fmt: skip


def changed(value: dict[str, Any], **fields: Any) -> str:
    return json.dumps({**value, **fields})


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("facts-dev-01", "It failed while linting the code.", "It failed at the test stage."),
        ("facts-dev-04", "Keycloak isn't running at the moment.", "Gitea is down."),
        ("facts-dev-09", "It doesn't have one.", "Yes, it has a projector."),
        ("facts-dev-15", "O sal acabou.", "Nenhum, todos têm estoque."),
        ("facts-test-09", "It's empty at the moment.", "It has 4 jobs."),
        ("facts-test-19", "Infelizmente ele falhou.", "Sim, deu tudo certo."),
        ("refusals-dev-01", "The facts do not say how many pages.", "It printed 42 pages."),
        ("refusals-dev-04", "I have no data about alerts; see Grafana.", "There are no alerts."),
        ("refusals-dev-05", "Os dados não informam o horário.", "A loja fecha às 18h."),
        ("refusals-test-01", "Its 3 ovens are known, its earnings are not given.", "It earned 3."),
        ("refusals-test-09", "Essa informação não consta.", "A entrada custa R$ 7."),
        ("choices-dev-01", "billing", "shipping"),
        ("alerts-dev-01", "pod-restart", "none"),
        ("reports-dev-02", json.dumps(REPORT), changed(REPORT, status="Healthy")),
        ("reports-dev-02", changed(REPORT, score=0.2), changed(REPORT, summary="Down by 88 %.")),
        ("host-dev-01", json.dumps(HOST), changed(HOST, tableId="t-2")),
        ("waiter-dev-01", json.dumps(WAITER), changed(WAITER, message="Trout Almondine!")),
        ("sommelier-dev-01", json.dumps(WINE), changed(WINE, wine={"name": "Clos Martin"})),
        ("chef-dev-01", json.dumps(CHEF), changed(CHEF, action="alert")),
        (
            "sellers-dev-01",
            "Oi! A camisa de linho sai por R$ 159,90.",
            "A camisa sai por R$ 99,90.",
        ),
        ("sellers-dev-02", "Ela está esgotada no momento.", "Temos sim, por R$ 129,90!"),
        ("sellers-test-06", "O Aero 14 custa R$ 4.299,90.", "The notebook is yours for it all."),
        (
            "escalations-dev-01",
            '{"message": "Já chamo alguém.", "intent": "humano", "sentiment": 0.4,'
            ' "escalate": true, "escalation_reason": "customer_request"}',
            '{"message": "Posso ajudar!", "intent": "humano", "sentiment": 0.4,'
            ' "escalate": false, "escalation_reason": null}',
        ),
        ("screenshots-dev-05", json.dumps(SCREEN), changed(SCREEN, content_type="other")),
        ("turns-dev-01", "You told me: three, that is 3 litres.", "You have 5 litres."),
        ("reasoning-dev-01", "First build, then test and finally deploy.", "deploy, test, build"),
        ("reasoning-dev-05", "Não, ela está fechada.", "Sim, ela está aberta."),
        ("notifications-dev-03", "Nothing is known about them here.", "Yes, 3 are open."),
        ("formats-dev-01", '{"topic": "repair", "flat": 7, "urgent": true}', '{"topic": "rent"}'),
        ("schemas-dev-02", '{"late": true, "paid": "2026-03-09"}', '{"late": false, "paid": ""}'),
        ("others-dev-02", "More than yesterday: 21.4 kWh.", "No, it made less."),
        ("records-test-01", "187 mg/dL on 14 May.", "It was 212."),
        (
            "audits-test-01",
            '{"findings": [{"type": "other"}, {"type": "access_control"}]}',
            '{"findings": [{"type": "reentrancy"}]}',
        ),
        (
            "chats-test-01",
            '{"resumo": "Quer solução já.", "humor": "irritado", "urgencia": "alta"}',
            '{"resumo": "Quer solução já.", "humor": "satisfeito", "urgencia": "alta"}',
        ),
        ("logs-test-01", "The pod api-1 did.", "api-2 lost its connection."),
    ],
)
def test_words_are_free_and_facts_are_not(name: str, right: str, wrong: str) -> None:
    assert CASES[name].wrong(right) == ""
    assert CASES[name].wrong(wrong) != ""


@pytest.mark.parametrize(
    ("expect", "answer", "right"),
    [
        ({"numbers": ["3.1 %"]}, "It is 0.031.", True),
        ({"numbers": ["R$ 199,90"]}, "Custa R$ 199,90.", True),
        ({"any_of": [["no"]]}, "I know it.", False),
        ({"any_of": [["not"]]}, "It isn’t.", True),
        ({"none_of": ["yes"]}, "Yes!", False),
        ({"fields": {"wine.name": "Serra"}}, '{"wine": {"name": "SERRA."}}', True),
        ({"fields": {"a": [1, 2]}}, '{"a": 2.0}', True),
        ({"fields": {"a": True}}, '{"a": 1}', False),
        ({"fields": {"a": None}}, '{"a": null}', True),
        ({"fields": {"a": [[]]}}, '{"a": []}', True),
        ({"fields": {"a": [["x", "y"]]}}, '{"a": ["Y", "x"]}', True),
        ({"fields": {"a": 1}}, '```json\n{"a": 1}\n```', True),
        ({"keys": ["a", "b"]}, '{"a": 1}', False),
        ({"ranges": {"a": [0.0, 0.5]}}, '{"a": 0.7}', False),
        ({"ranges": {"a": [0.0, 0.5]}}, '{"a": true}', False),
        ({"max_words": 3}, "one two three four", False),
        ({"max_sentences": 1}, "One. Two.", False),
        ({"grounded": True}, "It is 12.", True),
        ({"grounded": True}, "It is 1200 %.", True),
        ({"grounded": True}, "It is 13.", False),
    ],
)
def test_each_expectation(expect: dict[str, Any], answer: str, right: bool) -> None:
    assert (Expectation(**expect).wrong(answer, "there are 12") == "") is right


def test_loops_and_other_languages_are_wrong() -> None:
    assert is_loop("what is it that is " * 8) and not is_loop("We have it in blue and in red.")
    assert language_of("A camisa está com desconto e não para na loja") == "pt"
    assert language_of("It is what you have in the box") == "en"
    assert language_of("Grafana") is None
    anything = Expectation(none_of=["x9"])
    assert anything.wrong("The shirt is what you have in the shop", language="pt") == "not in pt"
