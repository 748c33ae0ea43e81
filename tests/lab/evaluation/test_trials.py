"""Running a suite: every way is tried, and a run that was cut goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from function.errors import ModelUnavailable
from function.profiles.registry import ProfileRegistry
from function.reflection.prompt.prompts import CRITIQUE
from lab.evaluation.cases import Case
from lab.evaluation.command import main
from lab.evaluation.expectation import Expectation
from lab.evaluation.report import report_of
from lab.evaluation.trials import Bench, Trial
from tests.scripted import Call, ScriptedModel


def case(name: str = "c-1", expect: dict[str, Any] | None = None, **request: Any) -> Case:
    return Case(
        id=name,
        family="letters",
        agent=None,
        language="en",
        request={"prompt": "Name a letter.", **request},
        expect=Expectation(**(expect or {"any_of": [["alpha"]]})),
    )


def run(model: ScriptedModel, path: Path, *cases: Case) -> list[Trial]:
    return Bench(model, ProfileRegistry({}), path).run(cases, 1, lambda line: None, critique=True)


def hinted(call: Call) -> bool:
    return "must contain" in call.turns[-1].content


def test_all_ways_are_tried(tmp_path: Path) -> None:
    def say(call: Call) -> str:
        if call.turns[-1].content == CRITIQUE:
            return "It could be longer."
        return "It is alpha" if hinted(call) else "It is beta"

    asked = case(checks={"must_contain": ["alpha"]})
    (trial,) = run(ScriptedModel(say=say), tmp_path / "t.jsonl", asked)
    assert trial.single is not None and trial.critique is not None
    assert trial.loop.answers == ["It is beta", "It is alpha", "It is alpha", "It is alpha"]
    assert trial.loop.right == [False, True, True, True]
    assert trial.single.answers == ["It is beta"]
    assert trial.critique.answers == ["It is beta"] * 4
    assert trial.critique.tokens > trial.single.tokens > 0
    assert (trial.kind, trial.member, trial.valid) == ("text", None, None)
    assert trial.evidence.refined and trial.evidence.passed == 1


def test_what_the_facts_give_counts_after_the_last_step(tmp_path: Path) -> None:
    fill = {"field": "answer", "when": "failed", "value": "'It is alpha'"}
    rule = {"expression": "says(answer, 'alpha')", "message": "say which"}
    asked = case(fill=[fill], rules=[rule])
    (trial,) = run(ScriptedModel(["It is beta"]), tmp_path / "t.jsonl", asked)
    assert trial.loop.answers == [*["It is beta"] * 3, "It is alpha"]
    asked = case("c-2", fill=[fill], rules=[rule], max_reflection_steps=0)
    (trial,) = run(ScriptedModel(["It is beta"]), tmp_path / "t.jsonl", asked)
    assert trial.loop.right == [False, False, False, True]


def test_critique_takes_the_last_answer_even_when_it_was_right(tmp_path: Path) -> None:
    drafts: list[Call] = []

    def say(call: Call) -> str:
        if call.turns[-1].content == CRITIQUE:
            return "It is wrong."
        drafts.append(call)
        return "It is beta" if len(call.turns) > 2 else "It is alpha"

    (trial,) = run(ScriptedModel(say=say), tmp_path / "t.jsonl", case())
    assert trial.critique is not None
    assert trial.loop.right == [True] * 4
    assert trial.critique.right == [True, False, False, False]


def test_choices_are_scored_by_the_loop_and_written_by_the_baseline(tmp_path: Path) -> None:
    model = ScriptedModel(
        ["I would restart."],
        likelihood=lambda turns, text: -1.0 if text == "scale" else -2.0,
    )
    asked = case(expect={"choice": "restart"}, choices=["restart", "scale"])
    (trial,) = run(model, tmp_path / "t.jsonl", asked)
    assert trial.single is not None
    assert (trial.kind, trial.member) == ("choose", True)
    assert trial.single.answers == ["restart"]
    assert trial.single.right == [True]


def test_json_is_held_against_the_schema_that_was_asked_for(tmp_path: Path) -> None:
    wanted = {"type": "json_object", "required": ["a"]}
    asked = case(expect={}, response_format=wanted)
    (good,) = run(ScriptedModel(['{"a": 1}']), tmp_path / "good.jsonl", asked)
    (bad,) = run(ScriptedModel(["{}"]), tmp_path / "bad.jsonl", asked)
    assert (good.valid, bad.valid) == (True, False)


def test_a_run_that_was_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"

    def say(call: Call) -> str:
        if "second" in call.turns[-1].content:
            raise ModelUnavailable("gone")
        return "It is alpha"

    cases = [case(), case("c-2", prompt="Name a second letter.")]
    with pytest.raises(ModelUnavailable):
        run(ScriptedModel(say=say), path, *cases)
    with path.open("a") as file:
        file.write('{"id": "half a li')
        file.write("\n")
    model = ScriptedModel(["It is alpha"])
    first, second = run(model, path, *cases)
    assert (first.id, second.id) == ("c-1", "c-2")
    assert all("second" in call.turns[1].content for call in model.calls)
    again = ScriptedModel(["never"])
    assert run(again, path, *cases) == [first, second]
    assert again.calls == []


def test_another_case_or_model_is_another_trial(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    run(ScriptedModel(["It is alpha"]), path, case())
    for model, asked in [
        (ScriptedModel(["It is alpha"], name="other"), case()),
        (ScriptedModel(["It is alpha"]), case(prompt="Name another letter.")),
    ]:
        run(model, path, asked)
        assert model.calls


def test_the_command_writes_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = ScriptedModel(["It is alpha"])
    fitted = tmp_path / "fitted"
    main(["smoke", "--out", str(tmp_path), "--fit", str(fitted)], lambda: model)
    assert model.closed
    assert {path.name for path in tmp_path.iterdir()} == {
        "smoke.md",
        "smoke.json",
        "smoke.svg",
        "smoke-scripted.trials.jsonl",
        "fitted",
    }
    assert capsys.readouterr().out.startswith("# scripted on the suite smoke")
    assert (fitted / "scripted.json").is_file()


def test_the_loop_can_be_tried_alone_and_the_rest_later(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    model = ScriptedModel(["It is alpha"])
    (alone,) = Bench(model, ProfileRegistry({}), path).run(
        [case()], 1, lambda line: None, drafts=False
    )
    assert (alone.single, alone.critique, len(model.calls)) == (None, None, 1)
    (whole,) = run(model, path, case())
    assert whole.single is not None and whole.critique is not None
    (still,) = Bench(ScriptedModel(), ProfileRegistry({}), path).run(
        [case()], 1, lambda line: None, drafts=False
    )
    assert still == whole


def test_a_twin_is_held_against_its_own_case_only(tmp_path: Path) -> None:
    twin = case("c-2").model_copy(update={"twin": "c-1"})
    whole, alone = run(ScriptedModel(["It is alpha"]), tmp_path / "t.jsonl", case(), twin)
    assert whole.single is not None
    assert (alone.single, alone.critique, alone.twin) == (None, None, "c-1")


def test_alerts_are_judged_by_what_the_network_chooses(tmp_path: Path) -> None:
    labels = {"alertname": "PodCrashLooping", "namespace": "n", "pod": "mail-7c9d5-x2x9z"}
    alert = {"labels": labels, "annotations": {"summary": "restarts again and again"}}
    asked = case(
        expect={"choice": "pod-restart"},
        choices=["pod-restart", "check-pvc-status", "none"],
        context={"alert": alert},
    )
    (trial,) = run(ScriptedModel(), tmp_path / "t.jsonl", asked)
    assert (trial.kind, trial.member) == ("native", True)
    assert trial.loop.right == [True] * 4
    assert trial.loop.tokens == 0
    assert trial.single is not None
    assert trial.single.tokens > 0
    # A network's confidence is judged beside its weights.
    assert report_of([trial], "suite", "model", None).trust == []
