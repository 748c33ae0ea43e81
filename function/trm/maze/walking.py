"""Read a path out of marked cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from function.trm.maze.grid import PATH, Cells, Maze, flood


def walked(maze: Maze, marked: NDArray[np.bool_]) -> Cells:
    """Return the maze with the walk from start to goal over `marked` open cells, if there is one.

    Without a walk every marked cell is shown.
    """
    passable = marked.copy()
    passable[maze.start] = passable[maze.goal] = True
    flooded = flood(passable, maze.start)
    cells = maze.cells.copy()
    if flooded.distances[maze.goal] < 0:
        cells[marked] = PATH
        return cells
    for cell in flooded.way_to(maze.goal)[1:-1]:
        cells[cell] = PATH
    return cells
