"""Confidence: a probability with its method, or nothing at all."""

from __future__ import annotations

import math

import pytest

from function.contract import CheckResult
from function.models.base import Score
from function.reflection.confidence import UNKNOWN, of_choices, of_text, token_probability

PASSED = CheckResult(name="max_words", passed=True)
FAILED = CheckResult(name="max_words", passed=False, reason="too long")


@pytest.mark.parametrize("log_probabilities", [None, (), []])
def test_without_log_probabilities_nothing_is_known(
    log_probabilities: list[float] | None,
) -> None:
    assert token_probability(log_probabilities) is None
    assert of_text(token_probability(log_probabilities), [PASSED]) == UNKNOWN
    assert (UNKNOWN.value, UNKNOWN.method) == (None, None)


def test_the_mean_is_geometric() -> None:
    logs = [math.log(0.9), math.log(0.4)]
    assert token_probability(logs) == pytest.approx(math.sqrt(0.9 * 0.4))


@pytest.mark.parametrize("length", [1, 2, 50, 2_000])
def test_confidence_does_not_grow_with_length(length: int) -> None:
    assert token_probability([math.log(0.6)] * length) == pytest.approx(0.6)


def test_a_failed_check_is_certainly_wrong() -> None:
    assert of_text(0.99, [PASSED, FAILED]).value == 0.0
    assert of_text(None, [FAILED]).value == 0.0
    assert of_text(0.99, [FAILED]).method == "failed_checks"


def test_passed_checks_do_not_raise_it() -> None:
    assert of_text(0.4, [PASSED, PASSED]) == of_text(0.4, [])
    assert of_text(0.4, []).method == "token_probability"


def test_it_never_exceeds_one() -> None:
    assert of_text(1.0000001, []).value == 1.0


def test_choice_probabilities_sum_to_one() -> None:
    given = [Score(-1.0, 1), Score(-3.0, 2), Score(-800.0, 3)]
    prior = [Score(-2.0, 1), Score(-2.0, 2), Score(-2.0, 3)]
    probabilities = of_choices(given, prior)
    assert sum(probabilities) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in probabilities)
    gain = math.exp(1.0) / math.exp(-0.5)
    assert probabilities[0] / probabilities[1] == pytest.approx(gain)


def test_a_longer_choice_is_not_punished() -> None:
    given = [Score(-2.0, 1), Score(-20.0, 10)]
    prior = [Score(-3.0, 1), Score(-30.0, 10)]
    assert of_choices(given, prior) == pytest.approx([0.5, 0.5])


def test_what_the_wording_is_worth_alone_does_not_count() -> None:
    given = [Score(-1.0, 1), Score(-4.0, 1)]
    prior = [Score(-0.5, 1), Score(-6.0, 1)]
    common, rare = of_choices(given, prior)
    assert rare > common


def test_a_score_for_every_choice_is_needed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        of_choices([Score(-1, 1), Score(-1, 1)], [Score(-1, 1)])
