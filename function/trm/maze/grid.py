"""A maze, its shortest paths, and what makes an answer right."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Cell = tuple[int, int]
Cells = NDArray[np.int8]

WALL, OPEN, START, GOAL, PATH = 1, 2, 3, 4, 5
"""The tokens of the official maze data; 0 is padding."""


@dataclass(frozen=True, eq=False)
class Maze:
    """Cells [rows, columns] of WALL, OPEN, one START and one GOAL; steps go to four sides."""

    cells: Cells

    @property
    def rows(self) -> int:
        return int(self.cells.shape[0])

    @property
    def columns(self) -> int:
        return int(self.cells.shape[1])

    @cached_property
    def start(self) -> Cell:
        return _only(self.cells, START)

    @cached_property
    def goal(self) -> Cell:
        return _only(self.cells, GOAL)

    @cached_property
    def length(self) -> int | None:
        """Steps of a shortest path from start to goal; None where there is no path."""
        found = flood(self.cells != WALL, self.start).distances[self.goal]
        return int(found) if found >= 0 else None

    def path_of(self, answer: Cells) -> list[Cell] | None:
        """Return the cells from start to goal of an answer [rows, columns] that is right, else
        None."""
        return None if self.flaw_of(answer) else self._marked(answer).way_to(self.goal)

    def flaw_of(self, answer: Cells) -> str:
        """Return what is wrong with an answer [rows, columns], empty when it is right.

        Right is: nothing but open cells became PATH, and these lead from start to goal, connected,
        in as few steps as any path does.
        """
        if not np.array_equal(np.where(answer == PATH, OPEN, answer), self.cells):
            return "the path runs through walls, or the maze was changed"
        steps = self._marked(answer).distances[self.goal]
        if steps < 0:
            return "the path does not lead from the start to the goal"
        if steps != self.length:
            return f"the path takes {steps} steps where {self.length} are enough"
        if int((answer == PATH).sum()) != steps - 1:
            return "more cells are marked than the path has"
        return ""

    def _marked(self, answer: Cells) -> Flood:
        marked = answer == PATH
        marked[self.start] = marked[self.goal] = True
        return flood(marked, self.start)


@dataclass(frozen=True, eq=False)
class Flood:
    """Steps from one cell to every cell [rows, columns], -1 where it cannot be reached.

    `ways` counts the shortest paths to each cell, up to two.
    """

    distances: NDArray[np.int32]
    ways: NDArray[np.int8]

    def way_to(self, cell: Cell) -> list[Cell]:
        """Return a shortest path to a cell that can be reached, both ends included."""
        way = [cell]
        while distance := int(self.distances[way[-1]]):
            way.append(
                next(near for near in _around(*way[-1], *self.distances.shape)
                     if self.distances[near] == distance - 1)
            )  # fmt: skip
        return way[::-1]


def flood(passable: NDArray[np.bool_], start: Cell) -> Flood:
    """Breadth first over the passable cells [rows, columns]."""
    rows, columns = passable.shape
    free = passable.tolist()
    distances = [[-1] * columns for _ in range(rows)]
    ways = [[0] * columns for _ in range(rows)]
    distances[start[0]][start[1]], ways[start[0]][start[1]] = 0, 1
    waiting = deque([start])
    while waiting:
        row, column = waiting.popleft()
        further = distances[row][column] + 1
        for r, c in _around(row, column, rows, columns):
            if not free[r][c]:
                continue
            if distances[r][c] < 0:
                distances[r][c] = further
                waiting.append((r, c))
            if distances[r][c] == further:
                ways[r][c] = min(2, ways[r][c] + ways[row][column])
    return Flood(np.array(distances, dtype=np.int32), np.array(ways, dtype=np.int8))


def _around(row: int, column: int, rows: int, columns: int) -> list[Cell]:
    near = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [(r, c) for r, c in near if 0 <= r < rows and 0 <= c < columns]


def _only(cells: Cells, token: int) -> Cell:
    row, column = divmod(int(np.flatnonzero(cells == token)[0]), cells.shape[1])
    return row, column


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
