"""ARC grids in the forms programs and people write them, and as tokens of the official data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from function.trm.errors import PuzzleError

Grid = NDArray[np.int8]
"""Colours 0..9: [rows, columns]."""

SIDE = 30
COLOURS = 10
VOCABULARY = 12
END, FIRST_COLOUR = 1, 2
"""Token 0 is padding, 1 ends a row or a column of the grid, colour c is token c + 2."""


def read_grid(given: object) -> Grid:
    """Read rows of colours 0..9: a list of lists, a list of texts, or a text with a line a row.

    Raises PuzzleError for rows of different lengths, other values, or more than 30 rows or columns.
    """
    if isinstance(given, str):
        given = [row for row in given.splitlines() if row.strip()]
    if not isinstance(given, Sequence) or isinstance(given, bytes) or not given:
        raise PuzzleError("an ARC grid is a text or a list of rows, and not empty")
    if len(given) > SIDE:
        raise PuzzleError(f"an ARC grid has at most {SIDE} rows, not {len(given)}")
    rows = [_row_of(row, number) for number, row in enumerate(given, start=1)]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise PuzzleError(f"row {number} has {len(row)} cells instead of {len(rows[0])}")
    if not 1 <= len(rows[0]) <= SIDE:
        raise PuzzleError(f"an ARC grid has 1 to {SIDE} columns, not {len(rows[0])}")
    return np.array(rows, dtype=np.int8)


def to_tokens(grid: Grid) -> NDArray[np.int64]:
    """Return tokens [900]: the grid top left, end tokens to its right and below, padding
    elsewhere."""
    rows, columns = grid.shape
    tokens = np.zeros((SIDE, SIDE), dtype=np.int64)
    tokens[:rows, :columns] = grid + FIRST_COLOUR
    if rows < SIDE:
        tokens[rows, :columns] = END
    if columns < SIDE:
        tokens[:rows, columns] = END
    return tokens.ravel()


def from_tokens(tokens: NDArray[np.int64]) -> Grid:
    """Return the largest rectangle of colours top left in tokens [900]; it may be empty."""
    colours = tokens.reshape(SIDE, SIDE) - FIRST_COLOUR
    coloured = (colours >= 0) & (colours < COLOURS)
    # How many columns are coloured in this row and in all above it.
    widths = np.minimum.accumulate(np.cumprod(coloured, axis=1).sum(axis=1))
    areas = widths * np.arange(1, SIDE + 1)
    rows = int(areas.argmax()) + 1
    columns = int(widths[rows - 1])
    return colours[: rows if columns else 0, :columns].astype(np.int8)


def write_grid(grid: Grid) -> str:
    """Return one line a row, colours apart by a space."""
    return "\n".join(" ".join(map(str, row)) for row in grid.tolist())


def _row_of(row: object, number: int) -> list[int]:
    if isinstance(row, str):
        symbols = [symbol for symbol in row if not symbol.isspace() and symbol != ","]
        row = [int(symbol) if symbol in "0123456789" else symbol for symbol in symbols]
    if not isinstance(row, Sequence) or isinstance(row, bytes):
        raise PuzzleError(f"row {number} is neither a text nor a list")
    colours: list[int] = []
    for colour in row:
        if not isinstance(colour, int) or isinstance(colour, bool) or not 0 <= colour < COLOURS:
            raise PuzzleError(f"row {number} holds {colour!r}: colours are 0 to {COLOURS - 1}")
        colours.append(colour)
    return colours
