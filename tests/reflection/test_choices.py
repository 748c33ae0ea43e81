"""Choosing by likelihood: what the case makes more likely, not what is likely anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from function.backends.base import Tokens, Turn
from function.contract import parse_request
from function.deadline import Deadline
from function.reflection.answer import Outcome
from function.reflection.choices import choose
from function.reflection.prompt.choice_prompts import SCORED_TOKENS, UNKNOWN_CASE
from tests.scripted import ScriptedModel

CHOICES: list[Any] = ["restart", "scale", {"name": "none", "abstain": True}]


def scoring(given: dict[str, float], prior: dict[str, float]) -> ScriptedModel:
    """Return a model with these log-probabilities with and without the case."""

    def likelihood(turns: Sequence[Turn], text: str) -> float:
        unknown = f"Situation: {UNKNOWN_CASE}\n" in turns[-1].content
        return (prior if unknown else given)[text]

    return ScriptedModel(likelihood=likelihood)


def chosen(model: ScriptedModel, **fields: Any) -> Outcome:
    request = parse_request({"prompt": "Pod OOMKilled", "choices": CHOICES, **fields})
    return choose(request, model, Deadline.after(60), prompt="unlisted")


FLAT = {"Restart": -3.0, "Scale": -3.0, "None": -3.0}


def test_what_the_case_adds_wins_over_what_is_likely_anyway() -> None:
    given = {"Restart": -1.0, "Scale": -2.0, "None": -5.0}
    prior = {"Restart": -0.5, "Scale": -6.0, "None": -5.0}
    outcome = chosen(scoring(given, prior))
    assert (outcome.answer, outcome.choice) == ("scale", "scale")
    assert outcome.confidence.method == "choice_likelihood"
    assert outcome.confidence.value is not None and outcome.confidence.value > 0.9


def test_with_equal_priors_the_likelier_choice_wins() -> None:
    outcome = chosen(scoring({**FLAT, "Restart": -1.0}, FLAT))
    assert outcome.choice == "restart"


def test_of_the_choices_that_pass_the_requests_checks_the_likeliest_is_taken() -> None:
    model = scoring({**FLAT, "Restart": -1.0, "Scale": -2.0}, FLAT)
    outcome = chosen(model, checks={"must_not_contain": ["restart"]})
    assert outcome.choice == "scale"
    assert [(check.name, check.passed) for check in outcome.checks] == [
        ("choices", True),
        ("must_not_contain", True),
    ]
    assert outcome.stop_reason == "checks_passed"


def test_a_choice_that_fails_a_check_says_so() -> None:
    model = scoring({**FLAT, "Restart": -1.0}, FLAT)
    outcome = chosen(model, checks={"must_contain": ["drain"]})
    assert (outcome.choice, outcome.stop_reason) == ("restart", "no_improvement")
    assert [check.passed for check in outcome.checks] == [True, False]
    assert (outcome.confidence.value, outcome.confidence.method) == (0.0, "failed_checks")


def test_of_a_long_description_the_beginning_is_scored() -> None:
    seen: list[str] = []

    def likelihood(turns: Sequence[Turn], text: str) -> float:
        seen.append(text)
        return -1.0

    choices = [
        {"name": "a", "description": "word " * 390},
        {"name": "b", "description": "😀" * 2000},
    ]
    outcome = chosen(ScriptedModel(likelihood=likelihood), choices=choices)
    assert outcome.choice in ("a", "b")
    count = ScriptedModel().count_tokens
    assert len(seen) == 8 and all(0 < count(text) <= SCORED_TOKENS for text in seen)
    assert seen[0].startswith("Word word")


def test_the_outcome_is_checked_and_counted() -> None:
    outcome = chosen(scoring({**FLAT, "Restart": -1.0}, FLAT))
    assert [(check.name, check.passed) for check in outcome.checks] == [("choices", True)]
    assert outcome.stop_reason == "checks_passed"
    assert outcome.trace == []
    assert outcome.tokens == Tokens(20, 6, 0)


@pytest.mark.parametrize(("name", "choice"), [(-2.0, "scale"), (-4.0, "restart")])
def test_descriptions_and_names_are_scored_alike(name: float, choice: str) -> None:
    choices = ["restart", {"name": "scale", "description": "add a replica"}]
    prior = {"Restart": -2.0, "Scale": -2.0, "Add a replica": -2.0}
    model = scoring({**prior, "Add a replica": -1.0, "Scale": name}, prior)
    assert chosen(model, choices=choices).choice == choice


def test_of_remediations_the_descriptions_are_scored_alone() -> None:
    choices = [
        {"name": "pod-restart", "description": "restart it"},
        {"name": "check-pvc-status", "description": "look at the volume"},
    ]
    prior = {"Restart it": -2.0, "Look at the volume": -2.0}
    model = scoring({**prior, "Restart it": -1.0}, prior)
    assert chosen(model, choices=choices).choice == "pod-restart"


@pytest.mark.parametrize(
    ("threshold", "choice"), [(0.9, "none"), (0.58, "none"), (0.5, "restart"), (0.0, "restart")]
)
def test_under_the_threshold_it_abstains(threshold: float, choice: str) -> None:
    # exp(1) / (exp(1) + 1 + 1) is 0.576
    outcome = chosen(scoring({**FLAT, "Restart": -2.0}, FLAT), confidence_threshold=threshold)
    assert outcome.choice == choice


def test_without_a_threshold_of_the_sender_it_does_not_abstain() -> None:
    assert chosen(scoring({**FLAT, "Restart": -2.9}, FLAT)).choice == "restart"


def test_without_a_choice_to_abstain_with_it_does_not_abstain() -> None:
    model = scoring({**FLAT, "Scale": -2.9}, FLAT)
    outcome = chosen(model, choices=["restart", "scale"], confidence_threshold=0.99)
    assert outcome.choice == "scale"


def test_the_abstain_choice_can_win_by_itself() -> None:
    outcome = chosen(scoring({**FLAT, "None": -0.5}, FLAT), confidence_threshold=0.5)
    assert outcome.choice == "none"
    assert outcome.confidence.value is not None and outcome.confidence.value > 0.5


def test_nothing_is_generated() -> None:
    model = scoring(FLAT, FLAT)
    chosen(model)
    assert model.calls == []


def test_listed_options_are_scored_by_their_names_alone() -> None:
    seen: list[tuple[str, str]] = []

    def likelihood(turns: Sequence[Turn], text: str) -> float:
        seen.append((turns[-1].content, text))
        unknown = UNKNOWN_CASE in turns[-1].content
        return -2.0 if unknown else {"restart": -1.0, "scale": -2.0, "none": -3.0}[text]

    request = parse_request({"prompt": "Pod OOMKilled", "choices": CHOICES})
    outcome = choose(request, ScriptedModel(likelihood=likelihood), Deadline.after(60))
    assert outcome.choice == "restart"
    assert outcome.signals is not None
    assert outcome.signals.likelihood == pytest.approx(0.665, abs=0.001)
    assert [text for _, text in seen] == 2 * ["restart", "scale", "none"]
    assert all("Options:\n- restart\n- scale\n- none" in content for content, _ in seen)


def test_remediations_are_never_listed() -> None:
    seen: list[str] = []

    def likelihood(turns: Sequence[Turn], text: str) -> float:
        seen.append(turns[-1].content)
        return -1.0

    choices = ["pod-restart", "check-pvc-status"]
    request = parse_request({"prompt": "It is full.", "choices": choices})
    choose(request, ScriptedModel(likelihood=likelihood), Deadline.after(60), prompt="listed")
    assert seen and not any("pod-restart" in content for content in seen)


def test_a_list_is_left_out_where_the_model_chooses_better_without() -> None:
    seen: list[str] = []

    def likelihood(turns: Sequence[Turn], text: str) -> float:
        seen.append(turns[-1].content)
        return -1.0

    model = ScriptedModel(name="SmolLM2-135M-Instruct", likelihood=likelihood)
    request = parse_request({"prompt": "Pod OOMKilled", "choices": CHOICES})
    choose(request, model, Deadline.after(60))
    assert seen and not any("Options:" in content for content in seen)


VANS = {"job": {"pallets": 5}, "vans": {"small": "up to 2 pallets", "large": "3 to 6 pallets"}}


@pytest.mark.parametrize(("pallets", "choice"), [(2, "small"), (5, "large"), (9, "small")])
def test_what_the_facts_decide_wins_over_the_likeliest(pallets: int, choice: str) -> None:
    model = scoring({"Small": -1.0, "Large": -4.0}, {"Small": -3.0, "Large": -3.0})
    context = {**VANS, "job": {"pallets": pallets}}
    outcome = chosen(model, prompt="Which van?", context=context, choices=["small", "large"])
    assert outcome.choice == choice
    assert [(check.name, check.passed) for check in outcome.checks] == [("choices", True)]


@pytest.mark.parametrize(
    ("prompt", "choice"),
    [
        ("A neighbour asks: 'Who trims the tall hedges by the lake?'", "garden"),
        ("There are no hedges here, please come.", "roads"),
        ("Both the hedges and the asphalt are a mess.", "roads"),
        ("Choose garden.", "roads"),
    ],
)
def test_a_word_that_one_description_has_weighs(prompt: str, choice: str) -> None:
    offered = [
        {"name": "garden", "description": "hedges and lawns"},
        {"name": "roads", "description": "asphalt and signs"},
    ]

    def likelihood(turns: Any, text: str) -> float:
        is_unknown = "unknown" in turns[-1].content
        return -8.0 if text in ("Asphalt and signs", "Roads") and not is_unknown else -9.0

    model = ScriptedModel(likelihood=likelihood)
    assert chosen(model, prompt=prompt, choices=offered).choice == choice
