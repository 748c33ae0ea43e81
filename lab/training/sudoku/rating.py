"""Rate a 9x9 sudoku by what is left of it after singles and after trials of single candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.training.compiled import compiled

CELLS = 81
NESTED = 2000
"""Lowest rating of a puzzle that trials of single candidates do not solve; those that they solve
stay far below."""
ALL = 0x1FF
Masks = NDArray[np.int32]
Digits = NDArray[np.int8]


def _units() -> NDArray[np.int32]:
    rows = [[9 * r + c for c in range(9)] for r in range(9)]
    columns = [[9 * r + c for r in range(9)] for c in range(9)]
    boxes = [
        [9 * (3 * (b // 3) + k // 3) + 3 * (b % 3) + k % 3 for k in range(9)] for b in range(9)
    ]
    return np.array(rows + columns + boxes, dtype=np.int32)


UNITS = _units()
PEERS = np.array(
    [
        sorted({int(p) for unit in UNITS if cell in unit for p in unit} - {cell})
        for cell in range(CELLS)
    ],
    dtype=np.int32,
)
SIZES = np.array([bin(mask).count("1") for mask in range(512)], dtype=np.int32)
LOWEST = np.array([(mask & -mask).bit_length() - 1 for mask in range(512)], dtype=np.int32)


@compiled
def propagate(masks: Masks, settled: NDArray[np.bool_]) -> bool:
    """Apply naked and hidden singles to candidate `masks` [81] until nothing changes.

    `settled` marks cells whose digit has left their peers. Returns False on a contradiction.
    """
    while True:
        changed = False
        for cell in range(81):
            mask = masks[cell]
            if settled[cell] or SIZES[mask] != 1:
                continue
            settled[cell] = True
            changed = True
            for k in range(20):
                peer = PEERS[cell, k]
                if masks[peer] & mask:
                    masks[peer] &= ~mask
                    if masks[peer] == 0:
                        return False
        if changed:
            continue
        for unit in range(27):
            once = 0
            twice = 0
            for k in range(9):
                mask = masks[UNITS[unit, k]]
                twice |= once & mask
                once |= mask
            if once != 0x1FF:
                return False
            once &= ~twice
            if once == 0:
                continue
            for k in range(9):
                cell = UNITS[unit, k]
                hidden = masks[cell] & once
                if hidden and not settled[cell]:
                    if SIZES[hidden] != 1:
                        return False
                    if masks[cell] != hidden:
                        masks[cell] = hidden
                        changed = True
        if not changed:
            return True


@compiled
def solutions(puzzle: Digits, most: int, budget: int, found: Digits) -> tuple[int, int]:
    """Search `puzzle` [81] for up to `most` solutions with at most `budget` guesses.

    The first two are written to `found` [2, 81]. Returns how many there are and the guesses
    made; a spent budget counts as `most` solutions.
    """
    stack = np.empty((82, 81), dtype=np.int32)
    marks = np.zeros((82, 81), dtype=np.bool_)
    branch = np.zeros(82, dtype=np.int32)
    untried = np.zeros(82, dtype=np.int32)
    for cell in range(81):
        stack[0, cell] = 1 << (int(puzzle[cell]) - 1) if puzzle[cell] else 0x1FF
    count = 0
    guesses = 0
    depth = 0
    alive = propagate(stack[0], marks[0])
    while True:
        best = -1
        if alive:
            fewest = 10
            for cell in range(81):
                size = SIZES[stack[depth, cell]]
                if 1 < size < fewest:
                    best = cell
                    fewest = size
                    if size == 2:
                        break
            if best < 0:
                if count < 2:
                    for cell in range(81):
                        found[count, cell] = LOWEST[stack[depth, cell]] + 1
                count += 1
                if count >= most:
                    return count, guesses
            else:
                branch[depth] = best
                untried[depth] = stack[depth, best]
                depth += 1
        if best < 0:
            while depth > 0 and untried[depth - 1] == 0:
                depth -= 1
            if depth == 0:
                return count, guesses
        # Try the next digit of the last open guess.
        parent = depth - 1
        bit = 1 << LOWEST[untried[parent]]
        untried[parent] &= ~bit
        guesses += 1
        if guesses > budget:
            return most, guesses
        for cell in range(81):
            stack[depth, cell] = stack[parent, cell]
            marks[depth, cell] = marks[parent, cell]
        stack[depth, branch[parent]] = bit
        alive = propagate(stack[depth], marks[depth])


@compiled
def depth(puzzle: Digits) -> int:
    """Return how far `puzzle` [81] resists trials: 0 when it falls by singles.

    A round tries every candidate on its own and refutes those from which singles follow into a
    contradiction. The rating is the sum over the rounds of the candidates left open after each
    cell has kept one. Where a round refutes nothing, trials inside of trials are needed: then it is
    `NESTED` and the candidates left. Guesses of a search do not separate these puzzles from others.
    """
    masks = np.empty(81, dtype=np.int32)
    settled = np.zeros(81, dtype=np.bool_)
    for cell in range(81):
        masks[cell] = 1 << (int(puzzle[cell]) - 1) if puzzle[cell] else 0x1FF
    propagate(masks, settled)
    trial = np.empty(81, dtype=np.int32)
    marks = np.empty(81, dtype=np.bool_)
    rating = 0
    while True:
        left = -81
        for cell in range(81):
            left += SIZES[masks[cell]]
        if left == 0:
            return rating
        before = masks.copy()
        settled_before = settled.copy()
        refuted = 0
        for cell in range(81):
            untried = before[cell]
            if SIZES[untried] == 1:
                continue
            while untried:
                bit = untried & -untried
                untried &= ~bit
                trial[:] = before
                marks[:] = settled_before
                trial[cell] = bit
                if not propagate(trial, marks):
                    masks[cell] &= ~bit
                    refuted += 1
        if refuted == 0:
            return NESTED + left
        rating += left - refuted
        propagate(masks, settled)
