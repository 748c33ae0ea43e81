"""Checks of every answer: what no answer may be."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.checks.facts.verify import expected_of
from function.reflection.checks.soundness import Soundness, is_loop
from function.reflection.text.words import language_of
from tests.timing import timed


def failed(answer: str, **data: Any) -> set[str]:
    request = parse_request({"prompt": "Which service fails?", **data})
    return {
        check.name
        for check in run_checks(always_checks(request), Answer(answer))
        if not check.passed
    }


JSON = {"response_format": {"type": "json_object"}}


@pytest.mark.parametrize(
    "answer",
    [
        "the same again " * 8,
        "no no no no no no no no no no no no no no",
        "It is down.\n\n" * 6,
        "1, 2, 3, " + "4, " * 30,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "." * 60,
        "a b c d e f g h " * 4,
        " ".join(f"table-{number:02}:" for number in range(1, 17)),
    ],
)
def test_loops(answer: str) -> None:
    assert is_loop(answer)
    assert "no_repetition" in failed(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "loki",
        "Loki fails since 10:05. Its error rate is 3.1 %, that of Tempo is 0.2 %.",
        "- web: ready\n- api: ready\n- db: not ready\n- queue: ready",
        "Very, very, very good.",
        "1.000.000.000",
        "First start db, then start api, then start web, then start the rest of them.",
        "=" * 20,
        "The free tables are " + ", ".join(f"table-{number}" for number in range(1, 8)) + ".",
        "Values: " + ", ".join(str(number) for number in range(40)),
    ],
)
def test_ordinary_texts_are_no_loops(answer: str) -> None:
    assert not is_loop(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "We have all of it in blue here. Do you want it? We have all of it in blue here.",
        "E essa bolsa é bonita.\n\nE essa bolsa é bonita.\n\nE essa bolsa é bonita.",
    ],
)
def test_sentences_that_stand_again(answer: str) -> None:
    assert "no_repetition" in failed(answer)


def test_short_sentences_may_stand_twice() -> None:
    assert failed("It is up. Loki: it is up. It is up.") == set()


def test_fields_that_say_the_same() -> None:
    same = {"a": "All is well here", "b": "All is well here", "c": ["All is well here."]}
    assert "no_repetition" in failed(json.dumps(same), **JSON)
    assert failed(json.dumps({"a": "x-1", "b": "all is well", "c": "x-1"}), **JSON) == set()


def test_fields_that_must_be_copied_may_say_the_same() -> None:
    same = json.dumps({"artist": "Ada Quill", "a": "Ada Quill", "b": "Ada Quill"})
    assert "no_repetition" in failed(same, **JSON)
    assert failed(same, checks={"copied_fields": ["artist", "a", "b"]}, **JSON) == set()


@pytest.mark.parametrize(
    ("prompt", "answer", "wrong"),
    [
        ("Oi! Preciso de uma luz para a mesa.", "Oi! Preciso de uma luz para a mesa.", True),
        ("I was charged twice. I want to speak to you!", "I want to speak to you.", True),
        ("I was charged twice.", "I see that you were charged twice.", False),
        ("Say: ready.", "Ready.", False),
    ],
)
def test_what_was_said_given_back(prompt: str, answer: str, wrong: bool) -> None:
    assert ("no_echo" in failed(answer, prompt=prompt)) is wrong


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("Build.stage: lint\n\nThe build failed there.", True),
        ("  build.stage: lint", True),
        ("build.owner: nobody knows", False),
        ("db.example.org: it does not answer.", False),
        ("The field build.stage: lint says so.", False),
    ],
)
def test_fields_of_the_context_given_back(answer: str, wrong: bool) -> None:
    context = {"build": {"id": 4417, "stage": "lint"}}
    found = failed(answer, prompt="Where does it fail?", context=context)
    assert ("no_echo" in found) is wrong


def test_echoes() -> None:
    question = "Which of the services in the list would fail most often?"
    system = "You are the assistant of a bakery. Answer with one word."
    assert failed(question, prompt=question) >= {"no_echo"}
    assert "no_echo" in failed(f"Sure.\n{system}", prompt="Hello there", system=system)
    assert "no_echo" in failed("- loki.error rate: 3.1 %", prompt="Which?")
    assert failed("The oven fails most often.", prompt=question) == set()
    assert "no_echo" not in failed(question, prompt=question, checks={"must_contain": ["fails"]})


@pytest.mark.parametrize(
    ("prompt", "answer", "wrong"),
    [
        ("Qual é o preço do vestido que está na loja?", "The price of the dress is on it.", True),
        (
            "What is the price of the dress in the shop?",
            "O preço do vestido não está na loja",
            True,
        ),
        ("Qual é o preço do vestido que está na loja?", "O vestido da loja está por R$ 9.", False),
        ("What is the price of the dress in the shop?", "Vestido Midi Floral", False),
        ("Vestido?", "The price of the dress is on it.", False),
        ("Wie ist der Status der Dienste und was ist zu tun?", "Es ist nicht zu tun.", False),
    ],
)
def test_the_language_of_the_question(prompt: str, answer: str, wrong: bool) -> None:
    assert ("question_language" in failed(answer, prompt=prompt)) is wrong


def test_another_language_that_was_asked_for() -> None:
    prompt = "What is the price of the dress in the shop?"
    checks = {"language": "pt"}
    assert failed("O preço do vestido não está na loja", prompt=prompt, checks=checks) == set()


@pytest.mark.parametrize(
    ("prompt", "answer", "wrong"),
    [
        ("Which alerts are active?", "Yes, there are active alerts.", True),
        ("Quais alertas estão ativos?", "Sim, existem alertas ativos.", True),
        ("Which alerts are active?", "PodDown is active.", False),
        ("How many alerts are active?", "3", False),
        ("Are there active alerts?", "Yes, there are active alerts.", False),
    ],
)
def test_saying_nothing(prompt: str, answer: str, wrong: bool) -> None:
    assert ("says_something" in failed(answer, prompt=prompt)) is wrong


def test_placeholders() -> None:
    assert "no_placeholders" in failed("Dear [Your Name], welcome.")
    assert "no_placeholders" in failed("Welcome to [table-name]!")
    assert "no_placeholders" in failed(json.dumps({"a": "..."}), **JSON)
    template = 'Answer: {"summary": "a short summary of it", "ids": ["the ids", "as texts"]}'
    copied = json.dumps({"summary": "A short summary of it"})
    assert "no_placeholders" in failed(copied, prompt=template, **JSON)
    assert (
        failed(json.dumps({"summary": "Loki is down since noon"}), prompt=template, **JSON) == set()
    )
    assert failed("See [the docs](https://a.b) and <b>this</b>.", prompt="Where is it?") == set()


def test_one_that_passes_is_not_reported() -> None:
    request = parse_request({"prompt": "Which service fails?"})
    assert run_checks(always_checks(request), Answer("loki")) == []


@timed
@pytest.mark.parametrize(
    "unit",
    ["a ", "ab", "1, ", "é", "\n", "[your ", "<name", "{{", "- a.b: c\n", '{"a":"b"},', "重"],
)
def test_time_grows_with_the_length(unit: str) -> None:
    def seconds(length: int) -> float:
        answer = f"x{unit * (length // len(unit))}y"
        best = 1e9
        for _ in range(3):
            started = time.thread_time()
            failed(answer)
            best = min(best, time.thread_time() - started)
        return best

    assert seconds(80_000) < max(3.5 * seconds(40_000), 0.3)


def test_languages() -> None:
    assert language_of("pod-restart web-1") is None
    assert language_of("Which of the services is down?") == "en"


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Hello World", "Hello! How can I help?"),
        ("hi", "Hello! How can I help?"),
        ("Good morning!", "Hello! How can I help?"),
        ("Bom dia", "Olá! Como posso ajudar?"),
        ("Olá, tudo bem?", "Olá! Como posso ajudar?"),
    ],
)
def test_a_greeting_gets_a_short_greeting(prompt: str, answer: str) -> None:
    request = parse_request({"prompt": prompt})
    found, sound = expected_of(request), Soundness(request)
    assert found is not None and found.stated == answer
    greets = sound.checks["greeting"]
    assert not greets(Answer(answer)) and not greets(Answer("Good evening, what can I do?"))
    assert greets(Answer("World records are kept in a book.")) and greets(Answer("hello " * 40))


@pytest.mark.parametrize("prompt", ["Hello World in Python", "Hi, which pod is down?", "x", "help"])
def test_what_asks_for_more_than_a_greeting_wants_none(prompt: str) -> None:
    assert "greeting" not in Soundness(parse_request({"prompt": prompt})).checks


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Ana Barros 12, Rui Melo 9. Who won?", "Ana Barros."),
        ("Ana Barros fez 12 pontos, Rui Melo fez 9.\nQuem ganhou?", "Ana Barros."),
    ],
)
def test_what_the_prompt_states_may_be_the_answer(prompt: str, text: str) -> None:
    assert not Soundness(parse_request({"prompt": prompt})).checks["says_something"](Answer(text))


def test_an_object_that_nobody_asked_for() -> None:
    answer = '{"commit": "add_test", "severity": "low"}'
    assert "says_something" in failed(answer, prompt="Write a commit message for a new test")
    for asked in ("Write it as JSON", "Return an object", "Which fields has a commit?"):
        assert "says_something" not in failed(answer, prompt=asked), asked
    assert "says_something" not in failed("Use {} for an empty set.", prompt="Write a message")
