"""The pictures of a solution: every step is in them, and the SVG is well formed."""

from __future__ import annotations

from xml.etree import ElementTree

from function.trm.sudoku.answer import SudokuAnswer, SudokuStep
from function.trm.sudoku.codec import read_puzzle
from function.trm.sudoku.picture import draw_svg, draw_text

PUZZLE = read_puzzle("12.4 ..1. .1.. 4..1")
WRONG = ((1, 2, 2, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 1))
RIGHT = ((1, 2, 3, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 1))
ANSWER = SudokuAnswer(
    "", RIGHT, True, 1.0,
    (SudokuStep(1, 0, WRONG, ((0, 2), (1, 0)), 0.25), SudokuStep(2, 3, RIGHT, ((0, 2),), 1.0)),
    4, "checks_passed", "search",
)  # fmt: skip
SPACE = "{http://www.w3.org/2000/svg}"


def test_the_terminal_shows_the_puzzle_and_every_step() -> None:
    text = draw_text(PUZZLE, ANSWER)
    assert text.startswith("1 2 | . 4\n. . | 1 .\n----+----\n")
    assert "step 1: confidence 0.250, 2 changed\n1 2 | 2 4\n3 4 | 1 2\n" in text
    assert "step 2, attempt 3: confidence 1.000, 1 changed\n1 2 | 3 4\n" in text
    assert text.endswith("solved and verified: checks_passed after 4 attempt(s)\n")


def test_the_svg_plays_every_step_and_rests_on_the_last() -> None:
    root = ElementTree.fromstring(draw_svg(PUZZLE, ANSWER))
    clues = [text.text for text in root.findall(f"{SPACE}text")]
    assert clues == ["1", "2", "4", "1", "1", "4", "1"]
    frames = root.findall(f"{SPACE}g")
    assert [frame.get("opacity") for frame in frames] == ["0", "1"]
    timing = [frame.findall(f"{SPACE}animate")[0] for frame in frames]
    assert [(each.get("values"), each.get("keyTimes")) for each in timing] == [
        ("1;0", "0.0000;0.3333"),
        ("0;1", "0.0000;0.3333"),
    ]
    for frame in frames:
        assert len(frame.findall(f"{SPACE}text")) == 16 - 7 + 1
