"""Messages that are nothing but a greeting or thanks."""

from __future__ import annotations

import pytest

from function.reflection.checks.facts.texts.greeting import expected_greeting


@pytest.mark.parametrize(
    "message",
    [
        "Thanks a lot, that fixed it!",
        "great, thank you so much",
        "Valeu, deu certo!",
        "obrigada :)",
        "Thanks, that was really helpful!",
        "Thank you for the clear explanation.",
        "Valeu pela dica, vou testar mais tarde!",
    ],
)
def test_thanks_are_accepted(message: str) -> None:
    found = expected_greeting(message)
    assert found is not None and found.is_met(found.stated)
    assert found.is_met("You are welcome!") and found.is_met("De nada, disponha.")
    assert not found.is_met("I have no data about that here.")


@pytest.mark.parametrize(
    "message",
    [
        "Thanks, and how do I close it?",
        "thanks but it is still slow",
        "Obrigado, quero mais um",
        "Thank you for the 3 tickets",
        "thanks, send the invoice please",
        "It works now.",
        "List the large ones. Thanks.",
        "thanks. And the weight",
        "Thanks for the fix, the pump still leaks",
        "Thank you for nothing",
    ],
)
def test_what_wants_more_than_to_thank(message: str) -> None:
    assert expected_greeting(message) is None


def test_the_language_of_the_thanks() -> None:
    english, portuguese = expected_greeting("Thanks!"), expected_greeting("Obrigado!")
    assert english is not None and english.stated.startswith("You")
    assert portuguese is not None and portuguese.stated.startswith("De nada")


def test_a_greeting_is_returned_and_not_quoted() -> None:
    found = expected_greeting("Hello World")
    assert found is not None and found.is_met(found.stated)
    assert not found.is_met('I have a greeting: "Hello World, how is it today?"')


def test_a_persona_greets_in_its_own_way_and_nobody_else_speaks_of_a_subject() -> None:
    persona = expected_greeting("Hello World", system="You sell shoes.")
    plain = expected_greeting("Hello World")
    assert persona is not None and plain is not None
    for answer in (
        "Well, hi to you too, dear visitor of this page.",
        "Hello! Which size of shoes do you need?",
    ):
        assert persona.is_met(answer) and not plain.is_met(answer), answer
    for answer in ("Hi there! How may I assist you today?", "Olá, em que posso ajudar hoje?"):
        assert persona.is_met(answer) and plain.is_met(answer), answer


@pytest.mark.parametrize(
    "message",
    [
        "Hi, how are you today?",
        "What's up?",
        "ping",
        "Testing 1 2 3",
        "Anybody there?",
        "Oi, tudo bem?",
    ],
)
def test_what_only_tries_whether_somebody_answers(message: str) -> None:
    found = expected_greeting(message)
    assert found is not None and found.is_met(found.stated)
    assert not found.is_met("The order is 1, 2, 3.")
    assert not found.is_met("I cannot see any data for that.")


@pytest.mark.parametrize(("message", "stated"), [("bye!", "Goodbye!"), ("Até mais", "Até logo!")])
def test_a_farewell_is_returned(message: str, stated: str) -> None:
    found = expected_greeting(message)
    assert found is not None and found.stated == stated and found.is_met("Bye, see you!")
    assert not found.is_met("I am sorry, I cannot answer questions about services.")
