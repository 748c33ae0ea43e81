"""Mazes: what can be read, what is refused by name, what is right, and what is generated."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from function.trm.errors import PuzzleError
from function.trm.maze.codec import read_maze, write_cells
from function.trm.maze.grid import OPEN, PATH, START, WALL, flood
from function.trm.maze.symmetry import COUNT, sources, targets
from lab.trm.maze.curriculum import CURRICULA, SideRange
from lab.trm.maze.generator import MazePool, make_maze, without_path

TEXT = "S.#\n#..\n##G"
MARKED = "So#\n#oo\n##G"


def answer_of(text: str) -> np.ndarray:
    tokens = {"#": WALL, ".": OPEN, "o": PATH, "S": START, "G": 4, "?": 0}
    return np.array([[tokens[symbol] for symbol in row] for row in text.split("\n")], np.int8)


@pytest.mark.parametrize(
    "given",
    [
        TEXT,
        "\nS #\n#  \n##G\n",
        ["S.#", "#..", "##G"],
        [["S", ".", "#"], ["#", " ", " "], ["#", "#", "G"]],
        list("S.##..##G"),
    ],
)
def test_text_rows_and_flat_lists_are_the_same_maze(given: Any) -> None:
    maze = read_maze(given)
    assert write_cells(maze.cells) == TEXT
    assert (maze.rows, maze.columns, maze.start, maze.goal) == (3, 3, (0, 0), (2, 2))
    assert maze.length == 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("..\n.G", r"one start \(S\), this one has none"),
        ("S.\n..", r"one goal \(G\), this one has none"),
        ("SG\n.G", r"one goal \(G\), this one has 2"),
        ("S..\n.G\n...", "row 2 has 2 cells instead of 3"),
        ("S#\n#G", "no path"),
        ("S.x\n..G", "cannot hold 'x'"),
        ("", "empty"),
        ([], "empty"),
        (" \n ", "empty"),
        (5, "not int"),
        ([["S", "GG"]], "row 1 is neither"),
        ([1, 2], "row 1 is neither"),
        (["S" + "." * 10_000 + "G"], "at most 10,000 cells"),
        (["."] * 10_001, "at most 10,000 cells"),
    ],
)
def test_what_is_no_maze_is_refused_by_name(given: Any, message: str) -> None:
    with pytest.raises(PuzzleError, match=message):
        read_maze(given)


def test_rows_need_not_be_square() -> None:
    maze = read_maze("S..G")
    assert (maze.rows, maze.columns, maze.length) == (1, 4, 3)
    assert read_maze(["S", "G"]).path_of(answer_of("S\nG")) == [(0, 0), (1, 0)]


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        (MARKED, ""),
        (TEXT, "does not lead"),
        ("So#\n#o.\n##G", "does not lead"),
        ("So#\noo.\n##G", "through walls"),
        ("So#\n#oo\n##.", "changed"),
        ("So#\n#oo\n##?", "changed"),
        ("oo#\n#oo\n##G", "changed"),
    ],
)
def test_an_answer_says_what_is_wrong_with_it(answer: str, flaw: str) -> None:
    maze = read_maze(TEXT)
    assert flaw in maze.flaw_of(answer_of(answer))
    assert bool(maze.flaw_of(answer_of(answer))) == bool(flaw)
    path = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    assert maze.path_of(answer_of(answer)) == (None if flaw else path)


def test_a_detour_and_idle_marks_are_told_apart() -> None:
    maze = read_maze("S..\n...\nG..")
    assert maze.flaw_of(answer_of("Soo\n..o\nGoo")) == "the path takes 6 steps where 2 are enough"
    assert maze.flaw_of(answer_of("S.o\no..\nG..")) == "more cells are marked than the path has"
    assert maze.flaw_of(answer_of("S..\no..\nG..")) == ""


def test_any_shortest_path_is_right() -> None:
    maze = read_maze("S.\n.G")
    assert maze.path_of(answer_of("So\n.G")) == [(0, 0), (0, 1), (1, 1)]
    assert maze.path_of(answer_of("S.\noG")) == [(0, 0), (1, 0), (1, 1)]


def test_generated_mazes_have_exactly_one_shortest_path() -> None:
    random = Random(5)
    lengths = []
    for _ in range(200):
        rows, columns = random.randint(4, 9), random.randint(4, 9)
        answer = make_maze(rows, columns, random)
        maze = read_maze(write_cells(without_path(answer)))
        path = maze.path_of(answer)
        assert path is not None
        assert flood(maze.cells != WALL, maze.start).ways[maze.goal] == 1
        lengths.append(len(path) - 1)
    assert min(lengths) == 3
    assert max(lengths) > 15


def test_pools_come_from_their_seed_and_are_kept(tmp_path: Path) -> None:
    pool = MazePool.cached(9, 4, 40, 3, tmp_path)
    again, other = MazePool.cached(9, 4, 40, 3, tmp_path), MazePool.made(9, 4, 40, 4)
    np.testing.assert_array_equal(pool.answers, again.answers)
    np.testing.assert_array_equal(pool.answers, MazePool.made(9, 4, 40, 3).answers)
    assert (pool.answers != other.answers).any()


def test_samples_are_right_under_every_shift_and_symmetry() -> None:
    pool = MazePool.made(9, 4, 60, 3)
    mazes, answers = pool.sample(200, 4, 7, np.random.default_rng(1))
    assert mazes.shape == answers.shape == (200, 81)
    for maze, answer in zip(mazes, answers, strict=True):
        read = read_maze(write_cells(maze.reshape(9, 9)))
        assert read.path_of(answer.reshape(9, 9)) is not None
        open_rows = np.flatnonzero((maze.reshape(9, 9) != WALL).any(1))
        assert open_rows[-1] - open_rows[0] < 7


def test_symmetries_are_eight_and_can_be_undone() -> None:
    grid = np.arange(16)
    copies = grid[sources(4)]
    assert len({copy.tobytes() for copy in copies}) == COUNT == 8
    for copy, back in zip(copies, targets(4), strict=True):
        np.testing.assert_array_equal(copy[back], grid)


def test_mazes_grow_until_the_curriculum_settles() -> None:
    curriculum = CURRICULA["maze-9x9"]
    assert curriculum.sides_at(0) == SideRange(4, 6)
    assert curriculum.sides_at(0.25) == curriculum.sides_at(1) == SideRange(4, 9)
