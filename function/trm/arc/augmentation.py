"""The copies of a puzzle that a network was trained on: turned, reflected, recoloured.

The names are those of the official data: a puzzle's own, or `PUZZLE|||tT|||COLOURS` with the
number T of a dihedral transform and the new colour of each of the ten colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from function.trm.arc.codec import COLOURS, Grid
from function.trm.errors import CheckpointError

SEPARATOR = "|||"


def transform(grid: Grid, number: int) -> Grid:
    """Return one of the eight symmetries: 0..3 quarter turns, 4 left-right, 5 up-down, 6
    transpose, 7 reflection at the other diagonal."""
    if number < 4:
        return np.rot90(grid, number)
    return (np.fliplr, np.flipud, np.transpose, lambda g: np.fliplr(np.rot90(g)))[number - 4](grid)


INVERSES = (0, 3, 2, 1, 4, 5, 6, 7)


@dataclass(frozen=True, eq=False)
class Augmentation:
    """A symmetry and new colours [10], of which black (0) stays black."""

    number: int
    colours: NDArray[np.int8]

    def apply(self, grid: Grid) -> Grid:
        """Return the copy of a grid."""
        return np.ascontiguousarray(transform(self.colours[grid], self.number))

    def undo(self, grid: Grid) -> Grid:
        """Return the grid of a copy."""
        original = np.argsort(self.colours).astype(np.int8)
        return np.ascontiguousarray(original[transform(grid, INVERSES[self.number])])


IDENTITY = Augmentation(0, np.arange(COLOURS, dtype=np.int8))


def read_name(name: str) -> tuple[str, Augmentation]:
    """Return the puzzle that a name belongs to, and which copy of it the name means.

    Raises CheckpointError when the name is not of the official form.
    """
    if SEPARATOR not in name:
        return name, IDENTITY
    match = re.fullmatch(r"(.+?)\|\|\|t([0-7])\|\|\|(0\d{9})", name)
    if match is None or len(set(match[3])) != COLOURS:
        raise CheckpointError(f"{name!r} is not a name of a puzzle's copy")
    colours = np.array([int(digit) for digit in match[3]], dtype=np.int8)
    return match[1], Augmentation(int(match[2]), colours)
