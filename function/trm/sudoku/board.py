"""The geometry of a sudoku and the rules a filled one satisfies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int8]

BOXES = {4: (2, 2), 6: (2, 3), 9: (3, 3)}


@dataclass(frozen=True)
class Board:
    """A square of `side` x `side` cells, row by row, in boxes of `box_rows` x `box_columns`.

    A grid is a flat array [side * side] of digits 1..side, 0 where the cell is blank.
    """

    side: int
    box_rows: int
    box_columns: int

    @property
    def cells(self) -> int:
        return self.side * self.side

    def row(self, cell: int) -> int:
        return cell // self.side

    def column(self, cell: int) -> int:
        return cell % self.side

    def box(self, cell: int) -> int:
        boxes_across = self.side // self.box_columns
        row, column = divmod(cell, self.side)
        return row // self.box_rows * boxes_across + column // self.box_columns

    @property
    def units(self) -> NDArray[np.int64]:
        """The cells of each row, column and box: [3 * side, side]."""
        return _units(self)

    def conflicts(self, grid: Cells) -> list[tuple[str, int, int]]:
        """Return every (unit name, unit number from 1, digit) that holds a digit more than once."""
        names = ("row", "column", "box")
        found = []
        in_order = np.sort(grid[self.units], axis=1)
        repeated = (in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] > 0)
        for index in np.flatnonzero(repeated.any(axis=1)).tolist():
            unit = self.units[index]
            counts = np.bincount(grid[unit], minlength=self.side + 1)
            found += [
                (names[index // self.side], index % self.side + 1, int(digit))
                for digit in np.flatnonzero(counts[1:] > 1) + 1
            ]
        return found

    def without_choice(self, grid: Cells) -> list[int]:
        """Return the blank cells for which their row, column and box leave no digit."""
        bits = np.where(grid > 0, 1 << grid.astype(np.int64), 0)
        taken = np.bitwise_or.reduce(bits[self.units], axis=1)
        around = np.bitwise_or.reduce(taken[_units_of_cells(self)], axis=1)
        every_digit = (1 << self.side + 1) - 2
        return np.flatnonzero((grid == 0) & (around == every_digit)).tolist()

    def solves(self, grids: Cells, clues: Cells) -> NDArray[np.bool_]:
        """Return which of `grids` [n, cells] are full, obey the rules and keep `clues` [n,
        cells]."""
        kept: NDArray[np.bool_] = np.all((clues == 0) | (grids == clues), axis=1)
        seen = np.sort(grids[:, self.units], axis=2)
        ruled: NDArray[np.bool_] = np.all(seen == np.arange(1, self.side + 1), axis=(1, 2))
        return kept & ruled


@cache
def _units(board: Board) -> NDArray[np.int64]:
    groups: list[list[list[int]]] = [[[] for _ in range(board.side)] for _ in range(3)]
    for cell in range(board.cells):
        groups[0][board.row(cell)].append(cell)
        groups[1][board.column(cell)].append(cell)
        groups[2][board.box(cell)].append(cell)
    return np.array(groups[0] + groups[1] + groups[2])


@cache
def _units_of_cells(board: Board) -> NDArray[np.int64]:
    """Return the numbers of the row, column and box of each cell: [cells, 3]."""
    # The cells of all units in order: each comes once in a row, in a column and in a box.
    return np.argsort(_units(board).ravel(), kind="stable").reshape(-1, 3) // board.side


@cache
def board_of(side: int) -> Board:
    """Return the board with this side: 4, 6 (boxes of 2 x 3) or 9. Raises KeyError for others."""
    return Board(side, *BOXES[side])
