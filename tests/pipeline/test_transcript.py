"""Prompts that are whole transcripts become turns; others stay as they are."""

from __future__ import annotations

import pytest

from function.pipeline.transcript import read_transcript


def test_english_with_history() -> None:
    found = read_transcript(
        "System: You help visitors.\n\nRules:\n- Be short\n\n[CONVERSATION HISTORY]\n\n"
        "User: We have two racks.\n\nAssistant: Noted.\n\n[END HISTORY]\n\n"
        "User: How many?\n\nAssistant:"
    )
    assert found is not None
    assert found.system == "You help visitors.\n\nRules:\n- Be short"
    assert found.turns == [("user", "We have two racks."), ("assistant", "Noted.")]
    assert found.question == "How many?"


def test_portuguese() -> None:
    found = read_transcript("Sistema: Você vende livros.\n\nCliente: Tem romance?\n\nVocê:")
    assert found is not None
    assert (found.system, found.question) == ("Você vende livros.", "Tem romance?")


def test_a_heading_above_bullets_of_the_instructions_is_no_speaker() -> None:
    found = read_transcript(
        "Sistema: A loja vende livros.\n\nVocê:\n- É breve\n- Indica um título\n\n"
        "Cliente: Quais tem?\n\nVocê:\n- Dom Casmurro\n\nCliente: Só esse?\n\nVocê:"
    )
    assert found is not None
    assert found.system == "A loja vende livros.\n\nVocê:\n- É breve\n- Indica um título"
    assert found.turns == [("user", "Quais tem?"), ("assistant", "- Dom Casmurro")]
    assert found.question == "Só esse?"


def test_sections_are_facts() -> None:
    found = read_transcript(
        "System: Help.\n[USER CONTEXT]\nPlan: gold\n- Since: 2024\n[END USER CONTEXT]\n"
        "[NOTES - only if asked]\n- the gate is shut\n[END NOTES]\nHuman: Which plan?\nAI:"
    )
    assert found is not None
    assert found.sections == {
        "user_context": {"Plan": "gold", "Since": "2024"},
        "notes": ["the gate is shut"],
    }
    assert found.system == "Help."


def test_a_section_that_is_never_closed_stays_text() -> None:
    found = read_transcript("System: Help.\n[SOME NOTES]\nall the rest\nUser: Why?\nAssistant:")
    assert found is not None
    assert (found.system, found.question) == ("Help.\nall the rest", "Why?")


def test_json_below_a_heading_is_facts_without_an_end() -> None:
    found = read_transcript(
        'System: Help.\n\n[GUEST CONTEXT]\n{"guest": "Ivo", "spa": {"opens": "09:00"}}\n\n'
        "Be kind.\n\nUser: When does it open?\n\nAssistant:"
    )
    assert found is not None
    assert found.sections == {"guest_context": {"guest": "Ivo", "spa": {"opens": "09:00"}}}
    assert found.system.split() == ["Help.", "Be", "kind."]


def test_the_facts_of_a_context_are_the_facts_themselves() -> None:
    found = read_transcript(
        'Sistema: Ajude.\n\n[CONTEXTO]\n{"coleta": "terça"}\n\nCliente: Quando?\n\nVocê:'
    )
    assert found is not None and found.sections == {"coleta": "terça"}


@pytest.mark.parametrize(
    "form", ['[OUTPUT FORMAT]\n{"day": "Monday"}', '[CONTEXT]\n{"day": "...", "open": <boolean>}']
)
def test_the_form_of_an_answer_is_no_section(form: str) -> None:
    found = read_transcript(f"System: Help.\n{form}\nUser: When?\nAssistant:")
    assert found is not None and found.sections == {}
    assert '"day"' in found.system


@pytest.mark.parametrize(
    "prompt",
    [
        "Which service fails?",
        "User: is this a transcript?",
        "The log says\nUser: admin logged in\nAssistant: started\nand I ask why.",
        "Note: the user: field is empty",
        "Assistant:",
        "System: only a system turn",
        "System: one\nAssistant: two",
        "System: a\nUser: b\nAssistant: an answer that is complete",
        "",
    ],
)
def test_ordinary_prompts(prompt: str) -> None:
    assert read_transcript(prompt) is None


def test_a_long_text_takes_linear_time() -> None:
    assert read_transcript("User: a\n" * 30_000) is None
    found = read_transcript("User: a\nAssistant: b\n" * 10_000 + "User: last\nAssistant:")
    assert found is not None
    assert len(found.turns) == 20_000
