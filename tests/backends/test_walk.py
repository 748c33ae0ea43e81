"""One request along the chain: whose answer it gets, at what cost, and what it is told."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from function.backends.base import Abilities, Cut, Generation, Listen, Model, Tokens, Turn
from function.backends.chain import Chain, Walk
from function.backends.registry import Member
from function.deadline import Deadline
from function.errors import (
    ModelRefused,
    ModelUnavailable,
    PromptTooLong,
    RequestExpired,
    RequestFailed,
)
from function.reflection.drafting import RANDOM_SEED
from function.telemetry import Log
from tests.backends.asking import ask
from tests.scripted import ScriptedModel
from tests.timing import Clock

PROBE = [Turn("user", "Say: ready.")]
ASKED = [Turn("user", "How is Loki?")]


@dataclass
class Moody(ScriptedModel):
    """Answers the probe, then does what ``moods`` say, the last one for ever: raise, take so many
    seconds, or write a text."""

    moods: Sequence[Exception | float | str] = ("done",)
    clock: Clock = field(default_factory=Clock)
    deadlines: list[Deadline] = field(default_factory=list)

    def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> Generation:
        if list(turns) == PROBE:
            return Generation("ready", "stop", Tokens())
        mood = self.moods[min(len(self.deadlines), len(self.moods) - 1)]
        self.deadlines.append(deadline)
        if isinstance(mood, Exception):
            raise mood
        if isinstance(mood, str):
            return Generation(mood, "stop", Tokens(1, 1))
        if mood >= deadline.left:
            self.clock.now = deadline.at
            return Generation("", "deadline", Tokens())
        self.clock.now += mood
        return Generation("late", "stop", Tokens(1, 1))


@dataclass
class Row:
    """A chain of moody models on one clock."""

    clock: Clock
    models: list[Moody]
    chain: Chain

    def walk(self, seconds: float = 60) -> Walk:
        return self.chain.walk(Deadline.after(seconds, self.clock))

    def ask(self, seconds: float = 60) -> tuple[str, list[tuple[str, str, str | None]]]:
        """Who answers, and what each did."""
        walk = self.walk(seconds)
        answered = ask(walk, write)
        return answered.label, [(it.label, it.outcome, it.error) for it in walk.attempts]

    def states(self) -> list[str]:
        return [backend["state"] for backend in self.chain.backends]


def write(model: Model, deadline: Deadline) -> str:
    said = model.generate(ASKED, max_tokens=8, temperature=0, seed=1, deadline=deadline)
    if said.finish_reason == "deadline":
        raise RequestExpired("the deadline passed before there was an answer")
    return said.text


Build = Callable[..., Row]


def away(retry_after: int = 1) -> ModelUnavailable:
    return ModelUnavailable("the server is away", retry_after, "ConnectError")


@pytest.fixture
def row() -> Any:
    chains: list[Chain] = []

    def build(*moods: Sequence[Exception | float | str]) -> Row:
        clock = Clock()
        models = [
            Moody(name=f"model-{name}", backend="test", moods=mood, clock=clock)
            for name, mood in zip("abc", moods, strict=False)
        ]
        members = [
            Member(name, lambda model=model: model)  # type: ignore[misc]
            for name, model in zip("abc", models, strict=False)
        ]
        chain = Chain(members, PROBE, Log("ERROR", io.StringIO()), 30, clock)
        chains.append(chain)
        chain.start()
        assert chain.wait(10)
        for link in chain.backends:
            assert link["state"] in ("closed", "loading")
        while "loading" in [link["state"] for link in chain.backends]:
            threading.Event().wait(0.002)
        return Row(clock, models, chain)

    yield build
    for chain in chains:
        chain.close()


def test_the_first_answers_and_nobody_else_is_asked(row: Build) -> None:
    it = row(["one"], ["two"])
    walk = it.walk()
    answered = ask(walk, write)
    assert (answered.label, answered.model_name, answered.backend) == ("a", "model-a", "test")
    assert answered.result == "one"
    assert answered.fallback_reason is None
    assert [(attempt.label, attempt.outcome) for attempt in walk.attempts] == [("a", "answered")]
    assert it.models[1].deadlines == []


@pytest.mark.parametrize("fault", [away(), KeyError("a bug"), MemoryError(), ""])
def test_the_next_one_answers(row: Build, fault: Exception | str) -> None:
    it = row([fault], ["two"])
    walk = it.walk()
    answered = ask(walk, write)
    assert answered.label == "b"
    first, second = walk.attempts
    cause = {"": "EmptyAnswer"}.get(str(fault), getattr(fault, "cause", type(fault).__name__))
    cause = "MemoryError" if isinstance(fault, MemoryError) else cause
    assert (first.label, first.outcome, first.error) == ("a", "failed", cause)
    assert (second.label, second.outcome, second.error) == ("b", "answered", None)
    assert (answered.fallback_reason or "").startswith("a: ")
    assert it.chain.backends[0]["last_error"] == cause


@pytest.mark.parametrize("error", [ModelRefused("no"), PromptTooLong("too long")])
def test_what_one_refuses_the_next_may_answer(row: Build, error: RequestFailed) -> None:
    it = row([error], ["two"])
    for _ in range(5):
        assert it.ask() == ("b", [("a", "failed", type(error).__name__), ("b", "answered", None)])
    assert it.states() == ["closed", "closed"]


def test_a_request_that_all_refuse_is_refused_for_good(row: Build) -> None:
    it = row([PromptTooLong("too long")], [ModelRefused("no")])
    with pytest.raises(ModelRefused, match="a: too long; b: no"):
        it.ask()
    with pytest.raises(PromptTooLong, match="^too long$"):
        row([PromptTooLong("too long")]).ask()


@pytest.mark.parametrize("moods", [[ModelRefused("no"), away()], [away(), ModelRefused("no")]])
def test_a_refusal_beside_a_failure_that_passes_is_not_for_good(
    row: Build, moods: list[Exception]
) -> None:
    with pytest.raises(ModelUnavailable):
        row(*([mood] for mood in moods)).ask()


def test_a_request_that_fails_by_itself_is_passed_to_nobody(row: Build) -> None:
    it = row(["one"], ["two"])

    def work(model: Model, deadline: Deadline) -> str:
        raise RequestFailed("ours")

    with pytest.raises(RequestFailed, match="ours"):
        ask(it.walk(), work)
    assert it.models[1].deadlines == []


def test_an_empty_answer_of_the_last_has_to_do(row: Build) -> None:
    it = row([away()], [""])
    assert ask(it.walk(), write).result == ""


def test_a_broken_one_is_left_alone_and_found_again(row: Build) -> None:
    it = row([away(), away(), away(), "back"], ["two"])
    for _ in range(3):
        assert it.ask()[1][0] == ("a", "failed", "ConnectError")
    assert it.states() == ["open", "closed"]
    walk = it.walk()
    answered = ask(walk, write)
    assert answered.label == "b"
    assert walk.attempts[0].outcome == "skipped"
    assert answered.fallback_reason == "a: circuit open after ConnectError"
    assert len(it.models[0].deadlines) == 3
    assert it.chain.state == (True, "ready: model-b on test (a: circuit open after ConnectError)")
    it.clock.now += 1
    assert it.ask() == ("a", [("a", "answered", None)])
    assert it.states() == ["closed", "closed"]


def test_while_one_probes_the_others_pass_by(row: Build) -> None:
    it = row([away(60), "back"], ["two"])
    it.ask()
    it.clock.now += 60
    inner: list[str] = []

    def work(model: Model, deadline: Deadline) -> str:
        if not inner:
            inner.append("")
            inner.append(it.ask()[0])
        return write(model, deadline)

    assert ask(it.walk(), work).label == "a"
    assert inner[1] == "b"


@pytest.mark.parametrize("error", [RequestExpired("over"), ZeroDivisionError("ours")])
def test_a_probe_that_comes_to_nothing_is_given_back(row: Build, error: Exception) -> None:
    it = row([away(60), "back"])
    with pytest.raises(ModelUnavailable):
        it.ask()
    it.clock.now += 60

    def fail(model: Model, deadline: Deadline) -> str:
        it.clock.now += 60
        raise error

    with pytest.raises(type(error)):
        ask(it.walk(), fail)
    assert it.ask()[0] == "a"


def test_a_bug_of_our_own_is_no_fault_of_a_member(row: Build) -> None:
    it = row(["one"], ["two"])

    def fail(model: Model, deadline: Deadline) -> str:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        ask(it.walk(), fail)
    assert it.models[1].deadlines == []
    assert it.states() == ["closed", "closed"]


def test_a_bug_that_nobody_makes_good_is_not_hidden(row: Build) -> None:
    with pytest.raises(KeyError):
        row([KeyError("x")]).ask()
    with pytest.raises(KeyError):
        row([away()], [KeyError("x")]).ask()


def test_a_request_that_brings_a_bug_out_turns_nothing_off(row: Build) -> None:
    it = row([*[KeyError("x")] * 5, "fine"])
    for _ in range(5):
        with pytest.raises(KeyError):
            it.ask()
    assert it.ask() == ("a", [("a", "answered", None)])


def test_all_down_tells_the_soonest_time(row: Build) -> None:
    it = row([away(40)], [away(20)])
    for expected in (20, 20):
        with pytest.raises(ModelUnavailable) as failure:
            it.ask()
        assert failure.value.retry_after == expected
        assert str(failure.value).startswith("no model can answer: a: ")
        assert len(str(failure.value)) < 190
    assert [len(model.deadlines) for model in it.models] == [1, 1]
    assert it.chain.state[0] is False
    it.clock.now += 15
    with pytest.raises(ModelUnavailable) as failure:
        it.ask()
    assert failure.value.retry_after == 5
    it.clock.now += 5
    assert it.chain.state[0] is True


def test_the_error_of_the_only_one_is_told(row: Build) -> None:
    it = row([away(7)])
    with pytest.raises(ModelUnavailable, match="^the server is away$") as failure:
        it.ask()
    assert failure.value.retry_after == 7


# Time


def test_the_only_one_gets_all_the_time(row: Build) -> None:
    it = row(["one"])
    it.ask(120)
    (deadline,) = it.models[0].deadlines
    assert (deadline.at, deadline.silence) == (120, float("inf"))


@pytest.mark.parametrize(("seconds", "budgets"), [(120, (100, 20)), (9, (6, 3)), (60, (40, 20))])
def test_time_is_kept_back_for_the_next(
    row: Build, seconds: float, budgets: tuple[float, float]
) -> None:
    it = row([1_000.0], ["two"])
    assert it.ask(seconds) == ("b", [("a", "failed", "Timeout"), ("b", "answered", None)])
    (first,), (second,) = (model.deadlines for model in it.models)
    assert first.at == pytest.approx(budgets[0])
    assert second.at == seconds
    assert (first.silence, second.silence) == (30, float("inf"))
    assert it.clock.now == pytest.approx(budgets[0])


def test_three_that_hang_share_the_time(row: Build) -> None:
    it = row([1_000.0], [1_000.0], ["three"])
    walk = it.walk(9)
    assert ask(walk, write).label == "c"
    spent = [attempt.duration_ms for attempt in walk.attempts]
    assert spent == pytest.approx([6_000, 2_000, 0])


def test_one_that_is_left_alone_gets_no_time_kept_back(row: Build) -> None:
    it = row(["one"], [away(60)])
    walk = it.walk()
    walk.outdo("a", "failed checks")
    ask(walk, write)
    with pytest.raises(ModelUnavailable):
        ask(walk, write)
    it.ask(120)
    assert it.models[0].deadlines[-1].at == 120


def test_when_all_hang_the_request_expires(row: Build) -> None:
    it = row([1_000.0], [1_000.0])
    with pytest.raises(RequestExpired):
        it.ask(9)
    assert it.clock.now == 9


def test_who_hangs_is_left_alone(row: Build) -> None:
    it = row([1_000.0], ["two"])
    for _ in range(3):
        it.ask(60)
    assert it.states() == ["open", "closed"]


def test_nobody_is_blamed_for_a_sender_without_patience(row: Build) -> None:
    it = row([1_000.0], ["two"])
    for _ in range(5):
        it.ask(3)
    assert it.states() == ["closed", "closed"]


@pytest.mark.parametrize(("hosted", "state"), [(False, "closed"), (True, "open")])
def test_long_prompts_do_not_open_the_only_model_of_this_process(
    row: Build, hosted: bool, state: str
) -> None:
    it = row([1_000.0])
    it.models[0].abilities = Abilities(hosted=hosted)
    for _ in range(3):
        with pytest.raises(RequestExpired):
            it.ask(60)
    assert it.states() == [state]


def test_seeds_are_passed_on(row: Build) -> None:
    model = ScriptedModel()
    chain = Chain([Member("it", lambda: model)], PROBE, Log("ERROR", io.StringIO()))
    chain.start()
    assert chain.wait(10)

    def work(model: Model, deadline: Deadline) -> Generation:
        return model.generate(
            ASKED,
            max_tokens=7,
            temperature=0.4,
            seed=RANDOM_SEED - 1,
            deadline=deadline,
            schema={"type": "object"},
        )

    ask(chain.walk(Deadline.after(9)), work)
    call = model.calls[-1]
    assert (call.turns, call.max_tokens, call.temperature) == (tuple(ASKED), 7, 0.4)
    assert (call.seed, call.schema) == (RANDOM_SEED - 1, {"type": "object"})
    chain.close()


@pytest.mark.parametrize("fault", ["two", away()])
def test_who_writes_no_text_is_asked_for_none(row: Build, fault: Exception | str) -> None:
    it = row([ModelRefused("puzzles only")], [fault])
    it.models[0].abilities = Abilities(text=False)
    if isinstance(fault, str):
        assert it.ask() == ("b", [("b", "answered", None)])
        assert it.chain.state == (True, "ready: model-b on test")
    else:
        with pytest.raises(ModelUnavailable):
            it.ask()
    assert it.models[0].deadlines == []


def test_where_nobody_writes_text_the_reason_is_told(row: Build) -> None:
    it = row([ModelRefused("puzzles only")])
    it.models[0].abilities = Abilities(text=False)
    with pytest.raises(ModelRefused, match="puzzles only"):
        it.ask()
