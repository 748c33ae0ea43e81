"""Minimal sudokus of every difficulty: hill climbing on the rating by guesses.

A chain starts at a random minimal puzzle. A move takes some clues out, adds cells in which two
solutions differ until one solution is left, and removes every clue that is not needed; it is
accepted unless the rating falls far. Every puzzle met that needs `EASY` guesses is training data,
and one in twenty of the others.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.training.compiled import compiled
from lab.training.sudoku.rating import LOWEST, PEERS, SIZES, Digits, solutions

BUDGET = 2000
EASY = 10


@compiled
def shuffled_cells(state: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the 81 cells in random order; `state` [1] is a Lehmer generator."""
    order = np.arange(81)
    for last in range(80, 0, -1):
        state[0] = state[0] * 48271 % 2147483647
        other = (state[0] >> 4) % (last + 1)
        kept = order[last]
        order[last] = order[other]
        order[other] = kept
    return order


@compiled
def full_grid(state: NDArray[np.int64]) -> Digits:
    """Return a random complete grid [81]: random clues are added while a solution remains."""
    found = np.zeros((2, 81), dtype=np.int8)
    puzzle = np.zeros(81, dtype=np.int8)
    for cell in shuffled_cells(state)[:24]:
        taken = 0
        for k in range(20):
            digit = int(puzzle[PEERS[cell, k]])
            if digit:
                taken |= 1 << (digit - 1)
        free = 0x1FF & ~taken
        if free == 0:
            continue
        state[0] = state[0] * 48271 % 2147483647
        skip = (state[0] >> 4) % SIZES[free]
        for _ in range(skip):
            free &= free - 1
        puzzle[cell] = LOWEST[free & -free] + 1
        found[0, 0] = 0
        solutions(puzzle, 1, 500, found)
        if found[0, 0] == 0:
            puzzle[cell] = 0
    solutions(puzzle, 1, 100000, found)
    grid: Digits = found[0]
    return grid


@compiled
def minimize(puzzle: Digits, order: NDArray[np.int64]) -> None:
    """Remove the clues of `puzzle` [81] that its one solution does not need, in place."""
    found = np.zeros((2, 81), dtype=np.int8)
    for cell in order:
        digit = puzzle[cell]
        if digit == 0:
            continue
        puzzle[cell] = 0
        count, _ = solutions(puzzle, 2, BUDGET, found)
        if count != 1:
            puzzle[cell] = digit


@compiled
def move(puzzle: Digits, solution: Digits, state: NDArray[np.int64]) -> Digits:
    """Return a neighbour of `puzzle` [81]: minimal, with the same one solution."""
    found = np.zeros((2, 81), dtype=np.int8)
    other = puzzle.copy()
    state[0] = state[0] * 48271 % 2147483647
    out = 1 + (state[0] >> 4) % 4
    removed = 0
    for cell in shuffled_cells(state):
        if other[cell] and removed < out:
            other[cell] = 0
            removed += 1
    while True:
        count, _ = solutions(other, 2, BUDGET, found)
        if count == 1:
            break
        for cell in shuffled_cells(state):
            differs = found[0, cell] != solution[cell] or found[1, cell] != solution[cell]
            if other[cell] == 0 and differs:
                other[cell] = solution[cell]
                break
    minimize(other, shuffled_cells(state))
    return other


@compiled
def climb(
    seed: int, moves: int, puzzles: Digits, ratings: NDArray[np.int32], solution_of: Digits
) -> int:
    """Write the puzzles of one chain into the arrays [n, 81], [n], [81]; return n."""
    state = np.zeros(1, dtype=np.int64)
    state[0] = seed
    found = np.zeros((2, 81), dtype=np.int8)
    solution = full_grid(state)
    solution_of[:] = solution
    current = solution.copy()
    minimize(current, shuffled_cells(state))
    _, rating = solutions(current, 2, BUDGET, found)
    kept = 0
    puzzles[kept] = current
    ratings[kept] = rating
    kept += 1
    for _ in range(moves):
        other = move(current, solution, state)
        if np.all(other == current):
            continue
        _, height = solutions(other, 2, BUDGET, found)
        state[0] = state[0] * 48271 % 2147483647
        draw = (state[0] >> 4) % 1000
        if height >= EASY or draw < 50:
            puzzles[kept] = other
            ratings[kept] = height
            kept += 1
        if height >= rating * (0.75 + 0.25 * draw / 1000):
            current = other
            rating = height
    return kept


def generate(
    seeds: Sequence[int], moves: int
) -> tuple[Digits, Digits, NDArray[np.int32], NDArray[np.int32]]:
    """Return puzzles [n, 81], solutions [n, 81], ratings [n] and chain seeds [n]."""
    puzzles, answers, ratings, chains = [], [], [], []
    for seed in seeds:
        kept = np.zeros((moves + 1, 81), dtype=np.int8)
        heights = np.zeros(moves + 1, dtype=np.int32)
        solution = np.zeros(81, dtype=np.int8)
        # The first draws of neighbouring seeds are alike: spread the seeds first.
        spread = int(np.random.default_rng(seed).integers(1, 2147483647))
        count = climb(spread, moves, kept, heights, solution)
        puzzles.append(kept[:count])
        ratings.append(heights[:count])
        answers.append(np.repeat(solution[None], count, axis=0))
        chains.append(np.full(count, seed, dtype=np.int32))
    return (
        np.concatenate(puzzles), np.concatenate(answers), np.concatenate(ratings),
        np.concatenate(chains),
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Write shards of puzzles into a folder until the minutes are used up."""
    parser = argparse.ArgumentParser(prog="python -m lab.training.sudoku.generator")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--moves", type=int, default=150)
    parser.add_argument("--chains", type=int, default=20, help="chains a shard")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    ends = time.monotonic() + 60 * given.minutes
    seed = given.first_seed
    while time.monotonic() < ends:
        started = time.monotonic()
        puzzles, answers, ratings, chains = generate(range(seed, seed + given.chains), given.moves)
        path = given.out / f"sudoku-{seed:07d}.npz"
        partial = path.with_suffix(".partial.npz")
        np.savez_compressed(
            partial, puzzles=puzzles, solutions=answers, ratings=ratings, chains=chains
        )
        partial.rename(path)
        quartiles = np.percentile(ratings, [10, 50, 90, 100]).astype(int).tolist()
        took = time.monotonic() - started
        print(f"seed {seed}: {len(ratings)} puzzles, ratings {quartiles}, {took:.1f} s", flush=True)
        seed += given.chains


if __name__ == "__main__":
    main()
