"""Questions of what the assistant is and does are answered by its instructions."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

CLINIC = """You are Tilda, the front desk of an animal clinic. Be brief.

What you do:
- Book visits
- Explain vaccines (dogs and cats)
- Be kind
"""
BIBLIOTECA = """Você é o atendente da Biblioteca Sol.
Tarefas:
- Informar horários
- Renovar empréstimos
- Seja gentil"""


def demand(question: str, system: str) -> Expected | None:
    found = expected_of(parse_request({"prompt": question, "system": system}))
    return found if found is not None and found.check == "purpose" else None


@pytest.mark.parametrize(
    ("question", "system", "stated"),
    [
        ("Hi! What can you help me with?", CLINIC, "I can book visits and explain vaccines."),
        ("hello, who am I talking to?", CLINIC, "I am Tilda, the front desk of an animal clinic."),
        (
            "Oi! Em que você pode me ajudar?",
            BIBLIOTECA,
            "Posso informar horários e renovar empréstimos.",
        ),
        ("Quem é você?", BIBLIOTECA, "Sou o atendente da Biblioteca Sol."),
        (
            "What do you do?",
            "You help the members of a gym with classes. Your answers are short.",
            "I help the members of a gym with classes.",
        ),
        (
            "How can you help?",
            "Topics: billing, delivery, returns",
            "I can help with billing, delivery and returns.",
        ),
        ("What can you do about the noise in the ward?", CLINIC, None),
        ("Can you help me move a visit to Friday?", CLINIC, None),
        ("Who are you?", BIBLIOTECA, None),  # in another language than the question
        ("What can you do?", "Answer in one sentence.", None),
    ],
)
def test_what_the_instructions_say(question: str, system: str, stated: str | None) -> None:
    found = demand(question, system)
    assert (found.stated if found is not None else None) == stated
    assert found is None or found.is_met(found.stated)


def test_an_answer_of_its_own_words_is_right_and_one_about_nothing_is_not() -> None:
    found = demand("What can you do?", CLINIC)
    assert found is not None
    assert found.is_met("Happy to help! I book visits and tell you about vaccines.")
    assert not found.is_met("You book visits and explain vaccines.")
    assert not found.is_met("I like long walks.")


def test_who_it_is_has_the_name_in_it() -> None:
    found = demand("Who are you?", CLINIC)
    assert found is not None
    assert found.is_met("Tilda, at the front desk.")
    assert not found.is_met("I book visits and explain vaccines.")


def test_without_instructions_it_says_what_the_function_does() -> None:
    found = expected_of(parse_request({"prompt": "O que você faz?"}))
    assert found is not None
    assert found.stated == "Respondo perguntas a partir dos fatos que você envia com elas."
    assert found.is_met("Sou um assistente e comparo o que você manda.")
    assert not found.is_met("Tenho todos os dados que você pediu.")
