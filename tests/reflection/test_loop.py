"""The loop: draft, check, reflect, refine, and always return the best there was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from function.backends.base import Abilities, FinishReason, Tokens, Turn
from function.contract import ReflectionStep, parse_request
from function.deadline import NO_DEADLINE, Deadline
from function.reflection.answer import UNKNOWN, Fit, Outcome
from function.reflection.loop import ReflectionLoop, answer
from tests.reflection.looping import (
    ALPHA,
    RAMBLING,
    is_critique,
    loop,
    script,
    spoken,
)
from tests.scripted import Call, ScriptedModel


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
        "additionalProperties": False,
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


def test_tokens_of_all_calls_are_counted() -> None:
    model = ScriptedModel(["It is beta", "gamma", "alpha alpha"])
    assert loop(model, checks=ALPHA).tokens == Tokens(30, 6, 15)


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
