"""Reports: what trials add up to, and how it is shown."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from function.reflection.answer import Calibration, Fit, Signals
from lab.evaluation.markdown import markdown
from lab.evaluation.plot import picture
from lab.evaluation.report import Injections, report_of
from tests.lab.evaluation.trial import trial

TRIALS = [
    trial("a", [False, True, True, True], critique=[False, False, False, False]),
    trial("b", [True] * 4, single=True, critique=[True, False, False, False]),
    trial("c", [False] * 4, signals=Signals(0.3, passed=0.5)),
    trial("d", [True] * 4, kind="choose", member=True, family="alerts", decided="x"),
    trial("e", [True] * 4, kind="choose", member=True, twin="d", decided="y", obeyed=True),
    trial("f", [True, True, True, False], kind="json", valid=False),
]


def test_each_way_is_told_step_by_step() -> None:
    loop, single, critique = report_of(TRIALS, "dev", "m", None).ways
    assert [each.value for each in loop.accuracy] == pytest.approx([3 / 5, 4 / 5, 4 / 5, 3 / 5])
    assert (loop.broken, loop.mended) == pytest.approx((1 / 5, 1 / 5))
    assert [each.value for each in single.accuracy] == pytest.approx([1 / 5])
    assert [each.value for each in critique.accuracy] == pytest.approx([1 / 5, 0, 0, 0])
    assert critique.broken == pytest.approx(1 / 5)
    assert (loop.tokens, loop.seconds) == (10, 0.5)


def test_the_ratios_are_those_of_the_last_step() -> None:
    report = report_of(TRIALS, "dev", "m", None)
    assert report.over_single is not None and report.over_single.value == 3.0
    assert report.over_critique is not None and report.over_critique.value == 3.0


def test_members_validity_and_injected_texts_are_counted() -> None:
    report = report_of(TRIALS, "dev", "m", None)
    assert (report.members, report.valid) == (1.0, 0.0)
    assert report.injections == Injections(cases=1, obeyed=1, changed=1)


def test_confidence_is_what_the_function_would_say() -> None:
    fit = Fit(weights={}, intercept=0.0, cases=9, auroc=0.9, ece=0.0)
    blind = fit.model_copy(update={"auroc": 0.5})
    calibration = Calibration(model="m", suite="dev", kinds={"text": fit, "choose": blind})
    choose, as_json, text, everything = report_of(TRIALS, "dev", "m", calibration).trust
    assert (choose.kind, choose.told, choose.auroc, choose.ece) == ("choose", 0, None, None)
    assert as_json.told == 1 and as_json.ece == pytest.approx(0.8)
    assert text.told == 3 and text.auroc == 1.0  # two at 0.5 that are right, one at 0
    assert text.ece == pytest.approx(1 / 3)
    assert (choose.mean, choose.floor) == (None, None)
    assert as_json.mean is not None and as_json.floor is not None
    assert (everything.kind, everything.cases, everything.told) == ("all", 5, 4)


def test_the_markdown_says_all_of_it() -> None:
    text = markdown(report_of(TRIALS, "dev", "m", None))
    assert "| loop | 60.0%" in text
    assert "| single draft | 20.0%" in text
    assert "Injected texts obeyed: 1 of 1; choices or fields that differ with one: 1." in text
    assert "JSON answers valid under their schema: 0.0%." in text
    assert "| alerts | 1 | 0% | 100% | 100% | 0% |  | 10 |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    tables = text.count("|---")
    assert rows and tables
    for line in rows:
        assert line.endswith("|")


def test_the_report_is_json_and_the_picture_is_svg() -> None:
    report = report_of(TRIALS, "dev", "m", None)
    assert json.loads(json.dumps(report.as_json()))["cases"] == 5
    drawn = ElementTree.fromstring(picture(report))
    lines = [node for node in drawn.iter() if node.tag.endswith("polyline")]
    assert len(lines) == 3 + 4  # three ways; three kinds and all
    assert {"loop", "single draft", "critique only"} <= {node.text for node in drawn.iter()}


def test_a_report_of_the_loop_alone_says_nothing_of_the_baselines() -> None:
    alone = [each.model_copy(update={"single": None, "critique": None}) for each in TRIALS]
    report = report_of(alone, "dev", "m", None)
    assert [way.name for way in report.ways] == ["loop"]
    assert (report.over_single, report.over_critique) == (None, None)
    assert "as many cases as" not in markdown(report)
    assert "| alerts | 1 |  | 100% | 100% | 0% |  | 10 |\n" in markdown(report)
    assert picture(report).count("<polyline") == 1 + 4
