"""Drafts and refinements that are written together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from function.backends.base import Abilities, Tokens
from function.deadline import Deadline
from function.reflection.answer import Outcome
from tests.reflection.looping import (
    ALPHA,
    EACH,
    TOGETHER,
    loop,
)
from tests.scripted import Call, ScriptedModel
from tests.timing import Clock


@pytest.mark.parametrize("abilities", [TOGETHER, EACH])
def test_the_best_sample_is_taken(abilities: Abilities) -> None:
    model = ScriptedModel(
        say=lambda call: "It is alpha" if call.seed == 102 else "It is beta", abilities=abilities
    )
    outcome = loop(model, samples=4, checks=ALPHA)
    assert outcome.answer == "It is alpha"
    assert sorted(call.seed or 0 for call in model.calls) == [100, 101, 102, 103]
    assert len({call.turns for call in model.calls}) == 1
    assert outcome.tokens == Tokens(40, 12, 20)


def test_of_equally_good_samples_the_one_that_others_confirm_is_taken() -> None:
    said = {100: "It is 5", 101: "It is 7", 102: "It must be 7", 103: "It is 9"}
    model = ScriptedModel(say=lambda call: said[call.seed or 0])
    outcome = loop(model, samples=4, reflection_mode="never")
    assert outcome.answer in ("It is 7", "It must be 7")
    assert outcome.signals is not None and outcome.signals.agreement == pytest.approx(1 / 3)
    model = ScriptedModel(say=lambda call: said[call.seed or 0])
    checked = loop(model, samples=4, reflection_mode="never", checks={"must_contain": ["5"]})
    assert checked.answer == "It is 5"  # checks go before agreement


def test_an_empty_sample_is_never_the_best() -> None:
    def say(call: Call) -> str:
        return "" if call.seed == 100 else "It is beta"

    without_checks = ScriptedModel(say=say, log_probabilities=None)
    assert loop(without_checks, samples=2, reflection_mode="never").answer == "It is beta"
    with_checks = ScriptedModel(say=say, log_probabilities=None)
    outcome = loop(with_checks, samples=2, checks=ALPHA, reflection_mode="never")
    assert outcome.answer == "It is beta"


def test_the_same_seed_draws_the_same_numbers() -> None:
    seeds = []
    for _ in range(2):
        model = ScriptedModel(["It is beta"])
        loop(model, checks=ALPHA)
        seeds.append([call.seed for call in model.calls])
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == len(seeds[0])


@pytest.mark.parametrize("seed", [2**32 - 1, 2**32 - 2, 2**32 - 4])
@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("abilities", [TOGETHER, EACH])
def test_no_seed_means_random_to_an_engine(seed: int, samples: int, abilities: Abilities) -> None:
    # llama.cpp reads 2**32 - 1 as "take any seed" (LLAMA_DEFAULT_SEED).
    model = ScriptedModel(["It is beta"], abilities=abilities)
    loop(model, seed=seed, samples=samples, checks=ALPHA)
    assert all(call.seed is not None and 0 <= call.seed < 2**32 - 1 for call in model.calls)


def on_the_third_try(call: Call) -> str:
    return "It is alpha" if call.seed == 103 else "It is beta"


def untimed(outcome: Outcome) -> list[dict[str, Any]]:
    measured = {"duration_ms", "tokens_used"}
    return [step.model_dump(exclude=measured) for step in outcome.trace]


@pytest.mark.parametrize("say", [on_the_third_try, lambda call: "It is beta"])
def test_refinements_written_together_are_those_written_one_by_one(
    say: Callable[[Call], str],
) -> None:
    together, each = (
        loop(ScriptedModel(say=say, abilities=abilities), checks=ALPHA)
        for abilities in (TOGETHER, EACH)
    )
    assert untimed(together) == untimed(each) and len(each.trace) == 3
    assert (together.answer, together.stop_reason) == (each.answer, each.stop_reason)
    assert together.tokens == each.tokens


def asked_for(abilities: Abilities = TOGETHER, seconds: float = 0.0, **fields: Any) -> list[Call]:
    """Return what the model is asked, whose first refinement is good, ``seconds`` an answer."""
    clock = Clock()

    def say(call: Call) -> str:
        clock.now += seconds
        return "It is beta" if call.seed == 100 else "It is alpha"

    model = ScriptedModel(say=say, abilities=abilities)
    assert loop(model, Deadline.after(10, clock), checks=ALPHA, **fields).answer == "It is alpha"
    return model.calls


def test_as_many_refinements_are_written_together_as_may_ask_the_same() -> None:
    assert [call.seed for call in asked_for()] == [100, 101, 102, 103]
    assert [call.seed for call in asked_for(max_reflection_steps=2)] == [100, 101, 102]
    assert len(asked_for(abilities=EACH)) == 2
    # The first is as cool as the request, the others are not.
    assert len(asked_for(temperature=0)) == 2


def test_no_more_refinements_are_written_together_than_there_is_time_for_one_by_one() -> None:
    assert len(asked_for(seconds=2.0)) == 4
    assert len(asked_for(seconds=3.0)) == 3
    assert len(asked_for(seconds=4.0)) == 2
