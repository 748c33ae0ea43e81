"""Figures of merit, held against other ways to compute them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lab.measures import auroc, ece, ece_of_truth, ratio, risk_coverage, share

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.35, 0.5, 0.99, 1.0]), st.booleans()),
    min_size=1,
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_auroc_is_the_area_under_the_curve(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = [value for value, _ in pairs], [is_right for _, is_right in pairs]
    if len(set(right)) < 2:
        assert auroc(confidence, right) is None
    else:
        assert auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))


def test_confidence_that_comes_true_has_no_error() -> None:
    assert ece([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert ece([1.0, 0.0], [True, False]) == pytest.approx(0)
    assert ece([0.9, 0.9], [False, False]) == pytest.approx(0.9)
    assert ece([0.95] * 2 + [0.15] * 2, [True, False, False, False]) == pytest.approx(0.3)


def test_true_confidence_shows_an_error_that_shrinks_with_the_answers() -> None:
    assert ece_of_truth([1.0, 0.0, 1.0]) == 0
    # One answer at one half is always half wrong.
    assert ece_of_truth([0.5]) == pytest.approx(0.5)
    few, many = ece_of_truth([0.3, 0.7] * 10), ece_of_truth([0.3, 0.7] * 100)
    # The mean distance of a share from what it should be, sqrt(2 p (1 - p) / (pi n)).
    assert many == pytest.approx((2 * 0.21 / (3.14159 * 100)) ** 0.5, rel=0.05)
    assert few == pytest.approx(many * 10**0.5, rel=0.1)


@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_the_curve_ends_with_all_answers(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = [value for value, _ in pairs], [is_right for _, is_right in pairs]
    points = risk_coverage(confidence, right)
    assert points[-1] == pytest.approx((1.0, 1 - sum(right) / len(right)))
    assert [x for x, _ in points] == sorted({x for x, _ in points})
    assert len(points) == len(set(confidence))


def test_the_surest_answers_come_first() -> None:
    points = risk_coverage([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert points == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


def test_a_share_has_an_interval_that_narrows_with_more_cases() -> None:
    few, many = share([True, False] * 10), share([True, False] * 500)
    assert few.value == many.value == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    assert share([]) == share([False])
    assert share([True] * 9).low == 1.0
    assert share([True, False] * 10) == few  # the same draws every time


def test_a_ratio_is_over_the_same_cases() -> None:
    first, second = [True] * 60 + [False] * 40, [True] * 30 + [False] * 70
    found = ratio(first, second)
    assert found.value == 2.0
    assert 1.5 < found.low < 2.0 < found.high < 3.0
    assert ratio([True], [False]).value == 1.0
