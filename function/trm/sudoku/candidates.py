"""Candidate sets of sudoku cells, and the arrays that the candidate network reads."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from function.trm.sudoku.board import Board, Cells

Candidates = NDArray[np.bool_]
"""[n, cells, digits]: which digits each cell may still hold."""


@cache
def peers(board: Board) -> NDArray[np.float32]:
    """Return [cells, cells]: 1 where two different cells share a row, column or box."""
    around = np.zeros((board.cells, board.cells), dtype=np.float32)
    for unit in board.units:
        around[np.ix_(unit, unit)] = 1
    np.fill_diagonal(around, 0)
    return around


def candidates_of(board: Board, grids: Cells) -> Candidates:
    """Return what grids [n, cells] leave open: a filled cell keeps its digit, its peers lose it."""
    placed = grids[:, :, None] == np.arange(1, board.side + 1)
    taken = np.einsum("pc,ncd->npd", peers(board), placed.astype(np.float32)) > 0
    open_for: Candidates = np.where((grids > 0)[:, :, None], placed, ~taken)
    return open_for


def axes_of(board: Board) -> tuple[int, int, int, int]:
    """Return the lengths of the axes band, row, stack and column of the network's boards."""
    rows, columns = board.box_rows, board.box_columns
    return board.side // rows, rows, board.side // columns, columns


def consistent(board: Board, candidates: Candidates) -> NDArray[np.bool_]:
    """Return where [n] every cell has a candidate and every unit a place for every digit."""
    cells = np.all(np.any(candidates, axis=2), axis=1)
    places = np.all(np.any(candidates[:, board.units], axis=2), axis=(1, 2))
    kept: NDArray[np.bool_] = np.logical_and(cells, places)
    return kept
