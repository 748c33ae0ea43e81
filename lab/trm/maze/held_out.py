"""Sets of mazes that no training maze is part of, up to symmetry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from function.trm.maze.grid import WALL, Cells
from lab.trm.maze.generator import MazePool, without_path


@dataclass(frozen=True, eq=False)
class MazeSet:
    """Mazes and their only shortest paths as tokens [n, cells]; how many candidates were refused.

    The mazes stand top left in the network's grid, as they are served.
    """

    name: str
    tokens: Cells
    labels: Cells
    refused: int


def mark_of(maze: Cells) -> bytes:
    """Return what a maze [rows, columns] shares with its turned, reflected and shifted copies
    alone."""
    rows, columns = np.nonzero(maze != WALL)
    core = maze[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    turned = [np.rot90(each, turns) for each in (core, core.T) for turns in range(4)]
    return min(bytes(each.shape) + each.tobytes() for each in turned)


def held_out_mazes(
    pool: MazePool, training: MazePool, name: str, least: int, most: int, size: int
) -> MazeSet:
    """Return at most `size` mazes of `pool` with a longer side of `least`..`most`, each one once.

    Candidates that share their mark with a training maze are refused.
    """
    longer = pool.shapes.max(1)
    candidates = np.flatnonzero((longer >= least) & (longer <= most))
    known = {mark_of(maze) for maze in without_path(training.answers)}
    kept: dict[bytes, int] = {}
    refused = 0
    for index in candidates.tolist():
        mark = mark_of(without_path(pool.answers[index]))
        if mark in known:
            refused += 1
        elif len(kept) < size:
            kept.setdefault(mark, index)
    labels = pool.answers[list(kept.values())].reshape(len(kept), -1)
    return MazeSet(name, without_path(labels), labels, refused)
