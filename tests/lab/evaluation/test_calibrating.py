"""Fitting confidence: it learns what is there, and nothing where nothing is."""

from __future__ import annotations

from random import Random

import pytest

from function.reflection.answer import Signals
from lab.evaluation.calibrating import fit, summary
from lab.evaluation.trials import Trial
from lab.measures import ece
from tests.lab.evaluation.trial import trial


def trials_of(kind: str, number: int, telling: bool, seed: int = 1) -> list[Trial]:
    draw = Random(seed)
    made = []
    for place in range(number):
        likelihood = draw.random()
        right = draw.random() < (likelihood if telling else 0.5)
        family, signals = f"family {place % 5}", Signals(likelihood)
        made.append(trial(f"{kind}{place}", [right] * 4, kind=kind, family=family, signals=signals))
    return made


def test_it_learns_how_likely_is_right() -> None:
    found = fit(trials_of("json", 400, telling=True), "m", "dev").kinds["json"]
    assert found.informative and found.auroc > 0.75
    fresh = trials_of("json", 2_000, telling=True, seed=2)
    said = [found.probability(each.evidence) for each in fresh]
    assert ece(said, [each.loop.right[-1] for each in fresh]) < 0.06


def test_of_a_text_it_learns_whether_it_tells_anything_new() -> None:
    draw = Random(1)
    made = []
    for place in range(200):
        news = draw.random() < 0.5
        right = draw.random() < (0.9 if news else 0.1)
        # As sure as can be where it repeats the question.
        signals = Signals(0.6 if news else 0.9, support=0.9, news=news)
        made.append(trial(f"t{place}", [right] * 4, family=f"f{place % 5}", signals=signals))
    found = fit(made, "m", "dev").kinds["text"]
    assert found.probability(Signals(0.6, support=0.9, news=True)) > 0.8
    assert found.probability(Signals(0.9, support=0.9, news=False)) < 0.2


def test_a_likelihood_that_says_nothing_is_found_out() -> None:
    found = fit(trials_of("json", 400, telling=False), "m", "dev").kinds["json"]
    assert not found.informative


def test_it_is_tried_on_families_that_it_has_not_seen() -> None:
    """In each family the likelihood tells the opposite of what it tells in the others."""
    draw = Random(1)
    made = []
    for place in range(300):
        likelihood, family = draw.random(), place % 2
        right = draw.random() < (likelihood if family else 1 - likelihood)
        made.append(
            trial(f"t{place}", [right] * 4, kind="json", family=str(family),
                  signals=Signals(likelihood))
        )  # fmt: skip
    found = fit(made, "m", "dev")
    assert found.kinds["json"].auroc < 0.4 and not found.kinds["json"].informative
    assert "no confidence will be given" in summary(found)


def test_one_family_alone_has_no_fit() -> None:
    made = [trial(f"t{place}", [place % 2 == 0] * 4, kind="json") for place in range(60)]
    assert not fit(made, "m", "dev").kinds["json"].informative


def test_a_kind_with_too_few_of_a_sort_has_no_fit() -> None:
    sure = [trial(f"t{place}", [True] * 4, kind="json") for place in range(50)]
    assert not fit(sure, "m", "dev").kinds["json"].informative


def test_failed_checks_are_known_to_be_wrong_and_twins_do_not_count() -> None:
    made = trials_of("json", 100, telling=True)
    failed = [
        trial(f"f{place}", [False] * 4, kind="json", signals=Signals(0.99, passed=0.5))
        for place in range(50)
    ]
    twins = [trial(f"w{place}", [False] * 4, kind="json", twin="json0") for place in range(50)]
    alone = fit(made, "m", "dev").kinds["json"]
    beside = fit([*made, *failed, *twins], "m", "dev").kinds["json"]
    assert beside.weights == alone.weights
    assert beside.cases == 150
    assert beside.auroc > alone.auroc


def test_it_is_the_same_every_time() -> None:
    made = trials_of("choose", 60, telling=True)
    assert fit(made, "m", "dev") == fit(made, "m", "dev")
    assert fit(made, "m", "dev").kinds["choose"].cases == pytest.approx(60)
