"""Classic search for the solutions of a sudoku: exact cover over one integer of candidates.

Bit `cell * side + digit - 1` says that a cell may still hold a digit. A constraint (a cell has a
digit, a unit has a place for a digit) is the mask of its candidates: with none left the branch is
dead, with one left that candidate is placed, and a branch is made where the fewest are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from function.deadline import Deadline
from function.trm.sudoku.board import Board, Cells

CHECKED_NODES = 16
"""Nodes between two looks at the clock."""


class OutOfTime(Exception):
    """The deadline passed before the search was complete."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many solutions a puzzle has, counted up to two, and the first of them [cells].

    `complete` is False where the time was over first: there may be more than were found.
    """

    found: int
    complete: bool
    solution: Cells | None


def count_solutions(board: Board, clues: Cells, deadline: Deadline) -> Count:
    """Count the solutions of `clues` [cells], 0 where blank, up to two."""
    first: Cells | None = None
    found = 0
    try:
        for solution in solutions(board, clues, deadline):
            first = solution if first is None else first
            found += 1
            if found == 2:
                break
    except OutOfTime:
        return Count(found, False, first)
    return Count(found, True, first)


def solutions(board: Board, clues: Cells, deadline: Deadline) -> Iterator[Cells]:
    """Yield every solution of `clues` [cells]. Raises OutOfTime."""
    masks, rivals = _cover(board)
    side = board.side
    start = (1 << board.cells * side) - 1
    for cell, digit in enumerate(clues.tolist()):
        if digit:
            start &= ~rivals[cell * side + digit - 1]
    stack = [(start, masks)]
    nodes = 0
    while stack:
        nodes += 1
        if nodes % CHECKED_NODES == 0 and deadline.passed:
            raise OutOfTime
        settled = _propagate(*stack.pop(), rivals)
        if settled is None:
            continue
        left, open_masks = settled
        if not open_masks:
            yield _grid(board, left)
            continue
        choices = min((left & mask for mask in open_masks), key=int.bit_count)
        while choices:
            candidate = choices.bit_length() - 1
            choices ^= 1 << candidate
            stack.append((left & ~rivals[candidate], open_masks))


def _propagate(
    left: int, masks: tuple[int, ...], rivals: tuple[int, ...]
) -> tuple[int, tuple[int, ...]] | None:
    """Place what is forced; return candidates and open constraints, None on a contradiction."""
    while True:
        before = left
        still_open = []
        for mask in masks:
            hit = left & mask
            if not hit:
                return None
            if hit & (hit - 1):
                still_open.append(mask)
            else:
                left &= ~rivals[hit.bit_length() - 1]
        masks = tuple(still_open)
        if left == before:
            return left, masks


@cache
def _cover(board: Board) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the masks of all constraints, and for each candidate the mask of its rivals."""
    side = board.side
    masks = [sum(1 << cell * side + digit for digit in range(side)) for cell in range(board.cells)]
    for unit in board.units.tolist():
        masks += [sum(1 << cell * side + digit for cell in unit) for digit in range(side)]
    rivals = [0] * (board.cells * side)
    for mask in masks:
        for candidate in range(board.cells * side):
            if mask >> candidate & 1:
                rivals[candidate] |= mask
    return tuple(masks), tuple(mask & ~(1 << place) for place, mask in enumerate(rivals))


def _grid(board: Board, left: int) -> Cells:
    side = board.side
    every = (1 << side) - 1
    digits = [(left >> cell * side & every).bit_length() for cell in range(board.cells)]
    return np.array(digits, dtype=np.int8)
