"""Endless mazes with exactly one shortest path, the same ones for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from function.trm.maze.grid import GOAL, OPEN, PATH, START, WALL, Cells, flood
from function.trm.maze.symmetry import sources

CARVED = 0.7
"""Share of mazes carved as corridors; the others are scattered obstacles."""
SHORTEST = 3


def make_maze(rows: int, columns: int, random: Random) -> Cells:
    """Return an answer [rows, columns]: a maze with its only shortest path marked.

    Corridors are carved by a growing tree whose bends and loops vary from maze to maze; obstacles
    are scattered with a density that varies. Start and goal are drawn so that long paths are more
    frequent than among all pairs of cells.
    """
    while True:
        carve = random.random() < CARVED
        free = _carved(rows, columns, random) if carve else _scattered(rows, columns, random)
        places = [(int(row), int(column)) for row, column in np.argwhere(free)]
        if not places:
            continue
        start = random.choice(places)
        flooded = flood(free, start)
        goals = [place for place in places
                 if flooded.distances[place] >= SHORTEST and flooded.ways[place] == 1]  # fmt: skip
        if not goals:
            continue
        drawn = [random.choice(goals) for _ in range(3)]
        goal = max(drawn, key=lambda place: int(flooded.distances[place]))
        cells = np.where(free, OPEN, WALL).astype(np.int8)
        for place in flooded.way_to(goal):
            cells[place] = PATH
        cells[start], cells[goal] = START, GOAL
        return cells


def _carved(rows: int, columns: int, random: Random) -> NDArray[np.bool_]:
    top, left = random.randrange(2), random.randrange(2)
    free = np.zeros((rows, columns), dtype=bool)
    rooms = {(r, c) for r in range(top, rows, 2) for c in range(left, columns, 2)}
    straight, loops = random.random(), 0.3 * random.random() ** 2
    first = random.choice(sorted(rooms))
    growing, reached = [first], {first}
    free[first] = True
    while growing:
        # The newest room makes long corridors, a random one makes many short dead ends.
        place = len(growing) - 1 if random.random() < straight else random.randrange(len(growing))
        row, column = growing[place]
        near = [(row - 2, column), (row + 2, column), (row, column - 2), (row, column + 2)]
        new = [room for room in near if room in rooms and room not in reached]
        if not new:
            growing.pop(place)
            continue
        r, c = random.choice(new)
        free[r, c] = free[(row + r) // 2, (column + c) // 2] = True
        reached.add((r, c))
        growing.append((r, c))
    for r, c in sorted(rooms):
        for dr, dc in ((1, 0), (0, 1)):
            if (r + 2 * dr, c + 2 * dc) in rooms and random.random() < loops:
                free[r + dr, c + dc] = True
    return free


def _scattered(rows: int, columns: int, random: Random) -> NDArray[np.bool_]:
    density = random.uniform(0.2, 0.5)
    free = [[random.random() >= density for _ in range(columns)] for _ in range(rows)]
    return np.array(free, dtype=bool)


@dataclass(frozen=True, eq=False)
class MazePool:
    """Answers [n, side, side], top left in a square filled up with walls; `shapes` is [n, 2]."""

    answers: Cells
    shapes: NDArray[np.int64]

    @property
    def side(self) -> int:
        return int(self.answers.shape[1])

    @classmethod
    def made(cls, side: int, least: int, size: int, seed: int) -> MazePool:
        """`size` mazes, every second one `side` x `side`, the others down to `least` a side."""
        random = Random(seed)
        answers = np.full((size, side, side), WALL, dtype=np.int8)
        shapes = np.full((size, 2), side)
        for number in range(size):
            if number % 2:
                shapes[number] = random.randint(least, side), random.randint(least, side)
            rows, columns = shapes[number].tolist()
            answers[number, :rows, :columns] = make_maze(rows, columns, random)
        return cls(answers, shapes)

    @classmethod
    def cached(cls, side: int, least: int, size: int, seed: int, folder: Path) -> MazePool:
        """Return the pool that `made` makes, read from `folder` when it was made there before."""
        path = folder / f"mazes-{least}to{side}-{size}-seed{seed}.npz"
        if not path.exists():
            pool = cls.made(side, least, size, seed)
            np.savez_compressed(path, answers=pool.answers, shapes=pool.shapes)
        with np.load(path) as arrays:
            return cls(arrays["answers"], arrays["shapes"])

    def sample(
        self, count: int, least: int, most: int, generator: np.random.Generator
    ) -> tuple[Cells, Cells]:
        """Mazes and answers [count, side * side] with longer sides of `least`..`most`.

        Each is shifted inside its square and put under a random symmetry.
        """
        longer = self.shapes.max(1)
        fitting = np.flatnonzero((longer >= least) & (longer <= most))
        chosen = generator.choice(fitting, size=count)
        room = self.side - self.shapes[chosen]
        shifts = generator.integers(0, room + 1)
        symmetries = sources(self.side)[generator.integers(len(sources(1)), size=count)]
        shifted = np.stack([np.roll(self.answers[index], tuple(shift), axis=(0, 1))
                            for index, shift in zip(chosen, shifts, strict=True)])  # fmt: skip
        answers = np.take_along_axis(shifted.reshape(count, -1), symmetries, axis=1)
        return without_path(answers), answers


def without_path(answers: Cells) -> Cells:
    """Return the mazes that these answers belong to."""
    return np.where(answers == PATH, OPEN, answers).astype(np.int8)
