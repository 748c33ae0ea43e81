"""Requests that only take values out of a text: which they are, and what binds their fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import InferenceRequest
from function.pipeline.intake import read_request
from function.profiles.registry import read_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.constrained_schema import narrowed

NONE = read_profiles({})


def read(prompt: str, **data: Any) -> InferenceRequest:
    return read_request({"prompt": prompt, **data}, None, NONE).request


def properties(request: InferenceRequest) -> dict[str, Any]:
    schema = request.response_format.schema_  # type: ignore[union-attr]
    found: dict[str, Any] = narrowed(schema, request)["properties"]
    return found


@pytest.mark.parametrize(
    ("prompt", "source"),
    [
        (
            'Extract {"item": "...", "town": "..."} from: A blue scarf was lost in Faro.',
            "A blue scarf was lost in Faro",
        ),
        (
            "A blue scarf was lost in Faro. Answer as JSON with keys: item, town.",
            "A blue scarf was lost in Faro.",
        ),
        (
            "Responda em JSON com as chaves: item, cidade\n\nTexto: Perdi um cachecol em Faro.",
            "Perdi um cachecol em Faro",
        ),
        (
            'Mensagem: "Perdi um cachecol azul em Faro."\nFormato: {"item": "...", "onde": "..."}',
            "Perdi um cachecol azul em Faro.",
        ),
        (
            'Read the note and fill in {"item": "...", "town": "..."}.\n'
            '"I lost a scarf in Faro. Can you help?"',
            "I lost a scarf in Faro. Can you help?",
        ),
    ],
)
def test_a_text_from_which_values_are_taken(prompt: str, source: str) -> None:
    request = read(prompt)
    assert request.origin.source == source
    assert len(request.checks.copied_fields) == 2


@pytest.mark.parametrize(
    "prompt",
    [
        'Invent a town. Answer as {"town": "...", "river": "..."}',
        'Name a fruit that grows in cold countries. {"fruit": "..."}',
        'Translate "the scarf is lost in Faro" to German: {"words": "..."}',
        'Which town is the largest of all? {"town": "..."}',
        'Classify the mail: "A scarf was lost in Faro." {"topic": "lost|found", "team": "..."}',
        'Resuma em JSON {"frase": "..."}: Perdi um cachecol azul em Faro na sexta.',
        "A scarf was lost in Faro. Suggest names as JSON with keys: first, second.",
        'Extract {"day": "as YYYY-MM-DD"} from: A blue scarf was lost on 3 May.',
        'Answer as {"summary": "...", "status": "..."}: A blue scarf was lost in Faro.',
    ],
)
def test_what_asks_for_more_stays_free(prompt: str) -> None:
    request = read(prompt)
    assert request.origin.source == ""
    assert request.checks.copied_fields == []


@pytest.mark.parametrize(
    ("prompt", "source"),
    [
        (
            '### Task:\nExtract {"item": "...", "town": "..."}.\n### Rules:\nBe brief.\n'
            "### Text:\nA blue scarf was lost in Faro.",
            "A blue scarf was lost in Faro.",
        ),
        (
            'Note: extract {"item": "...", "town": "..."} from the text below.\n'
            "<text>A blue scarf was lost in Faro.</text>\nBe brief.",
            "A blue scarf was lost in Faro.",
        ),
    ],
)
def test_a_text_in_its_own_section(prompt: str, source: str) -> None:
    assert read(prompt).origin.source == source


def test_a_section_that_asks_for_more() -> None:
    prompt = '### Task:\nSuggest a name: {"item": "..."}\n### Text:\nA blue scarf was lost in Faro.'
    assert read(prompt).origin.source == ""


def test_a_list_of_objects_is_no_phrase_of_the_text() -> None:
    prompt = 'Extract {"town": "...", "finds": [{"what": "..."}]} from: A scarf was lost in Faro.'
    assert read(prompt).checks.copied_fields == ["town"]


def test_checks_of_the_sender_stay() -> None:
    prompt = 'Extract {"item": "..."} from: A blue scarf was lost in Faro.'
    assert read(prompt, checks={"copied_fields": []}).origin.source == ""
    assert read(prompt, checks={"max_words": 9}).checks.copied_fields == ["item"]


def test_a_text_of_the_context() -> None:
    request = read('Extract {"item": "..."}', context={"note": "A blue scarf was lost in Faro."})
    assert request.origin.source == "A blue scarf was lost in Faro."


def test_a_written_field_beside_taken_ones_is_free() -> None:
    request = read(
        'Extract {"town": "...", "note": "..."} from: A scarf was lost in Faro on Friday.'
    )
    assert request.checks.copied_fields == ["town"]
    assert request.checks.free_fields == ["note"]
    assert properties(request)["note"] == {"type": "string", "maxLength": 300}


def test_a_field_takes_a_phrase_of_the_text_or_null() -> None:
    found = properties(
        read('Extract {"item": "..."} from: A blue scarf was lost in Faro, Portugal.')
    )
    values = found["item"]["enum"]
    assert {"scarf", "blue scarf", "Faro", "Faro, Portugal", None} <= set(values)
    assert not {"A", "in Faro", "A blue", "was"} & set(values)


def test_a_list_takes_phrases() -> None:
    found = properties(
        read('Extract {"items": ["..."]} from: I lost a scarf and a red hat in Faro.')
    )
    assert {"scarf", "red hat"} <= set(found["items"]["items"]["enum"])
    assert "minItems" not in found["items"]


@pytest.mark.parametrize(
    ("prompt", "numbers"),
    [
        (
            '"We come at 20h and are five." {"hour": "...", "people": <number>}',
            {"people": [5]},
        ),
        (
            '"Chegamos às 18h30, dois adultos e 3 crianças." '
            '{"hora": "...", "adultos": <número>, "criancas": <número>}',
            {"adultos": [2], "criancas": [3]},
        ),
        (
            '{"weight_kg": <number>, "height_cm": <number>}: She is 171 cm and weighs 64 kilos.',
            {"weight_kg": [64], "height_cm": [171]},
        ),
        (
            '"Order AB-77 of 2026-03-04: 12 boxes." {"boxes": <integer>}',
            {"boxes": [12]},
        ),
        (
            'Ana bought 3 lamps for R$ 240,50. {"price": <number>, "count": <number>}',
            {"price": [240.5], "count": [3, 240.5]},
        ),
        ('"A table at 19:30 please, for uma criança." {"criancas": <number>}', {"criancas": [1]}),
    ],
)
def test_numbers_are_those_of_the_text(prompt: str, numbers: dict[str, list[int]]) -> None:
    found = properties(read(f"Fill in: {prompt}"))
    assert {name: found[name]["enum"] for name in numbers} == numbers


def test_a_key_without_a_type_takes_a_number_as_one() -> None:
    request = read("Rui Melo tem 52 anos. Responda em JSON com as chaves: nome, idade.")
    found = properties(request)
    assert found["idade"]["enum"] == [52, None]
    assert "Rui Melo" in found["nome"]["enum"]


def test_a_price_without_a_type_is_a_number_or_has_its_currency() -> None:
    request = read("Ana bought 3 lamps for 240 euros. Answer as JSON with keys: buyer, price.")
    values = properties(request)["price"]["enum"]
    assert values[:2] == [240, "240 euros"]
    assert not {3, "3", "240", "lamps", True} & set(values[1:])


def failed(request: InferenceRequest, answer: dict[str, Any]) -> set[str]:
    results = run_checks(checks_of(request), Answer(json.dumps(answer)))
    return {result.name for result in results if not result.passed}


def test_a_value_that_is_not_in_the_text_fails_with_its_reason() -> None:
    request = read('Extract {"item": "...", "count": <number>} from: Three scarves were lost.')
    assert failed(request, {"item": "scarves", "count": 3}) == set()
    assert failed(request, {"item": None, "count": 3}) == set()
    assert failed(request, {"item": "clothing", "count": 3}) == {"copied_fields"}
    assert failed(request, {"item": "scarves", "count": 4}) == {"grounded_numbers"}
