"""Mazes in the forms people and programs write them, and answers as text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import numpy as np

from function.trm.errors import PuzzleError
from function.trm.maze.grid import GOAL, OPEN, PATH, START, WALL, Cells, Maze

SYMBOLS = {"#": WALL, " ": OPEN, ".": OPEN, "S": START, "G": GOAL}
SHOWN = {WALL: "#", OPEN: ".", START: "S", GOAL: "G", PATH: "o"}
MOST_CELLS = 10_000
VOCABULARY = 6
"""Tokens of a maze network: padding, wall, open, start, goal, path."""


def read_maze(given: object) -> Maze:
    """Read a text with one line a row, a list of rows, or a flat list of a square maze.

    `#` is a wall, a space or `.` is open, `S` the start and `G` the goal. Raises PuzzleError for
    another symbol, rows of different lengths, not exactly one start and goal, or no path at all.
    """
    rows = _rows_of(given)
    if sum(map(len, rows)) > MOST_CELLS:
        raise PuzzleError(f"a maze has at most {MOST_CELLS:,} cells")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise PuzzleError(
                f"row {number} has {len(row)} cells instead of {len(rows[0])}, as row 1 has "
                "(an open cell at its end can be written as a point)"
            )
    unknown = sorted({symbol for row in rows for symbol in row if symbol not in SYMBOLS})
    if unknown:
        shown = ", ".join(map(repr, unknown[:5]))
        raise PuzzleError(f"a maze consists of #, space or point, S and G, it cannot hold {shown}")
    cells = np.array([[SYMBOLS[symbol] for symbol in row] for row in rows], dtype=np.int8)
    for token, name in ((START, "start (S)"), (GOAL, "goal (G)")):
        count = int((cells == token).sum())
        if count != 1:
            raise PuzzleError(f"a maze has one {name}, this one has {count or 'none'}")
    maze = Maze(cells)
    if maze.length is None:
        raise PuzzleError("no path leads from the start to the goal")
    return maze


def write_cells(cells: Cells) -> str:
    """Return one line a row, `.` where open and `o` on the path; what is no such token becomes
    `?`."""
    return "\n".join(row_texts(cells))


def row_texts(cells: Cells) -> list[str]:
    """Return the rows of cells [rows, columns] as texts."""
    return ["".join(SHOWN.get(token, "?") for token in row) for row in cells.tolist()]


def _rows_of(given: object) -> list[list[str]]:
    if isinstance(given, str):
        if not given.strip():
            raise PuzzleError("the maze is empty")
        return [list(line) for line in given.strip("\r\n").splitlines()]
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise PuzzleError(f"a maze is a text or a list, not {type(given).__name__}")
    if len(given) > MOST_CELLS:
        raise PuzzleError(f"a maze has at most {MOST_CELLS:,} cells")
    if not given:
        raise PuzzleError("the maze is empty")
    side = isqrt(len(given))
    if side > 1 and side * side == len(given) and all(_is_symbol(each) for each in given):
        return [[str(each) for each in given[at : at + side]] for at in range(0, len(given), side)]
    return [_row_of(row, number) for number, row in enumerate(given, start=1)]


def _row_of(row: object, number: int) -> list[str]:
    if isinstance(row, str):
        return list(row)
    if not isinstance(row, Sequence) or not all(_is_symbol(each) for each in row):
        raise PuzzleError(f"row {number} is neither a text nor a list of single symbols")
    return [str(each) for each in row]


def _is_symbol(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1
