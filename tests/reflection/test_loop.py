"""The loop: draft, check, reflect, refine, and always return the best there was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from function.backends.base import Abilities, FinishReason, Tokens, Turn
from function.contract import ReflectionStep, parse_request
from function.deadline import NO_DEADLINE, Deadline
from function.errors import ModelRefused, ModelUnavailable, RequestExpired
from function.reflection.answer import UNKNOWN, Fit, Outcome
from function.reflection.listener import Listener
from function.reflection.loop import ReflectionLoop, answer
from function.reflection.prompt.prompts import CRITIQUE
from tests.scripted import Call, ScriptedModel
from tests.timing import Clock

ALPHA = {"must_contain": ["alpha"], "must_not_contain": ["beta"], "max_words": 5}
"""Three checks: "It is beta" passes one, "It is alpha" all and a long talk about beta none."""
RAMBLING = "It is beta " * 5


def loop(
    model: ScriptedModel,
    deadline: Deadline | None = None,
    seed: int = 100,
    on_step: Callable[[ReflectionStep], None] = lambda step: None,
    **fields: Any,
) -> Outcome:
    request = parse_request({"prompt": "Name a letter.", **fields})
    return ReflectionLoop(
        request, model, deadline or Deadline.after(60), seed, Listener(on_step)
    ).run()


def spoken(call: Call) -> list[str]:
    return [turn.content for turn in call.turns]


def is_critique(call: Call) -> bool:
    return call.turns[-1].content == CRITIQUE


def script(
    *lines: tuple[str, FinishReason] | Exception, clock: Clock | None = None, seconds: float = 0
) -> ScriptedModel:
    """Return a model that ends each text for a reason of its own, fails, or takes time."""
    rest = list(lines)
    model = ScriptedModel()

    def say(call: Call) -> str:
        if clock:
            clock.now += seconds
        following = rest.pop(0)
        if isinstance(following, Exception):
            raise following
        model.finish_reason = following[1]
        return following[0]

    model.say = say
    return model


# What reaches the model


def test_the_request_reaches_the_model() -> None:
    model = ScriptedModel(["It is alpha"])
    schema = {"type": "string"}
    loop(
        model,
        context={"loki": {"error_rate": 0.03}},
        temperature=0.31,
        max_tokens=77,
        system="Be terse.",
        response_format={"type": "json_schema", "schema": schema},
        reflection_mode="never",
    )
    (call,) = model.calls
    assert (call.temperature, call.max_tokens, call.seed) == (0.31, 77, 100)
    assert call.schema == schema
    system, user = call.turns
    assert system.content.startswith("Be terse.")
    assert "- loki.error_rate: 0.03" in user.content and "Name a letter." in user.content


@pytest.mark.parametrize("temperature", [0.0, 0.31, 1.9])
def test_the_temperature_reaches_draft_and_refinement(temperature: float) -> None:
    model = ScriptedModel(["It is beta", "It is alpha"])
    loop(model, temperature=temperature, checks=ALPHA)
    assert [call.temperature for call in model.calls] == [temperature, temperature]


def test_a_later_refinement_can_differ_from_the_first() -> None:
    model = ScriptedModel(["It is beta"])
    loop(model, temperature=0, checks=ALPHA)
    repeated = [call for call in model.calls if call.turns == model.calls[1].turns]
    assert len({(call.seed, call.temperature) for call in repeated}) == len(repeated) == 3
    assert all(call.temperature > 0 for call in repeated[1:])


def test_the_answer_fits_the_window_of_the_model() -> None:
    model = ScriptedModel(["It is alpha"], window=300)
    loop(model, max_tokens=8_000)
    assert model.calls[0].max_tokens <= 300


def test_without_a_format_decoding_is_free() -> None:
    model = ScriptedModel(["It is alpha"])
    loop(model)
    assert model.calls[0].schema is None


# Why it stops


@pytest.mark.parametrize(
    ("texts", "logs", "fields", "reason", "steps"),
    [
        (["It is alpha"], (-0.01, -0.01), {}, "confident", 0),
        (["It is alpha"], (-0.01,), {"confidence_threshold": 0.98}, "confident", 0),
        (["It is alpha"], (-0.01,), {"confidence_threshold": 0.995}, "no_improvement", 0),
        (["It is alpha"], (-2.0,), {}, "no_improvement", 0),
        (["It is alpha"], None, {}, "no_improvement", 0),
        (["It is alpha"], None, {"checks": ALPHA}, "checks_passed", 0),
        (["It is beta", "It is alpha"], None, {"checks": ALPHA}, "checks_passed", 1),
        (["It is beta", "gamma", "It is alpha"], None, {"checks": ALPHA}, "checks_passed", 2),
        (["It is beta"], None, {"checks": ALPHA}, "max_steps", 3),
        (["It is beta"], None, {"checks": ALPHA, "max_reflection_steps": 7}, "max_steps", 7),
        (["It is beta"], None, {"checks": ALPHA, "max_reflection_steps": 0}, "max_steps", 0),
        (["It is beta"], (-0.01,), {"checks": ALPHA}, "max_steps", 3),
        (["It is beta"], None, {"checks": ALPHA, "reflection_mode": "never"}, "never", 0),
        (["It is alpha"], (-0.01,), {"reflection_mode": "never"}, "never", 0),
        (["It is alpha"], (-0.01,), {"reflection_mode": "always"}, "max_steps", 3),
        (["It is alpha"], None, {"checks": ALPHA, "reflection_mode": "always"}, "max_steps", 3),
    ],
)
def test_why_it_stops(
    texts: list[str],
    logs: tuple[float, ...] | None,
    fields: dict[str, Any],
    reason: str,
    steps: int,
) -> None:
    outcome = loop(ScriptedModel(texts, logs), **fields)
    assert outcome.stop_reason == reason
    assert [step.step for step in outcome.trace] == list(range(1, steps + 1))


@pytest.mark.parametrize("mode", ["auto", "always", "never"])
def test_a_draft_that_time_cut_short_says_so_in_every_mode(mode: str) -> None:
    model = ScriptedModel(["It is"])
    model.finish_reason = "deadline"
    assert loop(model, reflection_mode=mode).stop_reason == "deadline"


def test_without_reflection_there_is_one_call() -> None:
    model = ScriptedModel(["It is beta"])
    loop(model, checks=ALPHA, reflection_mode="never")
    assert len(model.calls) == 1


# What is accepted


@pytest.mark.parametrize(
    ("refined", "finish"),
    [
        (RAMBLING, "stop"),
        ("", "stop"),
        ("  \n", "stop"),
        ("It is alpha", "length"),
        ("It is alpha", "deadline"),
        ("It is beta", "stop"),
        (" It is beta\n", "stop"),
        ("beta two", "stop"),
        ('the answer must contain "alpha"', "stop"),
        ('It is beta. The answer must contain both beta and "alpha" in a sentence.', "stop"),
    ],
)
def test_a_refinement_that_is_no_better_is_kept_in_the_trace_only(
    refined: str, finish: FinishReason
) -> None:
    model = script(("It is beta", "stop"), (refined, finish))
    outcome = loop(model, checks=ALPHA, max_reflection_steps=1)
    assert outcome.answer == "It is beta"
    (step,) = outcome.trace
    assert step.accepted is False
    assert (step.initial_answer, step.refined_answer) == ("It is beta", refined.strip())


def test_a_better_refinement_is_returned() -> None:
    outcome = loop(ScriptedModel(["It is beta", "It is alpha"]), checks=ALPHA)
    assert outcome.answer == "It is alpha"
    (step,) = outcome.trace
    assert step.accepted is True
    assert step.improvement_score == pytest.approx(2 / 3, abs=1e-6)
    assert all(check.passed for check in outcome.checks)


def test_the_best_is_returned_and_not_the_last() -> None:
    model = script(
        (RAMBLING, "stop"),
        ("It is beta", "stop"),
        (RAMBLING, "stop"),
        ("", "stop"),
        ("zeta", "length"),
    )
    outcome = loop(model, checks=ALPHA, max_reflection_steps=4)
    assert outcome.answer == "It is beta"
    assert [step.accepted for step in outcome.trace] == [True, False, False, False]
    assert [step.initial_answer for step in outcome.trace] == [RAMBLING.strip()] + [
        "It is beta"
    ] * 3
    assert outcome.trace[1].improvement_score < 0


@pytest.mark.parametrize(("least", "accepted"), [(0.0, True), (0.3, True), (0.5, False)])
def test_the_improvement_asked_for_is_a_minimum(least: float, accepted: bool) -> None:
    model = ScriptedModel([RAMBLING, "It is beta"])
    outcome = loop(model, checks=ALPHA, min_improvement=least, max_reflection_steps=1)
    assert outcome.trace[0].accepted is accepted


def test_a_refinement_that_passes_every_check_needs_no_minimum() -> None:
    words = [f"word{number}" for number in range(3)]
    rules = [
        {"expression": f"answer.contains('{word}')", "message": f"must hold {word}"}
        for word in words
    ]
    rules += [{"expression": "answer != ''", "message": "empty"}] * 25
    model = ScriptedModel(["word0 word1", "word0 word1 word2"])
    outcome = loop(model, rules=rules, max_reflection_steps=1)
    assert outcome.trace[0].improvement_score < 0.05
    assert outcome.answer == "word0 word1 word2"


@pytest.mark.parametrize(
    ("refined", "because"),
    [
        ("It is gamma", "it still fails must_contain"),
        ("It is beta", "it is the same answer"),
        ("", "it is empty"),
        ("The answer must contain alpha", "it repeats the reason"),
        ("alpha is what it is. " * 6, "it fails no_repetition"),
    ],
)
def test_a_refused_refinement_says_why_and_has_no_confidence(refined: str, because: str) -> None:
    model = ScriptedModel(["It is beta", refined])
    checks = {"must_contain": ["alpha", "omega"], "must_not_contain": ["delta"]}
    (step,) = loop(model, checks=checks, max_reflection_steps=1).trace
    assert not step.accepted and step.confidence is None
    assert step.refused_because == because


def test_an_accepted_refinement_has_no_reason_against_it() -> None:
    (step,) = loop(ScriptedModel(["It is beta", "It is alpha"]), checks=ALPHA).trace
    assert (step.accepted, step.refused_because) == (True, None)


def test_an_equal_refinement_is_no_improvement_even_when_none_is_asked_for() -> None:
    model = ScriptedModel(["alpha one", "alpha two"])
    outcome = loop(model, checks=ALPHA, reflection_mode="always", min_improvement=0)
    assert outcome.answer == "alpha one"
    assert not any(step.accepted for step in outcome.trace)


def test_a_certain_refinement_does_not_beat_a_correct_one() -> None:
    model = ScriptedModel(["It is alpha", "critique", "It is beta"], (-3.0,))

    def say(call: Call) -> str:
        model.log_probabilities = (-3.0,) if len(model.calls) == 1 else (-0.001,)
        return "It is alpha" if len(model.calls) == 1 else "It is beta"

    model.say = say
    outcome = loop(model, checks=ALPHA, reflection_mode="always", max_reflection_steps=2)
    assert outcome.answer == "It is alpha"


def test_the_word_that_was_asked_for_is_an_answer() -> None:
    outcome = loop(ScriptedModel(["I do not know", "Paris"]), checks={"must_contain": ["Paris"]})
    assert (outcome.answer, outcome.stop_reason) == ("Paris", "checks_passed")


# The conversation


def test_every_step_extends_one_conversation() -> None:
    model = ScriptedModel(["It is beta", "gamma", RAMBLING, "delta"])
    loop(model, checks=ALPHA)
    draft, *steps = [spoken(call) for call in model.calls]
    assert len(steps) == 3
    for step in steps:
        # What was computed for the draft is the beginning of every step, so it is cached.
        assert "\0".join(step).startswith("\0".join(draft))
        assert step != draft


def test_failed_checks_are_the_reflection_to_the_letter() -> None:
    model = ScriptedModel(["It is beta", "gamma", "It is alpha"])
    outcome = loop(model, checks=ALPHA, context={"a": 1})
    missing = 'the answer must contain "alpha"'
    unwanted = 'the answer must not contain "beta"'
    assert [step.reflection for step in outcome.trace] == [f"{missing}; {unwanted}", missing]
    first, second = (spoken(call)[-1] for call in model.calls[1:])
    assert missing in first and unwanted in first
    assert missing in second and unwanted not in second
    assert not any(is_critique(call) for call in model.calls)


def test_without_failed_checks_the_model_criticises_itself() -> None:
    model = ScriptedModel(say=lambda call: " Say\nwhich one. " if is_critique(call) else "a letter")
    outcome = loop(model, reflection_mode="always", max_reflection_steps=2)
    assert [step.reflection for step in outcome.trace] == ["Say which one."] * 2
    critiques = [call for call in model.calls if is_critique(call)]
    refinements = [call for call in model.calls[1:] if not is_critique(call)]
    assert len(critiques) == len(refinements) == 2
    assert "a letter" in spoken(critiques[0])
    assert all("Say which one." in spoken(call)[-1] for call in refinements)
    assert outcome.answer == "a letter"


def test_every_step_is_told_as_it_is_taken() -> None:
    heard: list[ReflectionStep] = []
    outcome = loop(ScriptedModel(["It is beta", "It is alpha"]), on_step=heard.append, checks=ALPHA)
    assert heard == outcome.trace and len(heard) == 1


# Samples and seeds


TOGETHER = Abilities(json_schema=True, log_probabilities=True, samples=True)
EACH = Abilities(json_schema=True, log_probabilities=True)


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


def test_a_single_draft_says_nothing_about_agreement() -> None:
    outcome = loop(ScriptedModel(["It is alpha"]))
    assert outcome.signals is not None and outcome.signals.agreement is None


def test_json_that_was_cut_off_is_written_again_shorter() -> None:
    schema = {"type": "object", "required": ["note"], "properties": {"note": {"type": "string"}}}
    model = ScriptedModel()

    def say(call: Call) -> str:
        note = (call.schema or {})["properties"]["note"]
        model.finish_reason = "stop" if "maxLength" in note else "length"
        return '{"note": "short"}' if "maxLength" in note else '{"note": "a long tale of'

    model.say = say
    wanted = {"type": "json_schema", "schema": schema}
    outcome = loop(model, response_format=wanted, reflection_mode="never")
    assert outcome.data == {"note": "short"}
    assert len(model.calls) == 2


def test_of_a_text_with_too_many_sentences_those_are_kept_that_it_may_have() -> None:
    model = ScriptedModel(["It is alpha. It is alpha. It is alph"], finish_reason="length")
    outcome = loop(model, checks={"max_sentences": 1, "must_contain": ["alpha"]})
    assert outcome.answer == "It is alpha."
    assert outcome.stop_reason == "checks_passed" and len(model.calls) == 1


def test_sentences_are_not_left_out_when_that_breaks_another_check() -> None:
    model = ScriptedModel(["It is beta. It is alpha."])
    asked = {"max_sentences": 1, "must_contain": ["alpha"]}
    outcome = loop(model, checks=asked, reflection_mode="never")
    assert outcome.answer == "It is beta. It is alpha."


def test_a_fit_looks_at_what_the_request_says_of_an_answer() -> None:
    fit = Fit(weights={"news": 4.0}, intercept=-2.0, cases=9, auroc=0.9, ece=0.1)
    request = parse_request({"prompt": "What is p95?", "context": {"p95": 420}})

    def confidence(answer: str) -> float | None:
        model = ScriptedModel([answer])
        return ReflectionLoop(request, model, Deadline.after(60), 1, fit=fit).run().confidence.value

    assert confidence("It is 420.") == pytest.approx(0.881, abs=0.001)
    assert confidence("I cannot say that.") == pytest.approx(0.119, abs=0.001)


def test_decoding_can_only_copy_what_has_to_be_copied() -> None:
    schema = {"type": "object", "properties": {"table": {"type": "string"}}}
    model = ScriptedModel(['{"table": "T12"}'])
    loop(
        model,
        response_format={"type": "json_schema", "schema": schema},
        context={"table": "T12"},
        checks={"copied_fields": ["table"]},
    )
    assert model.calls[0].schema == {
        "type": "object",
        "properties": {"table": {"enum": ["T12"]}},
    }


@pytest.mark.parametrize("text", ["", " \n"])
@pytest.mark.parametrize(
    "fit", [None, Fit(weights={"news": 3.0}, intercept=2.0, cases=9, auroc=1, ece=0)]
)
def test_nothing_is_known_of_an_empty_answer(text: str, fit: Fit | None) -> None:
    request = parse_request({"prompt": "Name a letter.", "reflection_mode": "never"})
    model = ScriptedModel([text], log_probabilities=(-0.01,))
    outcome = ReflectionLoop(request, model, Deadline.after(60), 100, fit=fit).run()
    assert (outcome.answer, outcome.confidence) == ("", UNKNOWN)


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


def test_tokens_of_all_calls_are_counted() -> None:
    model = ScriptedModel(["It is beta", "gamma", "alpha alpha"])
    assert loop(model, checks=ALPHA).tokens == Tokens(30, 6, 15)


# Refinements written together


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


# The deadline


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


# A model that fails


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


# What comes out


def test_confidence_is_null_without_a_signal() -> None:
    outcome = loop(ScriptedModel(["It is alpha"], log_probabilities=None))
    assert (outcome.confidence.value, outcome.confidence.method) == (None, None)


@pytest.mark.parametrize("length", [1, 400])
def test_confidence_does_not_grow_with_length(length: int) -> None:
    letters = str.maketrans("0123456789", "abcdefghij")
    text = " ".join(f"word{number}".translate(letters) for number in range(length))
    outcome = loop(ScriptedModel([text], (-0.5,) * length))
    assert outcome.confidence.value == pytest.approx(0.60653, abs=1e-4)


def test_confidence_is_zero_with_a_failed_check() -> None:
    outcome = loop(ScriptedModel(["It is beta"], (-0.001,)), checks=ALPHA)
    assert outcome.confidence.value == 0
    assert [step.confidence for step in outcome.trace] == [None] * 3
    assert [check.name for check in outcome.checks if not check.passed] == [
        "must_contain",
        "must_not_contain",
    ]


def test_json_is_parsed_when_it_was_asked_for() -> None:
    wanted = {"type": "json_object", "required": ["cause"]}
    outcome = loop(ScriptedModel(["{}", '{"cause": "disk"}']), response_format=wanted)
    assert outcome.data == {"cause": "disk"}
    assert outcome.stop_reason == "checks_passed"
    broken = loop(ScriptedModel(["no JSON"]), response_format=wanted)
    assert broken.data is None and broken.confidence.value == 0
    assert loop(ScriptedModel(['{"cause": "disk"}'])).data is None


def choosing(texts: Sequence[str]) -> Outcome:
    model = ScriptedModel(texts, abilities=Abilities())
    return loop(model, choices=["restart", "scale"])


@pytest.mark.parametrize("text", ["restart", ' "restart".\n', "**restart**", "`restart`"])
def test_a_written_choice_is_read_through_its_decoration(text: str) -> None:
    outcome = choosing([text])
    assert (outcome.answer, outcome.choice) == ("restart", "restart")


def test_a_refinement_can_name_a_choice() -> None:
    outcome = choosing(["I would wait", "scale"])
    assert (outcome.choice, outcome.stop_reason) == ("scale", "checks_passed")


def test_what_is_no_choice_is_not_chosen() -> None:
    outcome = choosing(["I would wait"])
    assert outcome.choice is None
    assert outcome.confidence.value == 0


def test_the_turns_are_those_of_the_conversation() -> None:
    model = ScriptedModel(["It is alpha"])
    loop(
        model, messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]
    )
    assert model.calls[0].turns[1:] == (
        Turn("user", "Hi"),
        Turn("assistant", "Yo"),
        Turn("user", "Name a letter."),
    )


def test_a_prompt_of_one_letter_gets_few_tokens() -> None:
    for prompt, most in (("x", 64), ("x?", 2_048), ("Name a colour.", 2_048)):
        model = ScriptedModel(texts=["Blue."])
        answer(parse_request({"prompt": prompt}), model, NO_DEADLINE, 1)
        assert model.calls[0].max_tokens == most
