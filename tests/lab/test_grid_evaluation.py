"""The command that judges the grid networks, on two puzzles and two mazes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.evaluation.grids import main

PUZZLES = (
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79\n"
    "..3.2.6..9..3.5..1..18.64....81.29..7.......8..67.82....26.95..8..2.3..9..5.1.3..\n"
)


def test_shares_and_times_are_printed_as_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "easy.txt").write_text(PUZZLES)
    main(["--sudoku", str(tmp_path / "easy.txt"), "--mazes", "2", "--sides", "5"])
    head, _, easy, mazes = capsys.readouterr().out.splitlines()
    assert head.startswith("| set | network alone | search 2 s |")
    cells = [cell.strip() for cell in easy.split("|")]
    assert cells[1] == "easy (2)"
    assert cells[5] == "100.0%" and cells[7].endswith(" ms")
    assert mazes.startswith("| mazes 5 a side (2) | ")
