"""The symmetries of a sudoku: relabelled digits, permuted rows and columns, transposition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from function.trm.sudoku.board import Board, Cells


@dataclass(frozen=True)
class Symmetries:
    """`n` symmetries: source cell of every cell [n, cells], new digit of every digit [n, side+1].

    Digit 0 (blank) always stays 0. Rotations and reflections are among them where boxes are square.
    """

    sources: NDArray[np.int64]
    digits: Cells

    def apply(self, grids: Cells) -> Cells:
        """Transform grid i [n, cells] by symmetry i."""
        each = np.arange(len(grids))[:, None]
        moved: Cells = self.digits[each, grids[each, self.sources]]
        return moved

    def undo(self, grids: Cells) -> Cells:
        """Map transformed grids [n, cells] back: the inverse of apply."""
        return self._inverse.apply(grids)

    @cached_property
    def _inverse(self) -> Symmetries:
        digits = np.argsort(self.digits, axis=1).astype(np.int8)
        return Symmetries(np.argsort(self.sources, axis=1), digits)


def identity(board: Board) -> Symmetries:
    """Return the one symmetry that changes nothing."""
    digits = np.arange(board.side + 1, dtype=np.int8)
    return Symmetries(np.arange(board.cells)[None], digits[None])


def random_symmetries(board: Board, count: int, generator: np.random.Generator) -> Symmetries:
    """Draw `count` symmetries independently and uniformly."""
    side = board.side
    rows = _lines(side, board.box_rows, count, generator)
    columns = _lines(side, board.box_columns, count, generator)
    sources = rows[:, :, None] * side + columns[:, None, :]
    if board.box_rows == board.box_columns:
        transposed = generator.random(count) < 0.5
        sources[transposed] = sources[transposed].transpose(0, 2, 1)
    order = np.argsort(generator.random((count, side)), axis=1) + 1
    digits = np.concatenate((np.zeros((count, 1), dtype=np.int64), order), axis=1)
    return Symmetries(sources.reshape(count, -1), digits.astype(np.int8))


def _lines(
    side: int, thickness: int, count: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Permutations [count, side] of lines: groups of `thickness` among themselves, and inside."""
    groups = np.argsort(generator.random((count, side // thickness)), axis=1)
    inside = np.argsort(generator.random((count, side // thickness, thickness)), axis=2)
    return (groups[:, :, None] * thickness + inside).reshape(count, side)
