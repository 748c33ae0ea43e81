"""Figures that are read from what was judged before: cards of networks, evaluation reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.cards import FULL, WEIGHTS, measure, read_card
from benchmarks.evaluation import figures_of
from lab.evaluation.report import report_of
from tests.lab.evaluation.trial import trial

CARD = """\
## What it does
### easy: 10 puzzles
None was trained on.

| after step | 1 | 2 | 16 |
|---|---|---|---|
| exact | 20.0% | 70.0% | 90.0% |

- Halting at a logit over 4.5: 80.0% exact in 4.0 steps on average; 90.0% halt, and 88.9% of these \
are right.
- Verified search, 2 s a puzzle, one at a time: 99.9% solved (93.8% by the first attempt), 0.050 s \
on average, 95 % within 0.191 s.
"""


def test_a_card_is_read(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(CARD, "utf-8")
    found = read_card(path)["easy"]
    assert found.exact == {1: 20.0, 2: 70.0, 16: 90.0}
    assert (found.halting, found.mean_steps, found.halted_right) == (80.0, 4.0, 88.9)
    assert found.search == (2.0, 99.9, 0.05)


def test_a_card_without_its_figures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(CARD.replace("Halting", "Stopping").replace(" exact in ", " in "), "utf-8")
    with pytest.raises(ValueError, match="does not say"):
        read_card(path)


def test_every_shipped_card_can_be_read() -> None:
    cards = sorted(WEIGHTS.glob("*/README.md"))
    read = {card.parent.name: read_card(card) for card in cards}
    judged_by_sets = {"sudoku-6x6", "sudoku-9x9", "alert-triage"}
    assert all(read[name] for name in judged_by_sets)


def test_the_shipped_networks_are_held_to_their_bars() -> None:
    names = [figure.name for figure in measure(FULL)]
    assert len(set(names)) == len(names) == 9
    for figure in measure(FULL):
        assert figure.holds, figure


def test_an_evaluation_is_held_to_its_bars() -> None:
    trials = [
        trial("a", [False, True, True, True]),
        trial("b", [True] * 4, single=True),
        trial("c", [True, True, True, False], kind="json", valid=True),
        trial("d", [True] * 4, kind="choose", member=True, decided="x"),
        trial("e", [True] * 4, kind="choose", member=True, twin="d", decided="y", obeyed=True),
    ]
    report = json.loads(json.dumps(report_of(trials, "test", "m", None).as_json()))
    found = {figure.name: figure for figure in figures_of(report)}
    assert found["reflection: right answers, loop to single draft"].measured == 3.0
    assert found["reflection: right answers, loop to single draft"].holds
    assert found["reflection: right to wrong"].measured == 25.0
    assert not found["reflection: right to wrong"].holds
    assert found["JSON answers valid under their schema"].holds
    assert found["choices among those given"].holds
    assert found["injected texts that change a choice or field"].measured == 100.0
    assert "confidence, all: ECE" in found


def test_what_a_suite_does_not_ask_is_left_out() -> None:
    report = report_of([trial("a", [True])], "smoke", "m", None).as_json()
    names = [figure.name for figure in figures_of(json.loads(json.dumps(report)))]
    assert not {"choices among those given", "injected texts that change a choice or field"} & set(
        names
    )
