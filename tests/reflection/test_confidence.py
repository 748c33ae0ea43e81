"""Confidence: a probability with its method, or nothing at all."""

from __future__ import annotations

import math

import pytest

from function.backends.base import Score
from function.backends.local.embedded import EMBEDDED_NAME
from function.reflection.answer import (
    UNKNOWN,
    Calibration,
    Confidence,
    Fit,
    Signals,
    calibration_of,
    file_name,
    of_answer,
    of_choices,
    token_probability,
)

FIT = Fit(weights={"likelihood": 1.0, "agreement": 2.0}, intercept=-1.0, cases=90, auroc=0.8, ece=0)


def plain(likelihood: float | None, passed: float = 1.0) -> Confidence:
    """Without a calibration."""
    return of_answer(Signals(likelihood, passed), "token_probability", None)


@pytest.mark.parametrize("log_probabilities", [None, (), []])
def test_without_log_probabilities_nothing_is_known(
    log_probabilities: list[float] | None,
) -> None:
    assert token_probability(log_probabilities) is None
    assert plain(token_probability(log_probabilities)) == UNKNOWN
    assert (UNKNOWN.value, UNKNOWN.method) == (None, None)


def test_the_mean_is_geometric() -> None:
    logs = [math.log(0.9), math.log(0.4)]
    assert token_probability(logs) == pytest.approx(math.sqrt(0.9 * 0.4))


@pytest.mark.parametrize("length", [1, 2, 50, 2_000])
def test_confidence_does_not_grow_with_length(length: int) -> None:
    assert token_probability([math.log(0.6)] * length) == pytest.approx(0.6)


def test_a_failed_check_is_certainly_wrong() -> None:
    assert plain(0.99, 0.5) == Confidence(0.0, "failed_checks", calibrated=False)
    assert plain(None, 0.0).value == 0.0
    assert of_answer(Signals(0.99, 0.5), "x", FIT) == Confidence(0.0, "failed_checks", True)


def test_passed_checks_do_not_raise_it() -> None:
    assert plain(0.4) == Confidence(0.4, "token_probability", calibrated=False)


def test_it_never_exceeds_one() -> None:
    assert plain(1.0000001).value == 1.0


def test_a_fit_makes_a_probability_of_the_signals() -> None:
    sure = of_answer(Signals(0.5, agreement=0.5), "token_probability", FIT)
    assert sure == Confidence(0.5, "logistic_regression", calibrated=True)
    more = of_answer(Signals(0.9, agreement=0.5), "token_probability", FIT)
    assert more.value == pytest.approx(0.9)
    agreed = of_answer(Signals(0.9, agreement=1.0), "token_probability", FIT)
    assert agreed.value == pytest.approx(1 / (1 + math.exp(-math.log(9) - 1)))


def test_a_fit_that_cannot_tell_right_from_wrong_says_nothing() -> None:
    blind = FIT.model_copy(update={"auroc": 0.59})
    assert of_answer(Signals(0.9), "token_probability", blind) == UNKNOWN
    # That of a failed check is no news of such a fit.
    failed = of_answer(Signals(0.9, 0.5), "token_probability", blind)
    assert failed == Confidence(0.0, "failed_checks", calibrated=False)


@pytest.mark.parametrize("likelihood", [0.0, 1.0, 1.5, 1e-300])
def test_a_fit_never_leaves_its_range(likelihood: float) -> None:
    steep = FIT.model_copy(update={"weights": {"likelihood": 1e6}})
    value = of_answer(Signals(likelihood), "token_probability", steep).value
    assert value is not None and 0 <= value <= 1


def test_without_log_probabilities_a_fit_says_nothing() -> None:
    assert of_answer(Signals(None), "token_probability", FIT) == UNKNOWN


def test_a_model_without_a_file_has_no_calibration() -> None:
    assert calibration_of("no/such model") is None
    assert file_name("owner/Model 1.5:latest") == "owner-Model-1.5-latest.json"
    assert file_name("../../etc/passwd") == "etc-passwd.json"


def test_a_calibration_has_no_unknown_keys() -> None:
    with pytest.raises(ValueError, match="extra"):
        Calibration.model_validate({"model": "m", "suite": "dev", "kinds": {}, "more": 1})


def test_choice_probabilities_sum_to_one() -> None:
    given = [Score(-1.0, 1), Score(-3.0, 2), Score(-800.0, 3)]
    prior = [Score(-2.0, 1), Score(-2.0, 2), Score(-2.0, 3)]
    probabilities = of_choices(given, prior)
    assert sum(probabilities) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in probabilities)
    gain = math.exp(1.0) / math.exp(-1 / math.sqrt(2))
    assert probabilities[0] / probabilities[1] == pytest.approx(gain)


def test_a_longer_choice_is_not_punished() -> None:
    """Ten tokens that gain one each tell more than one token, but not ten times as much."""
    given = [Score(-2.0, 1), Score(-20.0, 10)]
    prior = [Score(-3.0, 1), Score(-30.0, 10)]
    _, long = of_choices(given, prior)
    assert long == pytest.approx(1 / (1 + math.exp(1 - math.sqrt(10))))


def test_what_the_wording_is_worth_alone_does_not_count() -> None:
    given = [Score(-1.0, 1), Score(-4.0, 1)]
    prior = [Score(-0.5, 1), Score(-6.0, 1)]
    common, rare = of_choices(given, prior)
    assert rare > common


def test_a_score_for_every_choice_is_needed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        of_choices([Score(-1, 1), Score(-1, 1)], [Score(-1, 1)])


def test_the_calibration_of_the_embedded_model_is_shipped() -> None:
    shipped = calibration_of(EMBEDDED_NAME)
    assert shipped is not None
    assert (shipped.model, shipped.suite) == (EMBEDDED_NAME, "dev")
    names = set(Signals(0.5).features)
    for kind, fit in shipped.kinds.items():
        assert kind in ("choose", "json", "text")
        assert set(fit.weights) <= names
        # More of a signal is never a sign of a wrong answer, but more that could go wrong is. That
        # an answer had to be mended may be either.
        for name, weight in fit.weights.items():
            if name != "refined":
                assert weight <= 0 if name == "openness" else weight >= 0
