"""Answers that a question gives or holds itself."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.texts.literal import expected_extract, expected_literal
from function.reflection.checks.soundness import Soundness


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("Say OK", "OK"),
        ("Reply with pong.", "pong"),
        ("Please respond with exactly the word lighthouse", "lighthouse"),
        ('Answer only with "all good here".', "all good here"),
        ("Repeat: 'abc 123'", "abc 123"),
        ("Reply with only the word pier", "pier"),
        ("Answer with exactly one word: capstan", "capstan"),
        ("Only reply OK.", "OK"),
        ("Responda apenas com a palavra farol.", "farol"),
    ],
)
def test_an_answer_that_is_given(order: str, answer: str) -> None:
    found = Soundness(parse_request({"prompt": order}))._expected
    assert found is not None and found.stated == answer
    assert found.is_met(f"{answer.upper()}.") and not found.is_met(f"I say {answer}.")
    assert not found.is_met("I cannot see that.")


@pytest.mark.parametrize(
    "order",
    [
        "Say something",
        "Reply with JSON",
        "Answer yes or no",
        "Respond with 'yes' or 'no'",
        "Say hello to Ana",
        "Answer with the word yes or no",
        "Reply in English.",
    ],
)
def test_orders_that_give_no_answer(order: str) -> None:
    assert expected_literal(Question(order)) is None


def found_in(order: str, context: dict[str, Any] | None = None) -> Expected | None:
    return expected_extract(Question(order), context or {})


def test_what_has_a_form_is_found_in_a_text() -> None:
    mail = found_in("Extract the e-mail addresses from: ask ines@quay.example or ops@quay.example!")
    assert mail is not None and mail.stated == "ines@quay.example and ops@quay.example"
    assert not mail.is_met("The address is ines@quay.example.")
    links = found_in("List all links in this text:\nSee https://wiki.example/a(b).\nOr none.")
    assert links is not None and links.values == ("https://wiki.example/a(b",)
    hosts = found_in("Get the IP", {"line": "refused by 10.4.0.9 (v1.2.3.4.5)"})
    assert hosts is not None and hosts.values == ("10.4.0.9",)
    assert found_in("Extraia o e-mail de: fale com rui@cais.example") is not None


def test_nothing_is_demanded_where_a_text_has_none_or_more_is_asked() -> None:
    assert found_in("Extract the e-mail from: call me") is None
    assert found_in("Extract the e-mail and the name from: rui@cais.example") is None
    assert found_in("Write an e-mail to rui@cais.example") is None
