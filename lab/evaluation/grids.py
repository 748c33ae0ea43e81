"""Judge the sudoku and maze networks: `python -m lab.evaluation.grids --sudoku LIST --mazes 100`.

A list holds one sudoku of 81 characters a line. Times are processor seconds of this process, so
that a busy machine counts like an idle one; OPENBLAS_NUM_THREADS=1 keeps it to one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from function.deadline import Deadline
from function.trm.maze import opening as maze_opening
from function.trm.maze.grid import Maze
from function.trm.sudoku import opening as sudoku_opening
from function.trm.sudoku.codec import Puzzle, read_puzzle
from function.trm.sudoku.exact import count_solutions
from lab.trm.maze.generator import make_maze, without_path

Problem = TypeVar("Problem")
ALONE_STEPS = 64
LIMITS = (2.0, 5.0, 10.0)
SIDES = (9, 13, 21, 30)
MAZE_SEED = 2_000_003


@dataclass(frozen=True, slots=True)
class Row:
    """Shares of one set solved by the network alone and by its search within each limit.

    `classic_ms` is the mean time of classic search, which solves all of them.
    """

    name: str
    count: int
    alone: float
    within: tuple[float, ...]
    mean_seconds: float
    classic_ms: float

    def __str__(self) -> str:
        shares = " | ".join(f"{share:.1%}" for share in (self.alone, *self.within))
        return (
            f"| {self.name} ({self.count}) | {shares} | {self.mean_seconds:.2f} s | "
            f"{self.classic_ms:.1f} ms |"
        )


HEAD = (
    "| set | network alone | search 2 s | 5 s | 10 s | mean | classic search |\n"
    "|---|---|---|---|---|---|---|"
)


def judge(
    name: str,
    problems: Sequence[Problem],
    alone: Callable[[Problem], bool],
    search: Callable[[Problem, Deadline], bool],
    classic: Callable[[Problem], object],
) -> Row:
    """Measure one set: each problem is given once to each of the three."""
    count = len(problems)
    solved_alone = sum(alone(problem) for problem in problems)
    times, total, classic_total = [], 0.0, 0.0
    for problem in problems:
        started = time.process_time()
        solved = search(problem, _deadline(LIMITS[-1]))
        searched = time.process_time()
        classic(problem)
        classic_total += time.process_time() - searched
        total += searched - started
        if solved:
            times.append(searched - started)
    within = tuple(sum(took <= limit for took in times) / count for limit in LIMITS)
    return Row(
        name, count, solved_alone / count, within, total / count, 1e3 * classic_total / count
    )


def judge_sudokus(name: str, puzzles: Sequence[Puzzle]) -> Row:
    """Judge the shipped network on puzzles with one solution each."""
    solver = sudoku_opening.open_own_solver()

    def alone(puzzle: Puzzle) -> bool:
        hour = Deadline.after(3600)
        return solver.solve(puzzle, hour, search=False, first_steps=ALONE_STEPS).solved

    def search(puzzle: Puzzle, deadline: Deadline) -> bool:
        return solver.solve(puzzle, deadline).solved

    def classic(puzzle: Puzzle) -> object:
        return count_solutions(puzzle.board, puzzle.clues, _deadline(60))

    return judge(name, puzzles, alone, search, classic)


def judge_mazes(side: int, count: int) -> Row:
    """Judge the shipped network on fresh mazes with one shortest path each."""
    solver = maze_opening.open_own_solver()
    random = Random(MAZE_SEED + side)
    mazes = [Maze(without_path(make_maze(side, side, random))) for _ in range(count)]

    def alone(maze: Maze) -> bool:
        return solver.solve(maze, Deadline.after(3600), search=False).solved

    def search(maze: Maze, deadline: Deadline) -> bool:
        return solver.solve(maze, deadline).solved

    def classic(maze: Maze) -> object:
        return Maze(maze.cells).length

    return judge(f"mazes {side} a side", mazes, alone, search, classic)


def _deadline(seconds: float) -> Deadline:
    return Deadline.after(seconds, time.process_time)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the networks and print a table."""
    parser = argparse.ArgumentParser(prog="python -m lab.evaluation.grids")
    parser.add_argument("--sudoku", type=Path, nargs="*", default=[], help="lists of puzzles")
    parser.add_argument("--puzzles", type=int, default=150, help="the first of each list")
    parser.add_argument("--mazes", type=int, default=0, help="mazes of each side")
    parser.add_argument("--sides", type=int, nargs="*", default=SIDES)
    given = parser.parse_args(arguments)
    print(HEAD, flush=True)
    for path in given.sudoku:
        lines = path.read_text(encoding="utf-8").split()[: given.puzzles]
        print(judge_sudokus(path.stem, [read_puzzle(line) for line in lines]), flush=True)
    for side in given.sides if given.mazes else ():
        print(judge_mazes(side, given.mazes), flush=True)


if __name__ == "__main__":
    main()
