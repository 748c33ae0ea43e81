"""Minimal sudokus of every difficulty: populations that climb the depth of trials they need.

A population starts with random minimal puzzles. A move takes one or two clues out of one of its
better puzzles, adds digits of one of two solutions where these differ until one solution is left,
and removes every clue that is not needed; the result takes the place of one of the worse. Most
populations end among puzzles that fall by trials of single candidates, which is as hard as random
puzzles are. One in twenty or so reaches one that needs trials inside of trials ("nested"), as the
hardest that people collect do. A walk from there finds a few more of them a second.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.training.compiled import compiled
from lab.training.sudoku.rating import ALL, LOWEST, NESTED, PEERS, SIZES, Digits, depth, solutions

BUDGET = 2000
SIZE, DRAWN = 32, 8
"""Puzzles of a population, and those of them of which the best is moved and the worst replaced."""
HARD = 150
"""A fifth of the puzzles from this rating on are written, of others a fiftieth, all nested ones."""
WALK = 30
"""How many times as many moves are made among nested puzzles as to find the first of them."""
NEWEST = 200


@compiled
def drawn(state: NDArray[np.int64], below: int) -> int:
    """Return a random number from 0 to `below` - 1; `state` [1] is a Lehmer generator."""
    state[0] = state[0] * 48271 % 2147483647
    return int((state[0] >> 4) % below)


@compiled
def shuffled_cells(state: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the 81 cells in random order."""
    order = np.arange(81)
    for last in range(80, 0, -1):
        other = drawn(state, last + 1)
        kept = order[last]
        order[last] = order[other]
        order[other] = kept
    return order


@compiled
def free_digits(puzzle: Digits, cell: int) -> int:
    """Return the digits that no peer of a cell of `puzzle` [81] has, as a mask."""
    free = ALL
    for k in range(20):
        digit = int(puzzle[PEERS[cell, k]])
        if digit:
            free &= ~(1 << (digit - 1))
    return free


@compiled
def full_grid(state: NDArray[np.int64]) -> Digits:
    """Return a random complete grid [81]: random clues are added while a solution remains."""
    found = np.zeros((2, 81), dtype=np.int8)
    puzzle = np.zeros(81, dtype=np.int8)
    for cell in shuffled_cells(state)[:24]:
        free = free_digits(puzzle, cell)
        if free == 0:
            continue
        skip = drawn(state, SIZES[free])
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
def completed(puzzle: Digits, found: Digits, state: NDArray[np.int64]) -> bool:
    """Add digits to `puzzle` [81], in place, until one solution is left in `found` [0].

    Returns False without a solution, or where the budget is spent before two are found.
    """
    while True:
        count, _ = solutions(puzzle, 2, BUDGET, found)
        if count == 1:
            return True
        differs = np.flatnonzero(found[0] != found[1])
        if count == 0 or len(differs) == 0:
            return False
        cell = differs[drawn(state, len(differs))]
        puzzle[cell] = found[drawn(state, 2), cell]


@compiled
def move(puzzle: Digits, state: NDArray[np.int64]) -> Digits:
    """Return a minimal neighbour of `puzzle` [81] with one solution, not always the same."""
    found = np.zeros((2, 81), dtype=np.int8)
    other = puzzle.copy()
    out = 1 + drawn(state, 2)
    removed = 0
    for cell in shuffled_cells(state):
        if other[cell] and removed < out:
            other[cell] = 0
            removed += 1
    if not completed(other, found, state):
        return puzzle
    minimize(other, shuffled_cells(state))
    return other


@compiled
def redealt(puzzle: Digits, state: NDArray[np.int64]) -> Digits:
    """Return a minimal puzzle near `puzzle` [81] with other digits in one or two of its cells.

    Cells of clues that make one hard puzzle make others. Returns `puzzle` where no digits fit.
    """
    found = np.zeros((2, 81), dtype=np.int8)
    other = puzzle.copy()
    clues = np.flatnonzero(puzzle)
    chosen = np.array([clues[drawn(state, len(clues))] for _ in range(1 + drawn(state, 2))])
    other[chosen] = 0
    for cell in chosen:
        index = drawn(state, 9)
        if not free_digits(other, cell) >> index & 1:
            return puzzle
        other[cell] = index + 1
    if not completed(other, found, state):
        return puzzle
    minimize(other, shuffled_cells(state))
    return other


