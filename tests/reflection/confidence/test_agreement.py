"""Agreement: drafts that say the same, whatever form it takes."""

from __future__ import annotations

import pytest

from function.reflection.answer import Answer
from function.reflection.confidence import signals


def agreements(texts: list[str]) -> list[float]:
    return signals.agreements([Answer(text) for text in texts])


def test_a_text_alone_agrees_with_itself() -> None:
    assert agreements(["It is alpha"]) == [1.0]
    assert agreements([]) == []


def test_equal_choices_agree() -> None:
    assert agreements(["restart", "restart", "scale"]) == [0.5, 0.5, 0.0]


def test_json_agrees_by_its_values_and_not_by_its_form() -> None:
    first, second = '{"a": 1, "b": "x"}', '{"b":"x",\n "a":1}'
    assert agreements([first, second]) == [1.0, 1.0]
    assert agreements(['{"a": 1, "b": "x"}', '{"a": 1, "b": "y"}']) == pytest.approx([1 / 3] * 2)


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [
        ("Loki fails 3.1 % of requests.", "The error rate is 3,1 %.", 1.0),
        ("It took 420 ms.", "It took 0.42 s.", 1.0),
        ("It took 420 ms.", "It took 430 ms.", 0.0),
        ("Loki has 3 replicas.", "Loki has some replicas.", 0.0),
        ("Loki has 3 replicas and 2 alerts.", "Loki has 3 replicas.", 0.0),
    ],
)
def test_texts_with_numbers_agree_if_those_are_the_same(
    first: str, second: str, likeness: float
) -> None:
    assert agreements([first, second]) == [likeness, likeness]


def test_other_texts_agree_by_their_words() -> None:
    assert agreements(["Loki is up", "loki IS up."]) == [1.0, 1.0]
    assert agreements(["Loki is up", "Tempo is down"]) == pytest.approx([0.2, 0.2])
    assert agreements(["", "Loki"]) == [0.0, 0.0]


def test_each_text_is_held_against_all_others() -> None:
    paris, rome = "Paris", "Rome"
    assert agreements([paris, paris, paris, rome]) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0])
