"""Questions that refer back to what was said before in the conversation."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

PUMPS = {"pumps": {"upper": "3.4 l/s", "lower": "5.1 l/s"}}
SEASONS = {"visits": {"this_year": {"school": 12, "private": 80}, "last_year": {"school": 9}}}
FERRIES = {
    "ferries": [
        {"name": "Ran", "captain": "Ulf", "deck": 3},
        {"name": "Idun", "captain": "Siv", "deck": 5},
    ]
}
CINEMA = {"salas": {"sexta": "Sala 2", "sábado": "Sala 7", "domingo": "fechado"}}


def demand(
    question: str, turns: list[tuple[str, str]], context: dict[str, Any] | None = None
) -> Expected | None:
    past = [
        {"role": role, "content": text}
        for asked, answered in turns
        for role, text in (("user", asked), ("assistant", answered))
    ]
    return expected_of(
        parse_request({"prompt": question, "messages": past, "context": context or {}})
    )


UPPER = [("How much does the upper pump move?", "The upper pump moves 3.4 l/s.")]
YEAR = [("How many school visits were there this year?", "There were 12 this year.")]
RAN = [("Who is the captain of the Ran?", "Ulf is the captain of the Ran.")]
DECK = [("Which ferry has deck 5?", "That is the Idun.")]
FRIDAY = [("Em que sala é o filme na sexta?", "Na sexta é na Sala 2.")]


@pytest.mark.parametrize(
    ("question", "turns", "context", "value"),
    [
        ("and the lower one?", UPPER, PUMPS, "5.1 l/s"),
        ("And the other one?", UPPER, PUMPS, "5.1 l/s"),
        ("what about last year?", YEAR, SEASONS, "9"),
        ("And the Idun?", RAN, FERRIES, "Siv"),
        ("who is its captain?", DECK, FERRIES, "Siv"),
        ("E no sábado?", FRIDAY, CINEMA, "Sala 7"),
    ],
)
def test_a_question_that_refers_back_is_completed(
    question: str, turns: list[tuple[str, str]], context: dict[str, Any], value: str
) -> None:
    found = demand(question, turns, context)
    assert found is not None and found.values == (value,)


@pytest.mark.parametrize(
    ("question", "turns", "context"),
    [
        ("And on which deck is the bar?", RAN, FERRIES),  # asks for something of its own
        ("And the middle one?", UPPER, PUMPS),
        ("And the other one?", FRIDAY, CINEMA),  # of two others
        ("Thanks, and the weather?", RAN, FERRIES),
        ("who is its captain?", [("Are Ran and Idun in?", "Ran and Idun are in.")], FERRIES),
    ],
)
def test_where_nothing_plain_is_referred_to_it_is_silent(
    question: str, turns: list[tuple[str, str]], context: dict[str, Any]
) -> None:
    found = demand(question, turns, context)
    assert found is None or found.check == "untold", found.stated


@pytest.mark.parametrize(
    ("question", "told", "value"),
    [
        ("What is my name, please?", "Good day, this is Ola Berg from Kaupang.", "Ola Berg"),
        ("Which cabin did I say?", "We have cabin 412 and a dog.", "412"),
        ("Qual é o meu nome?", "Meu nome é Iara Prado.", "Iara Prado"),
        ("What is the number of my booking again?", "My booking 7702 is late, in cabin 4.", "7702"),
        ("How many did I say are ill?", "We are twelve, three of us are ill.", "3"),
        ("What day did I say we sail?", "We sail on Friday with two dogs.", "Friday"),
        ("What day did I say we return?", "We sail on Friday with two dogs.", None),
        ("Which cabin did I say?", "We are in cabin 412, no, cabin 421.", None),
        ("Which deck did I say?", "We have cabin 412.", None),
        ("How many dogs do I have?", "We have cabin 412 and a dog.", None),
    ],
)
def test_what_the_sender_told_of_himself(question: str, told: str, value: str | None) -> None:
    found = demand(question, [(told, "Noted.")])
    assert (None if found is None else found.values) == (None if value is None else (value,))


@pytest.mark.parametrize(
    ("question", "told", "value"),
    [
        ("What did I say my boat is?", "I sail a Nordic Folkboat as boat.", "Nordic Folkboat"),
        ("Which colour did I say my kite is?", "My kite is pale blue.", "pale blue"),
        ("Qual é o nome da minha gata?", "Minha gata se chama Nuvem.", "Nuvem"),
    ],
)  # fmt: skip
def test_what_the_sender_told_of_his_things(question: str, told: str, value: str) -> None:
    found = demand(question, [(told, "Nice.")])
    assert found is not None and found.values == (value,)


@pytest.mark.parametrize("question", ["Is my kite fine?", "What is wrong with my kite?"])
def test_what_the_sender_did_not_tell(question: str) -> None:
    assert demand(question, [("My kite is pale blue.", "Nice.")]) is None
