"""What the request says of an answer."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer, Signals
from function.reflection.confidence.signals import Source

SOURCE = Source(
    parse_request(
        {
            "prompt": "What is the p95 of Loki?",
            "context": {"loki": {"p95_ms": 420, "state": "degraded", "limit_p": 95}},
        }
    )
)


@pytest.mark.parametrize(
    ("answer", "news"),
    [
        ("What is the p95 of Loki?", False),
        ("The p95 of Loki is high.", False),
        ("It is 0.42 s.", True),
        ("It is 421 ms.", False),
        ("Loki is degraded", True),
        ('{"state": "degraded"}', True),
        ('{"degraded": "yes"}', False),
        ("", False),
    ],
)
def test_news_is_what_the_question_lacks_and_the_facts_have(answer: str, news: bool) -> None:
    assert SOURCE.news(Answer(answer)) == news


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("Loki p95 420", 1.0),
        ("Tempo has 420", 1 / 3),
        ('{"a": {"loki": ["tempo", 420]}}', 0.5),
        ("?!", None),
    ],
)
def test_support_is_the_share_of_words_that_the_request_has(
    answer: str, share: float | None
) -> None:
    assert SOURCE.support(Answer(answer)) == (None if share is None else pytest.approx(share))


def test_signals_are_completed() -> None:
    found = SOURCE.complete(Signals(0.5, refined=True), Answer("It is degraded"))
    assert found == Signals(0.5, refined=True, support=2 / 3, news=True)
