"""Names of an answer that the facts do not hold."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.names import names
from tests.reflection.checks.loki import reasons


@pytest.mark.parametrize(
    "answer",
    [
        "Loki is fine.",
        "Today LOKI is fine, and so is São Paulo.",
        "Yes, I think Sao Paulo is fine",
        "Look at Loki-0 in the namespace.",
        "It is fine. Really.",
        "420ms is fine",
    ],
)
def test_grounded_names_pass(answer: str) -> None:
    context = {"city": "São Paulo", "pod": "loki-0"}
    assert reasons(answer, {"grounded_names": True}, context) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("It is in the city of Lisbon.", "Lisbon"),
        ("Look at pod mimir-3a of Loki", "mimir-3a"),
        ("Ask Maria Silva about it", "Maria, Silva"),
        ("The PagerDuty alert is about Loki", "PagerDuty"),
    ],
)
def test_invented_names_are_named(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_names": True}) == [
        f"these names are not in the facts: {invented}"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Restart it. Then wait: Nothing happens.\nGood",
        "- Restart it\n• Wait\n1) Look\n2. See\n> Quoted\n## Next\n⚠ Careful",
        "**Restart** it. **Check** logs: **Look** closely",
        "**Summary**\n**Next:** Wait for it\n**Cause**: unknown",
        "(It is.) Then “It is.” Then **it is.** Then",
        "Steps:\nRestart\nWait",
        'It says "Connection refused", „Das ist so“ and ‘Try again’.',
        "I'm here (See below). Yes, **everything** is OK",
        "On Monday, in March, on 5 Nov and na Segunda-feira, em Março",
        "Answer: Yes. Severity: High",
        "Olá! 😊 Temos tudo ✅ Pronto ❤️ Obrigada",
    ],
)
def test_a_word_that_begins_a_sentence_is_no_name(text: str) -> None:
    assert list(names(text)) == []


@pytest.mark.parametrize(
    "answer",
    [
        "**Tempo** is down.",
        "It is fine.\n- **Tempo** has errors",
        "The cause is **Tempo** now.",
        "The cause is 'Tempo'.",
        '"Tempo" is down.',
        "`Tempo` is down.",
        "«Tempo» crashed",
        "service: Tempo",
        "service: Tempo, as said",
        "service: **Tempo**\nIt is down",
        "**service:** Tempo",
        'service: "Tempo" is it',
        "See Tempo. Tempo is down",
        '{"service": "Tempo"}',
        '{"services": ["Tempo"]}',
        '{"message": "service: Tempo"}',
        "Tempo",
        "**Tempo**",
    ],
)
def test_a_name_alone_in_marks_or_as_a_value_is_one(answer: str) -> None:
    context = {"service": "Loki"}
    assert reasons(answer, {"grounded_names": True}, context) == [
        "these names are not in the facts: Tempo"
    ]
    assert reasons(answer, {"grounded_names": True}, {"service": "tempo"}) == []


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("Look at LokiIngester, the Loki-Ingester", "loki-ingester"),
        ("Look at LokiIngester, the Lokiingester", "the loki ingester"),
        ("Look at Loki-Ingester, Loki Ingester", "LokiIngester"),
        ("Look at HTTPServer and loki0", "http_server loki-0"),
        ("Look at Pager Duty", "PagerDuty"),
        ("Loki's memory and the host’s, of Loki’s", "loki, host"),
        ("Ask Łukasz, Lukasz, ŁUKASZ", "Łukasz"),
        ("Ask Łukasz", "Lukasz"),
        ("Ask Søren, Đorđe and Strauß", "soren dorde strauss"),
        ("Ask Soren, Aeroe and Strauss", "Søren Æroe Strauß"),
    ],
)
def test_a_name_may_be_spelt_otherwise(answer: str, context: str) -> None:
    assert reasons(answer, {"grounded_names": True}, {"x": context}) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("Look at LokiTempo", "LokiTempo"),
        ("LokiTempo is down", "LokiTempo"),
        ("Ask Łucja", "Łucja"),
        ("Tempo's memory and that of Tempo’s", "Tempo’s"),
    ],
)
def test_another_name_is_no_other_spelling(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_names": True}, {"x": "loki-ingester Łukasz"}) == [
        f"these names are not in the facts: {invented}"
    ]


def test_words_of_the_schema_and_the_choices_are_no_invented_names() -> None:
    schema = {"type": "object", "properties": {"status": {"enum": ["Healthy", "Degraded"]}}}
    data = {
        "prompt": "How is it?",
        "checks": {"grounded_names": True},
        "response_format": {"type": "json_schema", "schema": schema},
    }
    named = [c for c in checks_of(parse_request(data)) if c.name == "grounded_names"]
    assert [result.passed for result in run_checks(named, Answer('{"status": "Healthy"}'))] == [
        True
    ]
    assert [result.passed for result in run_checks(named, Answer('{"status": "Broken"}'))] == [
        False
    ]
    chosen = {"prompt": "?", "choices": ["Restart", "Wait"], "checks": {"grounded_names": True}}
    assert all(
        result.passed for result in run_checks(checks_of(parse_request(chosen)), Answer("Restart"))
    )
