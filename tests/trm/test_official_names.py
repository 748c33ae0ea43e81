"""Identifiers of ARC puzzles, rebuilt as the seeded official builder numbers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from function.cli import main
from function.trm.arc.identifiers import KnownPuzzles
from function.trm.arc.official_names import official_names, read_subset

# What the official builder makes of these puzzles with seed 42 and 4 copies of each.
OFFICIAL = json.loads((Path(__file__).parent / "official_names.json").read_text())


def puzzles(count: int, first: int = 0) -> dict[str, Any]:
    """Return puzzles without symmetry; every third is one black cell, which has no other copy."""
    made = {}
    for number in range(first, first + count):
        grid = [[number % 10, 1, 2], [3, 4, (number + 5) % 10]] if number % 3 else [[0]]
        pair = {"input": grid, "output": grid[::-1]}
        made[f"p{number}"] = {"train": [pair], "test": [{"input": grid}]}
    return made


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    """Return a data set of two subsets, one of them with solutions, and what is in no subset."""
    for subset, held in (("training", puzzles(5)), ("evaluation", puzzles(4, first=5))):
        (tmp_path / f"arc_{subset}_challenges.json").write_text(json.dumps(held))
    solved = {name: [[[7, 8]]] for name in puzzles(5)}
    (tmp_path / "arc_training_solutions.json").write_text(json.dumps(solved))
    return str(tmp_path / "arc")


def test_the_command_writes_what_the_official_builder_numbers(
    prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "identifiers.json"
    command = ["trm", "identifiers", "--data", prefix, "--copies", "4", "--out", str(out)]
    assert main([*command, "--subsets", "training", "evaluation"]) == 0
    assert f"9 puzzles, {len(OFFICIAL)} identifiers" in capsys.readouterr().out
    assert json.loads(out.read_text()) == OFFICIAL
    known = KnownPuzzles.beside(tmp_path / "step_1", len(OFFICIAL))
    assert len(known.copies("p1")) == 5
    assert len(known.copies("p6")) == 1


def test_the_order_of_the_subsets_and_the_seed_count(prefix: str) -> None:
    training, evaluation = (read_subset(prefix, name) for name in ("training", "evaluation"))
    assert official_names([training, evaluation], copies=4) == OFFICIAL
    assert official_names([evaluation, training], copies=4) != OFFICIAL
    assert official_names([training, evaluation], copies=4, seed=1) != OFFICIAL


def test_what_is_no_data_set_ends_the_command_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["trm", "identifiers", "--data", str(tmp_path / "arc"), "--subsets", "training"]
    assert main(command) == 2
    assert "arc_training_challenges.json cannot be read" in capsys.readouterr().err
    for text in (
        "[",
        "[]",
        '{"a": 1}',
        '{"a": {"train": []}}',
        '{"a": {"train": [], "test": [1]}}',
    ):
        (tmp_path / "arc_training_challenges.json").write_text(text)
        assert main(command) == 2
        assert "holds no ARC puzzles" in capsys.readouterr().err
