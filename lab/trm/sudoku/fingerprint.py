"""A number that symmetric puzzles share, to keep training puzzles out of the sets to judge by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from function.trm.sudoku.board import Board, Cells

Hashes = NDArray[np.uint64]
ROUNDS = 6


def fingerprints(board: Board, puzzles: Cells) -> Hashes:
    """Fingerprints [n] of puzzles [n, cells].

    Colour refinement: cells start as clue or blank, and take up, round after round, the colours in
    their rows, columns and boxes and those of equal digits. Digits, rows and columns count only by
    what they hold, so puzzles with different fingerprints are certainly not symmetric to each
    other; the few different puzzles that share one are wrongly held to be the same.
    """
    rows, columns, boxes = np.split(board.units, 3)
    colours = _mix((puzzles > 0).astype(np.uint64))
    for _ in range(ROUNDS):
        mixed = _mix(colours)
        lines, squares = np.zeros_like(mixed), np.zeros_like(mixed)
        for unit in (*rows, *columns):
            lines[:, unit] += _mix(mixed[:, unit].sum(1, keepdims=True))
        for unit in boxes:
            squares[:, unit] = mixed[:, unit].sum(1, keepdims=True)
        equals = np.zeros_like(mixed)
        for digit in range(1, board.side + 1):
            chosen = (puzzles == digit).astype(np.uint64)
            equals += chosen * (mixed * chosen).sum(1, keepdims=True)
        colours = _mix(mixed + _mix(lines) + _mix(squares + np.uint64(1))
                       + _mix(equals + np.uint64(2)))  # fmt: skip
    total: Hashes = _mix(colours).sum(1)
    return total


def _mix(values: Hashes) -> Hashes:
    """Scatter 64 bits (the finalizer of splitmix64)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
