"""What a text says to a question about it."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.texts.passages import passage_in
from function.reflection.checks.soundness import Soundness

MAIL = (
    "Hello all, the harbour office moves to pier 9 on 14 June because the roof leaks. "
    "Captain Ruiz hands out the keys, and Lena collects the old ones by Friday noon. "
    "The crane lifted 46 crates and dropped two of them near the slipway. "
    "The kiosk closes at 18:00, the bar later. The tender is not insured."
)
CARTA = (
    "A padaria fechou na terça para a reforma do forno. A confeiteira Nair atende na feira. "
    "O pão de queijo não acabou, e o fermento chega amanhã."
)


def stated(question: str, text: str, form: str = "below") -> str | None:
    data = {
        "below": {"prompt": f"{question}\n\n{text}"},
        "above": {"prompt": f"{text}\n{question}"},
        "context": {"prompt": question, "context": {"mail": text}},
    }[form]
    expected = Soundness(parse_request(data))._expected
    return None if expected is None else f"{expected.check}: {', '.join(expected.values)}"


@pytest.mark.parametrize("form", ["below", "above", "context"])
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("When does the harbour office move?", "14 june"),
        ("Why does the harbour office move?", "the roof leaks"),
        ("To which pier does the office move?", "9"),
        ("Who hands out the keys?", "Captain Ruiz"),
        ("Who collects the old ones?", "Lena"),
        ("How many crates did the crane lift?", "46"),
        ("Where did the crane drop two of them?", "slipway"),
        ("When does the kiosk close?", "18:00"),
        ("Is the tender insured?", "No"),
    ],
)
def test_the_sentence_that_fits_answers(question: str, value: str, form: str) -> None:
    assert stated(question, MAIL, form) == f"asked_text: {value}"


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Por que a padaria fechou?", "a reforma do forno"),
        ("Quem atende na feira?", "Nair"),
        ("Quando a padaria fechou?", "terca"),
        ("O pão de queijo acabou?", "Não"),
        ("Quando o fermento chega?", "amanha"),
    ],
)
def test_in_portuguese(question: str, value: str) -> None:
    assert stated(question, CARTA) == f"asked_text: {value}"


@pytest.mark.parametrize(
    "question",
    [
        "Who repaired the roof?",
        "When does the bar close?",
        "When did the crane arrive?",
        "How many crates are broken?",
        "Why did the crane drop the crates?",
        "Where was the crane built?",
        "Who dropped the keys and why?",
        "Does the office cost more than before?",
        "What is the captain's first name?",
    ],
)
def test_what_the_text_does_not_say_is_not_demanded(question: str) -> None:
    assert stated(question, MAIL) is None


def test_an_answer_needs_the_value_alone() -> None:
    prompt = f"How many crates did the crane lift?\n\n{MAIL}"
    expected = Soundness(parse_request({"prompt": prompt}))._expected
    assert expected is not None and expected.is_met(expected.stated)
    assert expected.is_met("It lifted forty-six crates.") or expected.is_met("46.")
    assert not expected.is_met("It lifted two crates.")
    assert expected.stated.startswith("The crane lifted 46 crates")


@pytest.mark.parametrize(
    "prompt",
    ["Who is late?", "Who is late?\nBus 4", f"Who is it? And why?\n{MAIL}", MAIL, f"{MAIL}\n" * 30],
)
def test_prompts_without_a_text_and_one_question(prompt: str) -> None:
    assert passage_in(prompt) is None
