"""The options that a question about a text names are the choices of the request."""

from __future__ import annotations

from typing import Any

import pytest

from function.pipeline.either_or import options_of
from function.pipeline.intake import take_in

LETTER = "'My parcel never came and nobody answers the phone.'"


@pytest.mark.parametrize(
    ("prompt", "options"),
    [
        (f"Is the tone of this letter calm or angry? {LETTER}", ["calm", "angry"]),
        (f"{LETTER}\n\nIs this a complaint or a change request?", ["complaint", "change request"]),
        (f"Is it praise, criticism or neither? {LETTER}", ["praise", "criticism", "neither"]),
        ("O recado é urgente ou normal?\n\nA bomba parou hoje cedo", ["urgente", "normal"]),
        (f"Classify this letter as praise, question or complaint: {LETTER}",
         ["praise", "question", "complaint"]),
        (f"Label the mail as 'ham' or 'spam'.\n\n{LETTER}", ["ham", "spam"]),
        (f"Classifique o recado como elogio ou queixa: {LETTER}", ["elogio", "queixa"]),
        (f"Classify the sentiment of this letter: {LETTER}", ["positive", "negative", "neutral"]),
        (f"Qual é o sentimento deste recado? {LETTER}", ["positivo", "negativo", "neutro"]),
        (f"Mark the parcel as sent or tell me why: {LETTER}", []),
        (f"Classify this letter: {LETTER}", []),
        (f"Is this letter spam or not? {LETTER}", []),
        (f"Which is better, tea or coffee? {LETTER}", []),
        (f"Is the letter angry or does it ask for something? {LETTER}", []),
        (f"Are there threats or insults in it? {LETTER}", []),
        ("Is the valve open or closed?", []),  # there is nothing to judge
        ("Should I use nginx or caddy?", []),
    ],
)  # fmt: skip
def test_options_are_read_out_of_the_question(prompt: str, options: list[str]) -> None:
    assert options_of({}, prompt) == options


@pytest.mark.parametrize(
    "beside",
    [
        {"context": {"valve": "open"}},
        {"messages": [{"role": "user", "content": "Hello"}]},
        {"response_format": {"type": "json_object"}},
        {"checks": {"must_contain": ["calm"]}},
    ],
)
def test_a_request_that_says_more_is_left_as_it_is(beside: dict[str, Any]) -> None:
    assert options_of(beside, f"Is the tone calm or angry? {LETTER}") == []


def test_the_reply_says_that_they_were_read() -> None:
    found = take_in({"prompt": f"Is the tone calm or angry? {LETTER}"}, None)
    assert found.data["choices"] == ["calm", "angry"]
    assert found.notes == ["the choices were read out of the question: calm, angry"]
