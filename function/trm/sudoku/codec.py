"""Sudoku puzzles in the forms people and programs write them, and answers as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from function.trm.errors import PuzzleError
from function.trm.sudoku.board import BOXES, Board, Cells, board_of

BLANKS = ".0_*?xX"
BLANK_TOKEN = 1
"""Token 0 is padding; digit d (0 for a blank) is token d + 1."""
SIZES = {side * side: side for side in BOXES}


@dataclass(frozen=True, eq=False)
class Puzzle:
    """A board and its clues [cells], 0 where blank, that do not contradict each other."""

    board: Board
    clues: Cells


def read_puzzle(given: object) -> Puzzle:
    """Read a text, a flat list or a list of rows.

    In a text, `.`, `0`, `_`, `*`, `?` and `x` are blanks; white space, commas and the lines of a
    drawn grid (`|`, `-`, `+`) are skipped. In lists 0, None and "." are blanks. Raises PuzzleError
    for a wrong size, a wrong digit, or clues that contradict each other.
    """
    if isinstance(given, str):
        digits = _read_text(given)
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        digits = _read_list(given)
    else:
        raise PuzzleError(f"a sudoku is a text or a list, not {type(given).__name__}")
    side = SIZES.get(len(digits))
    if side is None:
        raise PuzzleError(f"a sudoku has 16, 36 or 81 cells (4x4, 6x6, 9x9), not {len(digits)}")
    if isinstance(given, list | tuple) and len(given) == side:
        _require_square(given, side)
    board = board_of(side)
    for cell, digit in enumerate(digits):
        if not 0 <= digit <= side:
            raise PuzzleError(
                f"row {board.row(cell) + 1}, column {board.column(cell) + 1} holds {digit}: "
                f"a {side}x{side} sudoku has the digits 1 to {side}"
            )
    clues = np.array(digits, dtype=np.int8)
    _require_consistent(board, clues)
    return Puzzle(board, clues)


def write_grid(board: Board, grid: Cells) -> str:
    """Return one line per row, digits apart by a space, `.` where blank; boxes apart by lines."""
    lines = []
    for number, row in enumerate(grid.reshape(board.side, board.side).tolist()):
        if number and number % board.box_rows == 0:
            pieces = board.side // board.box_columns
            lines.append("+".join(["-" * (2 * board.box_columns + 1)] * pieces)[1:-1])
        symbols = [str(digit) if digit else "." for digit in row]
        groups = [" ".join(symbols[start : start + board.box_columns])
                  for start in range(0, board.side, board.box_columns)]  # fmt: skip
        lines.append(" | ".join(groups))
    return "\n".join(lines)


def grid_rows(board: Board, grid: Cells) -> tuple[tuple[int, ...], ...]:
    """Return the grid as rows of plain integers."""
    return tuple(tuple(row) for row in grid.reshape(board.side, board.side).tolist())


def _read_text(text: str) -> list[int]:
    cells = re.sub(r"[\s|+,;\-]", "", text)
    unknown = sorted({symbol for symbol in cells if symbol not in BLANKS + "123456789"})
    if unknown:
        raise PuzzleError(f"a sudoku cannot hold {', '.join(map(repr, unknown[:5]))}")
    return [0 if symbol in BLANKS else int(symbol) for symbol in cells]


def _read_list(values: Sequence[object]) -> list[int]:
    digits: list[int] = []
    for value in values:
        if type(value) is int:
            digits.append(value)
        elif (isinstance(value, str) and len(value) > 1) or isinstance(value, Sequence):
            digits += _read_text(value) if isinstance(value, str) else _read_list(value)
        elif value is None:
            digits.append(0)
        else:
            raise PuzzleError(f"a cell of a sudoku cannot be {value!r}")
        if len(digits) > max(SIZES):
            raise PuzzleError(f"a sudoku has at most {max(SIZES)} cells")
    return digits


def _require_square(rows: Sequence[object], side: int) -> None:
    for number, row in enumerate(rows, start=1):
        length = len(_read_text(row)) if isinstance(row, str) else 0
        if isinstance(row, Sequence) and not isinstance(row, str):
            length = len(row)
        if length != side:
            raise PuzzleError(f"row {number} has {length} cells instead of {side}")


def _require_consistent(board: Board, clues: Cells) -> None:
    conflicts = [f"{digit} twice in {unit} {number}"
                 for unit, number, digit in board.conflicts(clues)]  # fmt: skip
    if conflicts:
        raise PuzzleError(f"the clues contradict each other: {', '.join(conflicts)}")
    for cell in board.without_choice(clues):
        raise PuzzleError(
            "the clues contradict each other: they leave no digit for "
            f"row {board.row(cell) + 1}, column {board.column(cell) + 1}"
        )
