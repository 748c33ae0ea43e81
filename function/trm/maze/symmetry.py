"""The eight symmetries of a square grid: four turns, each with or without a reflection."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

COUNT = 8


@cache
def sources(side: int) -> NDArray[np.int64]:
    """Return where each cell of the transformed grid comes from: [8, side * side]; the first is
    itself."""
    grid = np.arange(side * side).reshape(side, side)
    turned = [np.rot90(grid, turns) for turns in range(4)]
    return np.array([each.ravel() for one in turned for each in (one, one.T)])


@cache
def targets(side: int) -> NDArray[np.int64]:
    """Return the inverses of `sources`: [8, side * side]."""
    return np.argsort(sources(side), axis=1)
