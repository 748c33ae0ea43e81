"""`trm network show`: every step in the terminal and in the SVG, for each task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import function
from function.tasks.show import main
from function.trm.maze.answer import MazeAnswer, MazeStep
from function.trm.maze.codec import read_maze
from function.trm.maze.picture import CHANGED, MARKED, STONE, draw_svg, draw_text
from tests.trm.official_files import write_grid_checkpoint

ROOT = Path(function.__file__).parent.parent
SIX = "..5.2.6.23.531.25.2.61.3423.6...1.3."
SPACE = "{http://www.w3.org/2000/svg}"
MAZE = read_maze("S.#\n#..\n##G")
STEPS = (
    MazeStep(1, 0, ("So#", "#..", "##G"), ((0, 1),), 0.25),
    MazeStep(2, 3, ("So#", "#oo", "##G"), ((1, 1), (1, 2)), 1.0),
)
SOLVED = MazeAnswer(
    "", STEPS[-1].grid, ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2)), "", 1.0, STEPS, 4,
    "checks_passed", "search",
)  # fmt: skip
UNSOLVED = MazeAnswer(
    "", STEPS[0].grid, None, "no way", 0.0, STEPS[:1], 1, "deadline", "network"
)  # fmt: skip


def test_a_sudoku_is_shown_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg = tmp_path / "steps.svg"
    main(["--task", "sudoku", SIX, "--svg", str(svg)])
    text = capsys.readouterr().out
    assert text.startswith(". . 5 | . 2 .\n")
    assert "step 1: confidence " in text
    assert "solved and verified" in text
    assert ElementTree.fromstring(svg.read_text()).findall(f"{SPACE}g")


def test_the_command_of_the_readme_prints_and_writes_where_it_is_called(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "function", "network", "show", "--task", "sudoku", SIX],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "step 1: confidence " in done.stdout
    assert done.stdout.endswith("written: sudoku.svg\n")
    assert ElementTree.parse(tmp_path / "sudoku.svg").getroot().findall(f"{SPACE}g")


def test_a_maze_is_shown_by_the_network_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = write_grid_checkpoint(tmp_path, vocabulary=6)
    drawing = ["--seconds", "3", "--svg", str(tmp_path / "maze.svg")]
    main(["--task", "maze", "--weights", str(weights), *drawing, "S.#\n#..\n##G"])
    text = capsys.readouterr().out
    assert text.startswith("S.#\n#..\n##G\n\nstep 1: confidence ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["123"], "16, 36 or 81 cells"),
        (["--task", "maze", "S#G"], "no path"),
        (["--weights", "sudoku-7x7", "." * 81], "neither a shipped network"),
    ],
)
def test_what_cannot_be_shown_is_one_line(arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit, match=told):
        main(arguments)


def test_a_maze_in_the_terminal() -> None:
    text = draw_text(MAZE, SOLVED)
    assert text.startswith("S.#\n#..\n##G\n\nstep 1: confidence 0.250, 1 changed\nSo#\n")
    assert "step 2, attempt 3: confidence 1.000, 2 changed\nSo#\n#oo\n##G\n" in text
    assert text.endswith("solved and verified: 4 steps: checks_passed after 4 attempt(s)\n")
    assert draw_text(MAZE, UNSOLVED).endswith("not solved: no way: deadline after 1 attempt(s)\n")


def test_a_maze_as_a_picture() -> None:
    root = ElementTree.fromstring(draw_svg(MAZE, SOLVED))
    still = [square.get("fill") for square in root.findall(f"{SPACE}rect")]
    assert still.count(STONE) == 4
    assert [text.text for text in root.findall(f"{SPACE}text")] == ["S", "G"]
    first, last = root.findall(f"{SPACE}g")
    assert [square.get("fill") for square in first.findall(f"{SPACE}rect")] == [CHANGED]
    assert [square.get("fill") for square in last.findall(f"{SPACE}rect")] == [
        MARKED, CHANGED, CHANGED,
    ]  # fmt: skip
