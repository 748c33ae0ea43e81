"""What leaves when time runs out, or the model fails, in the middle of reflection."""

from __future__ import annotations

import pytest

from function.backends.base import Abilities
from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable, RequestExpired
from tests.reflection.looping import (
    ALPHA,
    EACH,
    RAMBLING,
    TOGETHER,
    loop,
    script,
)
from tests.scripted import Call, ScriptedModel
from tests.timing import Clock


def test_the_best_so_far_leaves_at_the_deadline() -> None:
    clock = Clock()
    model = script(
        (RAMBLING, "stop"), ("It is beta", "stop"), ("gamma", "stop"), clock=clock, seconds=2.0
    )
    outcome = loop(model, Deadline.after(3.9, clock), checks=ALPHA, max_reflection_steps=10)
    assert (outcome.answer, outcome.stop_reason) == ("It is beta", "deadline")
    assert len(model.calls) == 2


def test_a_refinement_cut_by_the_deadline_is_not_taken() -> None:
    clock = Clock()
    model = script(("It is beta", "stop"), ("It is alpha", "deadline"), clock=clock, seconds=1.0)
    outcome = loop(model, Deadline.after(1.5, clock), checks=ALPHA)
    assert (outcome.answer, outcome.stop_reason) == ("It is beta", "deadline")
    assert outcome.trace[-1].accepted is False


def test_a_draft_cut_by_the_deadline_is_better_than_nothing() -> None:
    clock = Clock()
    model = script(("The letter be", "deadline"), clock=clock, seconds=2.0)
    outcome = loop(model, Deadline.after(1, clock), checks=ALPHA)
    assert (outcome.answer, outcome.stop_reason) == ("The letter be", "deadline")


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_deadline_without_any_answer_is_an_error(text: str) -> None:
    with pytest.raises(RequestExpired):
        loop(ScriptedModel([text], finish_reason="deadline"))


@pytest.mark.parametrize("error", [ModelUnavailable("gone"), ModelRefused("does not fit")])
def test_an_answer_survives_a_model_that_fails_afterwards(error: Exception) -> None:
    model = script((RAMBLING, "stop"), ("It is beta", "stop"), error)
    outcome = loop(model, checks=ALPHA)
    assert (outcome.answer, outcome.stop_reason) == ("It is beta", "no_improvement")
    assert [step.accepted for step in outcome.trace] == [True]


@pytest.mark.parametrize("error", [ModelUnavailable("gone"), ModelRefused("does not fit")])
def test_an_answer_survives_a_failed_critique(error: Exception) -> None:
    outcome = loop(script(("It is alpha", "stop"), error), reflection_mode="always")
    assert (outcome.answer, outcome.trace) == ("It is alpha", [])


@pytest.mark.parametrize("error", [ModelUnavailable("gone"), ModelRefused("does not fit")])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("abilities", [TOGETHER, EACH])
def test_without_an_answer_the_failure_is_told(
    error: Exception, samples: int, abilities: Abilities
) -> None:
    def say(call: Call) -> str:
        raise error

    with pytest.raises(type(error), match=str(error)):
        loop(ScriptedModel(say=say, abilities=abilities), samples=samples)
