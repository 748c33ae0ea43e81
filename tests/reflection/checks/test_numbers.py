"""Numbers of an answer that the facts do not hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.numbers import (
    KnownNumbers,
    quantities,
    quantities_of,
    ungrounded_numbers,
)
from tests.reflection.checks.loki import reasons


@pytest.mark.parametrize(
    "answer",
    [
        "The error rate is 0.031.",
        "The error rate is 3.1 %.",
        "The error rate is 3.1% and rising",
        "A taxa de erro é 3,1 %.",
        "It is 3.1 percent.",
        "p95 is 420 ms",
        "p95 is 0.42 s",
        "p95 is 420",
        "It uses 1536 MiB",
        "It uses 1.5 GiB",
        "R$ 1.299,90",
        "$1,299.90",
        "1299.9 reais",
        "It restarted 12 times.",
        "Since 2026-11-23.",
        "1. Restart it\n2. Wait",
        "pod loki-0 on http2 with p99",
        "no numbers",
        "",
    ],
)
def test_grounded_numbers_pass(answer: str) -> None:
    assert reasons(answer, {"grounded_numbers": True}) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("The error rate is 3.2 %.", "3.2%"),
        ("The error rate is 31 %.", "31%"),
        ("p95 is 420 s", "420"),
        ("p95 is 421 ms", "421"),
        ("It uses 1.5 MiB", "1.5"),
        ("R$ 1.299,00", "1.299,00"),
        ("It restarted 13 times, 7 today.", "13, 7"),
        ("It is 4.", "4"),
        ("The error rate is 3 %.", "3%"),
    ],
)
def test_invented_numbers_are_named(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_numbers": True}) == [
        f"these numbers are not in the facts: {invented}"
    ]


def made_up(answer: str, context: Any) -> list[str]:
    return ungrounded_numbers(quantities(answer), KnownNumbers(quantities_of(context)))


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("1 minute", {"x": "60 s"}),
        ("1 hora", {"x": "3600 s"}),
        ("2 dias", {"x": "48 h"}),
        ("3.1 por cento", {"x": 0.031}),
        ("0,12", {"x": "12 por cento"}),
        ("5000 MB", {"x": "5 gigabytes"}),
        ("1 Ti", {"x": "1024Gi"}),
        ("5 ms", {"latency_ms_min": 5}),
        ("80 %", {"cpu_min": 0.8}),
        ("5 min", {"timeout_min": 5}),
        ("5 %", {"a": {"b": [0.05]}}),
        ("7pods of 7", {"pods": 7}),
        ("it answers 5xx for the 3rd time, 7f9c-1", {"x": 1}),
    ],
)
def test_units_in_words_and_in_keys(answer: str, context: Any) -> None:
    assert made_up(answer, context) == []


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("7pods crashed", {"pods": 1}),
        ("há 9k erros", {"errors": 1}),
        ("2 dias", {"x": "47 h"}),
        ("6 s", {"duration_ms": 6}),
        ("7dias", {"x": 1}),
    ],
)
def test_numbers_with_letters_and_words_as_units_can_be_invented(answer: str, context: Any) -> None:
    assert len(made_up(answer, context)) == 1


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("It is -5 °C.", {"x": -5}),
        ("It is −5 °C.", {"x": "-5 °C"}),
        ("between -5 and 3", {"low": -5, "high": 3}),
        ('{"x": -5}', {"x": -5}),
        ("-R$ 20,00", {"balance": -20}),
        ("5 % less", {"change": "-5 %"}),
        ("3-5 pods, 3–5 pods, 3 -5 pods, 3 %–5 %, 3 €–5 €", {"from": "3 %", "to": "5 %"}),
        ("- 5 pods", {"pods": 5}),
        ("it is 3 ±5, or +/-5", {"x": 3, "y": 5}),
        ("on 2026-11-05", {"day": "2026-11-05"}),
        ("loki-5 has 5 pods", {"loki": 5}),
        ("Café-5", {"cafe": 5}),
        ("12:00:05-03:00", {"at": "2026-11-05 12:00:05-03:00"}),
    ],
)
def test_a_sign_is_the_facts_and_a_dash_is_none(answer: str, context: Any) -> None:
    assert reasons(answer, {"grounded_numbers": True}, context) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("-5 °C", "-5"),
        ("It is −5 °C.", "-5"),
        ("It is –5 (or -5 %).", "-5, -5%"),
        ("- -5 pods", "-5"),
        ("-R$ 5, R$ -5,00, -$5.0", "-5, -5,00, -5.0"),
        ('{"x": -5}', "-5"),
        ("x=-5, 5", "-5"),
    ],
)
def test_a_number_keeps_its_sign(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_numbers": True}, {"x": 5}) == [
        f"these numbers are not in the facts: {invented}"
    ]


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("٥ pods", {"pods": 5}),
        ("５ pods，１．５ GiB", {"pods": 5, "memory": "1.5 GiB"}),
        ("٣٫١٪", {"rate": 0.031}),
        ("5 pods", {"pods": "५"}),
        ("½ of them", {"share": 0.5}),
        ("2½ h, 2 ½ h", {"x": "150 min"}),
        ("1.5 and 0.75", {"x": "1½", "y": "¾"}),
        ("1. ٥\n２. ٥", {"pods": 5}),
        ("5 m²", {"area": 5}),
    ],
)
def test_digits_of_other_scripts_and_fractions_are_numbers(answer: str, context: Any) -> None:
    assert made_up(answer, context) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("٦ pods", "6"),
        ("６ pods", "6"),
        ("有6个", "6"),
        ("½ of them", "½"),
        ("5½ h and -¼", "5½, -¼"),
        ("٣٫١٪", "3.1%"),
    ],
)
def test_they_can_be_invented_too(answer: str, invented: str) -> None:
    assert made_up(answer, {"pods": 5}) == invented.split(", ")


def test_numbers_of_the_question_and_the_history_are_grounded() -> None:
    request = parse_request(
        {
            "prompt": "Is 5 more than 3?",
            "messages": [{"role": "user", "content": "I have 77 of them"}],
            "checks": {"grounded_numbers": True},
        }
    )
    (result,) = run_checks(checks_of(request), Answer("5 is more than 3, and 77 is more."))
    assert result.passed


def test_numbers_of_a_json_answer_are_looked_at_one_by_one() -> None:
    answer = json.dumps({"score": 0.8, "summary": "3.1 % errors", "deep": [{"n": 99}]})
    assert reasons(answer, {"grounded_numbers": True}) == [
        "these numbers are not in the facts: 0.8, 99"
    ]
    free = {"grounded_numbers": True, "free_fields": ["score", "deep.n"]}
    assert reasons(answer, free) == []


@pytest.mark.parametrize(
    "digits", ["1" + "0" * 400, "9" * 400, "1" + "0" * 4_000, "-1" + "0" * 400]
)
@pytest.mark.parametrize("unit", ["", "%", " ms", "GiB"])
def test_numbers_beyond_a_double_are_the_same_only_as_they_are_written(
    digits: str, unit: str
) -> None:
    other = digits[:-1] + "7"
    assert made_up(f"It is {digits}{unit}.", {"n": f"{digits}{unit}"}) == []
    assert made_up(f"It is {other}{unit}.", {"n": f"{digits}{unit}"}) != []
    assert made_up("It is 3.", {"n": int(digits), "p95_ms": [int(digits)]}) == ["3"]
    assert made_up(f"It is {digits}.", {"n": int(digits)}) == []
    for text in (f"{digits}.5", f"0.{digits}", digits.replace("0", ",000"), f"{digits}½"):
        assert isinstance(made_up(text, {"n": int(digits)}), list)
