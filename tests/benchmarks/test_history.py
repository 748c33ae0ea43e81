"""The history of figures: a line each, the columns named once."""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.history import COLUMNS, append
from function import __version__

RATE = Figure("events/s, 16 connections", 0.7612, "at least", 1.2, "function 2,245/s")
SHARE = Figure("held out, choice", 94.0, "at least", 92, "", "%")


def test_runs_follow_each_other_under_one_heading(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    append([RATE], 0.5, path)
    append([RATE, SHARE], 12.25, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 3
    assert {row["version"] for row in rows} == {__version__}
    assert [row["load"] for row in rows] == ["0.5", "12.2", "12.2"]
    last = rows[-1]
    assert (last["figure"], last["measured"], last["unit"]) == ("held out, choice", "94", "%")
    assert (last["bound"], last["bar"]) == ("at least", "92")


def test_the_file_of_the_project_is_readable() -> None:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "history.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames or ()) == COLUMNS
        for row in reader:
            assert float(row["measured"]) is not None and float(row["bar"]) is not None
