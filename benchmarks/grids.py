"""The networks `trm:sudoku` and `trm:maze` beside official-style evaluation and a classic solver.

Ours is one run of the network in numpy, which ends when the answer obeys the rules; official style
is the same weights in plain torch, all steps, the last answer. No search, one puzzle at a time. The
package ``tiny-recursive-model`` has no peer here: its networks have a fixed number of positions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from benchmarks.figure import Figure, middle_ratio
from function.deadline import NO_DEADLINE
from function.trm.maze import opening as maze_opening
from function.trm.maze.grid import OPEN, PATH, WALL, Maze
from function.trm.names import find_weights
from function.trm.sudoku import opening as sudoku_opening
from function.trm.sudoku.board import board_of
from function.trm.sudoku.codec import Puzzle
from function.trm.sudoku.exact import count_solutions
from lab.training.candidate_network import CandidateNetwork
from lab.training.convolution_network import ConvolutionNetwork
from lab.training.recursion import RecursiveNetwork
from lab.training.sudoku.boards import as_boards
from lab.trm.maze.generator import make_maze, without_path
from lab.trm.sudoku.generator import PuzzlePool

Problem = TypeVar("Problem")
SEED = 5_000_011
CLUES, SUDOKU_STEPS = 26, 16
SIDE, MAZE_STEPS = 21, 42


@dataclass(frozen=True)
class Load:
    """How many puzzles of each kind, and turns over all of them."""

    puzzles: int
    turns: int


FULL, SMOKE = Load(32, 3), Load(2, 1)


@dataclass(frozen=True)
class Contest(Generic[Problem]):
    """One network: its problems, and whether each of the three answers one of them rightly."""

    name: str
    problems: Sequence[Problem]
    ours: Callable[[Problem], bool]
    official: Callable[[Problem], bool]
    classic: Callable[[Problem], bool]

    def figure(self, turns: int) -> Figure:
        """Return the ratio of puzzles per second, ours to official style."""
        sides = self.ours, self.official
        runs = [[_timed(each, self.problems) for each in sides] for _ in range(turns)]
        seconds, right = _timed(self.classic, self.problems)
        rates = [(len(self.problems) / ours[0], len(self.problems) / official[0])
                 for ours, official in runs]  # fmt: skip
        (_, ours), (_, official) = runs[0]
        ours_rate, official_rate = np.median(rates, axis=0)
        # Speed that costs answers counts for nothing.
        return Figure(
            f"{self.name} alone, puzzles/s",
            middle_ratio(rates) if ours >= official else 0.0,
            "at least",
            5.0,
            f"ours {ours_rate:.1f} ({ours:.0%} exact)   official style {official_rate:.1f} "
            f"({official:.0%})   classic search {len(self.problems) / seconds:.0f} "
            f"({right:.0%})",
        )


@torch.inference_mode()
def measure(load: Load) -> Iterator[Figure]:
    """Yield one figure for each of the two networks."""
    yield _sudoku(load.puzzles).figure(load.turns)
    yield _maze(load.puzzles).figure(load.turns)


def _sudoku(count: int) -> Contest[Puzzle]:
    board = board_of(9)
    grids, _ = PuzzlePool.dug(board, count, SEED).cut(np.arange(count), np.full(count, CLUES))
    solver = sudoku_opening.open_own_solver()
    network = _trained(CandidateNetwork(), "sudoku")

    def ours(puzzle: Puzzle) -> bool:
        return solver.solve(puzzle, NO_DEADLINE, search=False, first_steps=SUDOKU_STEPS).solved

    def official(puzzle: Puzzle) -> bool:
        logits = _all_steps(network, as_boards(board, puzzle.clues[None]), SUDOKU_STEPS)
        answer = (logits.argmax(-1).reshape(1, -1) + 1).numpy().astype(np.int8)
        return bool(board.solves(answer, puzzle.clues[None])[0])

    def classic(puzzle: Puzzle) -> bool:
        return count_solutions(board, puzzle.clues, NO_DEADLINE).solution is not None

    return Contest("trm:sudoku", [Puzzle(board, grid) for grid in grids], ours, official, classic)


def _maze(count: int) -> Contest[Maze]:
    random = Random(SEED)
    mazes = [Maze(without_path(make_maze(SIDE, SIDE, random))) for _ in range(count)]
    solver = maze_opening.open_own_solver()
    network = _trained(ConvolutionNetwork(), "maze")

    def ours(maze: Maze) -> bool:
        return solver.solve(maze, NO_DEADLINE, search=False, steps=MAZE_STEPS).solved

    def official(maze: Maze) -> bool:
        framed = np.pad(maze.cells, 1, constant_values=WALL)
        logits = _all_steps(network, torch.from_numpy(framed)[None], MAZE_STEPS)
        marked = (logits[0, 1:-1, 1:-1] > 0).numpy() & (maze.cells == OPEN)
        return maze.path_of(np.where(marked, PATH, maze.cells).astype(np.int8)) is not None

    def classic(maze: Maze) -> bool:
        return Maze(maze.cells).length > 0

    return Contest("trm:maze", mazes, ours, official, classic)


def _trained(network: RecursiveNetwork, name: str) -> RecursiveNetwork:
    weights = load_file(find_weights(name) / "model.safetensors")
    network.load_state_dict({key: tensor.float() for key, tensor in weights.items()})
    return network.eval()


def _all_steps(network: RecursiveNetwork, board: Tensor, steps: int) -> Any:
    """Return the logits after the last of `steps` steps."""
    embedded = network.embed(board)
    state = network.initial_state(embedded)
    for _ in range(steps):
        state, output = network(state, embedded)
    return output.logits


def _timed(solve: Callable[[Problem], bool], problems: Sequence[Problem]) -> tuple[float, float]:
    """Return the seconds that all problems take, and the share that is solved."""
    started = time.perf_counter()
    solved = sum(solve(problem) for problem in problems)
    return time.perf_counter() - started, solved / len(problems)
