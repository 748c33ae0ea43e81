"""Questions of how one's own things are, asked without any facts."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.soundness import Soundness

UNSEEN = [
    "Is Vaultwarden up?",
    "Is the gate of the paddock closed?",
    "Are the lamps in the hall on?",
    "How many volumes are left?",
    "Which replica is down?",
    "Which host has the highest memory usage?",
    "What's the humidity in the greenhouse?",
    "What is the status of ticket QX-4?",
    "What is our error budget?",
    "Where is my invoice?",
    "When was the last release?",
    "Has the migration finished?",
    "Did the build fail?",
    "Why is the registry slow?",
    "Any visitors this morning?",
    "What day is it?",
    "Is it windy?",
    "List the open tickets.",
    "What's in the toolbox?",
    "Who moved the ladder?",
    "Which branch are we building?",
    "Is the kiln still warm?",
    "Can you check if Gitea is up?",
    "Quem levou a chave na garagem?",
    "A janela está fechada?",
    "Quantos chamados estão abertos?",
    "Quem está de plantão hoje?",
    "Minha fatura já chegou?",
]
GENERAL = [
    "What is the capital of Chile?",
    "What is a replica?",
    "Is a whale a fish?",
    "Is Forgejo open source?",
    "How do I see which pods are down?",
    "Which command lists the open ports?",
    "Why do certificates expire?",
    "Should I close the window at night?",
    "How many legs has a beetle?",
    "Who wrote Moby Dick?",
    "When was Rust released?",
    "What does exit status 137 mean?",
    "List three open source databases.",
    "Tell me how trains work.",
    "What are you doing today?",
    "Is Latin dead?",
    "Who invented the zip?",
    "How far is the moon?",
    "What is the greenhouse effect?",
    "Where are the Netherlands?",
    "What happens when a disk is full?",
    "Onde fica o Pantanal?",
    "Por que o gelo flutua?",
]


@pytest.mark.parametrize("question", UNSEEN)
def test_nobody_sees_how_things_are_without_facts(question: str) -> None:
    soundness = Soundness(parse_request({"prompt": question}))
    assert "untold" in soundness.checks, question


@pytest.mark.parametrize("question", GENERAL)
def test_what_may_be_known_without_facts(question: str) -> None:
    assert "untold" not in Soundness(parse_request({"prompt": question})).checks, question


def test_with_instructions_facts_or_turns_others_decide() -> None:
    for beside in (
        {"system": "The gate is always closed."},
        {"context": {"gate": "closed"}},
        {"messages": [{"role": "user", "content": "The gate is closed."},
                      {"role": "assistant", "content": "Noted."},
                      {"role": "user", "content": "Is the gate closed?"}]},
    ):  # fmt: skip
        prompt = {} if "messages" in beside else {"prompt": "Is the gate closed?"}
        expected = Soundness(parse_request({**prompt, **beside}))._expected
        assert expected is None or "no facts came" not in expected.stated


def test_an_answer_says_nothing_but_that_it_cannot_see() -> None:
    expected = Soundness(parse_request({"prompt": "Is the gate closed?"}))._expected
    assert expected is not None and expected.is_met(expected.stated)
    for answer in (
        "I have no data on that.",
        "I'm sorry, I can't access live data.",
        "There is no information about the gate here.",
    ):
        assert expected.is_met(answer), answer
    for answer in (
        "No, the gate is not closed.",
        "Yes, it is.",
        "I have no data on that, but it was closed at noon.",
        "There is one gate: no data.",
        "I do not know: 7 of them were closed.",
    ):
        assert not expected.is_met(answer), answer


def test_the_language_of_the_question() -> None:
    expected = Soundness(parse_request({"prompt": "O portão está trancado?"}))._expected
    assert expected is not None and expected.stated.startswith("Não consigo")
