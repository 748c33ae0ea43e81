"""Escalation: the next model is asked when an answer is not good enough to be the last."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from function.backends.base import Tokens, Turn
from function.backends.chain import Chain
from function.backends.registry import Member
from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable
from function.pipeline.inference import Escalation, Found, improves, weakness
from function.reflection.answer import UNKNOWN, Confidence, Outcome
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import request_event
from tests.scripted import Call, ScriptedModel

ASKED = {
    "prompt": "What is the error rate?",
    "context": {"loki": "3.1 %"},
    "checks": {"must_contain": ["3.1"]},
    "max_reflection_steps": 1,
}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    services: list[Service] = []

    def build(models: Sequence[ScriptedModel], data: object = ASKED, **environment: str) -> Any:
        settings = load_settings({"TRM_ESCALATE": "true", **environment})
        members = [Member(model.name, lambda model=model: model) for model in models]  # type: ignore[misc]
        service = Service(settings, members, Log("ERROR", io.StringIO()))
        services.append(service)
        service.start()
        assert service.chain.wait(10)
        while "loading" in [backend["state"] for backend in service.chain.backends]:
            time.sleep(0.002)
        for model in models:
            model.calls.clear()
        reply = service.handler.handle(request_event(data))
        assert reply is not None
        return reply.get_data()

    yield build
    for service in services:
        service.close()


def outcomes(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(attempt["label"], attempt["outcome"]) for attempt in data["attempts"]]


def test_the_next_model_mends_what_the_first_cannot(ask: Ask) -> None:
    small = ScriptedModel(name="small", texts=["It is high."])
    large = ScriptedModel(name="large", texts=["It is 3.1 %."])
    data = ask([small, large])
    assert (data["answer"], data["model_name"]) == ("It is 3.1 %.", "large")
    assert outcomes(data) == [("small", "outdone"), ("large", "answered")]
    assert data["fallback_reason"].startswith("small: ") and "3.1" in data["fallback_reason"]
    assert data["stop_reason"] == "checks_passed"
    (call,) = large.calls
    said, better = call.turns[-2:]
    assert said == Turn("assistant", "It is high.")
    assert better.role == "user" and "3.1" in better.content
    assert call.turns[:-2] == small.calls[0].turns
    # What both spent counts, and every step is told.
    assert data["tokens_used"] == 3 * 10 + 3 + 3 + 4
    assert [step["step"] for step in data["reflection_trace"]] == [1]


def test_steps_go_on_counting(ask: Ask) -> None:
    small = ScriptedModel(name="small", texts=["It is high."])
    large = ScriptedModel(name="large", texts=["No idea.", "It is 3.1 %."])
    data = ask([small, large])
    assert [step["step"] for step in data["reflection_trace"]] == [1, 2]
    assert [step["accepted"] for step in data["reflection_trace"]] == [False, True]


def test_the_better_answer_is_kept(ask: Ask) -> None:
    two = {**ASKED, "checks": {"must_contain": ["3.1", "Loki"]}}
    first = ScriptedModel(name="first", texts=["Loki has some."])
    second = ScriptedModel(name="second", texts=["Hm."])
    data = ask([first, second], two)
    assert (data["answer"], data["model_name"]) == ("Loki has some.", "first")
    assert data["fallback_reason"] is None
    assert outcomes(data) == [("first", "answered"), ("second", "outdone")]


def test_each_next_one_is_asked_until_one_does(ask: Ask) -> None:
    models = [
        ScriptedModel(name="a", texts=["x"]),
        ScriptedModel(name="b", texts=["y"]),
        ScriptedModel(name="c", texts=["3.1"]),
        ScriptedModel(name="d", texts=["3.1 too"]),
    ]
    data = ask(models)
    assert data["answer"] == "3.1"
    assert outcomes(data) == [("a", "outdone"), ("b", "outdone"), ("c", "answered")]
    assert models[3].calls == []


@pytest.mark.parametrize("error", [ModelUnavailable("away"), ModelRefused("no"), KeyError("bug")])
def test_a_next_one_that_fails_loses_nothing(ask: Ask, error: Exception) -> None:
    def fail(call: Call) -> str:
        if call.max_tokens > 1:  # else it is the probe
            raise error
        return "ready"

    first = ScriptedModel(name="first", texts=["It is high."])
    data = ask([first, ScriptedModel(name="second", say=fail)])
    assert (data["answer"], data["model_name"]) == ("It is high.", "first")
    assert outcomes(data) == [("first", "answered"), ("second", "failed")]


def test_a_good_answer_goes_no_further(ask: Ask) -> None:
    second = ScriptedModel(name="second")
    data = ask([ScriptedModel(name="first", texts=["3.1"]), second])
    assert outcomes(data) == [("first", "answered")]
    assert second.calls == []


def test_it_is_off_by_default(ask: Ask) -> None:
    second = ScriptedModel(name="second", texts=["3.1"])
    data = ask([ScriptedModel(name="first", texts=["x"]), second], TRM_ESCALATE="")
    assert (data["answer"], second.calls) == ("x", [])


# Cut off


PLAIN = {"prompt": "What is the error rate?"}


def test_an_answer_cut_off_at_a_part_of_the_time_goes_on_to_the_next(ask: Ask) -> None:
    frozen = ScriptedModel(name="frozen", texts=["Loki is"], finish_reason="deadline")
    second = ScriptedModel(name="second", texts=["It is 3.1 %."])
    data = ask([frozen, second], PLAIN, TRM_ESCALATE="")
    assert (data["answer"], data["model_name"]) == ("It is 3.1 %.", "second")
    assert data["fallback_reason"].startswith("frozen: its answer was cut off")
    assert data["stop_reason"] != "deadline"
    assert outcomes(data) == [("frozen", "outdone"), ("second", "answered")]
    assert data["tokens_used"] == 2 * 10 + 2 + 4


def test_part_of_an_answer_is_better_than_none(ask: Ask) -> None:
    def fail(call: Call) -> str:
        if call.max_tokens > 1:  # else it is the probe
            raise ModelUnavailable("away")
        return "ready"

    frozen = ScriptedModel(name="frozen", texts=["Loki is"], finish_reason="deadline")
    data = ask([frozen, ScriptedModel(name="second", say=fail)], PLAIN, TRM_ESCALATE="")
    assert (data["answer"], data["stop_reason"]) == ("Loki is", "deadline")
    assert data["fallback_reason"] is None
    assert outcomes(data) == [("frozen", "answered"), ("second", "failed")]


def test_of_two_parts_the_first_is_kept(ask: Ask) -> None:
    models = [
        ScriptedModel(name=name, texts=[f"{name} is"], finish_reason="deadline")
        for name in ("first", "second")
    ]
    data = ask(models, PLAIN, TRM_ESCALATE="")
    assert (data["answer"], data["stop_reason"]) == ("first is", "deadline")
    assert outcomes(data) == [("first", "answered"), ("second", "outdone")]


# What is weak, and what is better

GOOD = Outcome("a", (), UNKNOWN, "no_improvement", Tokens(1, 1))
FAILED = (CheckResult(name="x", passed=False, reason="Say x."),)
PASSED = (CheckResult(name="x", passed=True),)


def sure(value: float | None, calibrated: bool = True) -> Outcome:
    return replace(GOOD, confidence=Confidence(value, "m", calibrated))


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (GOOD, None),
        (replace(GOOD, checks=PASSED), None),
        (replace(GOOD, checks=(*PASSED, *FAILED)), "Say x."),
        (sure(0.7), None),
        (sure(0.69), "its confidence is 0.69, less than 0.7"),
        (sure(0.1, calibrated=False), None),
        (sure(None), None),
        (replace(GOOD, answer=" "), "it is empty"),
        (replace(GOOD, handed_on=InferenceRequest(prompt="x")), "it abstained"),
    ],
)
def test_what_is_weak(outcome: Outcome, reason: str | None) -> None:
    assert weakness(outcome, 0.7) == reason


@pytest.mark.parametrize(
    ("later", "best", "better"),
    [
        (GOOD, sure(0.3), True),
        (sure(0.4), sure(0.3), True),
        (sure(0.2), sure(0.3), False),
        (replace(GOOD, checks=FAILED), replace(GOOD, checks=FAILED), False),
        (replace(GOOD, checks=PASSED), replace(GOOD, checks=FAILED), True),
        (replace(GOOD, checks=FAILED), replace(GOOD, checks=PASSED), False),
        (replace(GOOD, answer=" "), sure(0.3), False),
    ],
)
def test_what_is_better(later: Outcome, best: Outcome, better: bool) -> None:
    assert improves(later, best) is better


@pytest.mark.parametrize(("choice", "winner"), [("pod-restart", "small"), ("none", "trm")])
def test_a_native_task_that_abstains_hands_on(choice: str, winner: str) -> None:
    handed = InferenceRequest(prompt="Pod crashes")
    abstained = replace(GOOD, answer="none", choice="none", handed_on=handed)
    chain = Chain(
        [Member("small", lambda: ScriptedModel(name="small"))],
        [Turn("user", "ready?")],
        Log("ERROR", io.StringIO()),
    )
    chain.start()
    assert chain.wait(10)
    walk = chain.walk(Deadline.after(60))

    best = Escalation(walk, 0.7)
    assert not best.take(Found("trm", "alerts", "trm", abstained))
    assert best.earlier is not None and best.earlier.text == "none"
    with walk.next() as tried:
        pass
    answered = replace(GOOD, answer=choice, choice=choice)
    best.take(Found(tried.label, "small", "test", answered))
    found = best.found
    assert found is not None and found.label == winner
    assert found.result.tokens == Tokens(2, 2)
    chain.close()