@compiled
def tournament(state: NDArray[np.int64], ratings: NDArray[np.int32], sign: int) -> int:
    """Return the index of the highest (`sign` 1) or lowest (-1) of `DRAWN` random ratings."""
    chosen = drawn(state, len(ratings))
    for _ in range(DRAWN - 1):
        other = drawn(state, len(ratings))
        if sign * ratings[other] > sign * ratings[chosen]:
            chosen = other
    return chosen


@compiled
def known(puzzle: Digits, rating: int, puzzles: Digits, ratings: NDArray[np.int32]) -> bool:
    """Return whether `puzzle` [81] of this rating is among `puzzles` [n, 81]."""
    for each in range(len(ratings)):
        if ratings[each] == rating and np.all(puzzles[each] == puzzle):
            return True
    return False


@compiled
def climb(
    state: NDArray[np.int64], size: int, moves: int, puzzles: Digits, ratings: NDArray[np.int32]
) -> int:
    """Write puzzles met by a population of `size` into the arrays [n, 81] and [n]; return n.

    Ends with the first nested puzzle, or after `moves`.
    """
    present = np.zeros((size, 81), dtype=np.int8)
    depths = np.zeros(size, dtype=np.int32)
    for member in range(size):
        present[member] = full_grid(state)
        minimize(present[member], shuffled_cells(state))
        depths[member] = depth(present[member])
    puzzles[:size] = present
    ratings[:size] = depths
    kept = size
    for _ in range(moves):
        other = move(present[tournament(state, depths, 1)], state)
        height = depth(other)
        if known(other, height, present, depths):
            continue
        if drawn(state, 1000) < (1000 if height >= NESTED else 200 if height >= HARD else 20):
            puzzles[kept] = other
            ratings[kept] = height
            kept += 1
        if height >= NESTED:
            break
        worst = tournament(state, depths, -1)
        if height >= depths[worst]:
            present[worst] = other
            depths[worst] = height
    return kept


@compiled
def walk(
    state: NDArray[np.int64], moves: int, puzzles: Digits, ratings: NDArray[np.int32], kept: int
) -> int:
    """Go on from the nested puzzle in row `kept` - 1 of the arrays; return the rows then filled.

    Every new nested puzzle is one to go on from, the newest more often than the others.
    """
    first = kept - 1
    for _ in range(moves):
        newest = min(kept - first, NEWEST) if drawn(state, 2) else kept - first
        start = puzzles[kept - 1 - drawn(state, newest)]
        other = move(start, state) if drawn(state, 3) == 0 else redealt(start, state)
        if np.all(other == start):
            continue
        height = depth(other)
        if height >= NESTED and not known(other, height, puzzles[first:kept], ratings[first:kept]):
            puzzles[kept] = other
            ratings[kept] = height
            kept += 1
    return kept


def solved(puzzles: Digits) -> Digits:
    """Return the solution of each puzzle [n, 81]."""
    answers = np.zeros_like(puzzles)
    found = np.zeros((2, 81), dtype=np.int8)
    for puzzle, answer in zip(puzzles, answers, strict=True):
        solutions(puzzle, 1, 100 * BUDGET, found)
        answer[:] = found[0]
    return answers


def generate(
    seeds: Sequence[int], moves: int, size: int = SIZE
) -> tuple[Digits, Digits, NDArray[np.int32], NDArray[np.int32]]:
    """Return puzzles [n, 81], solutions [n, 81], ratings [n] and seeds [n]."""
    puzzles, answers, ratings, chains = [], [], [], []
    for seed in seeds:
        most = size + (1 + WALK) * moves
        kept, heights = np.zeros((most, 81), dtype=np.int8), np.zeros(most, dtype=np.int32)
        # The first draws of neighbouring seeds are alike: spread the seeds first.
        state = np.random.default_rng(seed).integers(1, 2147483647, size=1)
        count = climb(state, size, moves, kept, heights)
        if heights[count - 1] >= NESTED:
            count = walk(state, WALK * moves, kept, heights, count)
        puzzles.append(kept[:count])
        ratings.append(heights[:count])
        answers.append(solved(kept[:count]))
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
    parser.add_argument("--moves", type=int, default=10000, help="of a population")
    parser.add_argument("--chains", type=int, default=1, help="populations a shard")
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
