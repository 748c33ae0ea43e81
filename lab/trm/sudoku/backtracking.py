"""Backtracking over candidate masks: random full grids and the uniqueness of a solution."""

from __future__ import annotations

from functools import cache
from random import Random

from function.trm.sudoku.board import Board


@cache
def peers_of(board: Board) -> tuple[tuple[int, ...], ...]:
    """For each cell, the other cells that share a row, column or box with it."""
    peers: list[set[int]] = [set() for _ in range(board.cells)]
    for unit in board.units.tolist():
        for cell in unit:
            peers[cell].update(unit)
    return tuple(tuple(sorted(group - {cell})) for cell, group in enumerate(peers))


class Solver:
    """Finds solutions of one puzzle, the cell with the fewest candidates first."""

    def __init__(self, board: Board, clues: list[int]) -> None:
        self.board = board
        self.peers = peers_of(board)
        self.everything = (1 << board.side) - 1
        self.candidates = [self.everything] * board.cells
        self.open = set(range(board.cells))
        self.consistent = all(
            self._place(cell, 1 << digit - 1) for cell, digit in enumerate(clues) if digit
        )

    def _place(self, cell: int, bit: int) -> bool:
        if not self.candidates[cell] & bit:
            return False
        self.candidates[cell] = bit
        self.open.discard(cell)
        for peer in self.peers[cell]:
            if peer in self.open:
                self.candidates[peer] &= ~bit
                if not self.candidates[peer]:
                    return False
        return True

    def forbid(self, cell: int, digit: int) -> None:
        """Look only for solutions that do not have `digit` in this open cell."""
        self.candidates[cell] &= ~(1 << digit - 1)

    def solve(self, random: Random | None = None) -> list[int] | None:
        """Return a solution as digits [cells], or None; with `random`, candidates are tried
        shuffled."""
        if not self.consistent or not self._search(random):
            return None
        return [bits.bit_length() for bits in self.candidates]

    def _search(self, random: Random | None) -> bool:
        if not self.open:
            return True
        candidates = self.candidates
        best, fewest = -1, self.board.side + 1
        for cell in self.open:
            count = candidates[cell].bit_count()
            if count < fewest:
                best, fewest = cell, count
                if count <= 1:
                    break
        bits = [1 << shift for shift in range(self.board.side) if candidates[best] >> shift & 1]
        if random is not None:
            random.shuffle(bits)
        for bit in bits:
            saved, still_open = candidates[:], set(self.open)
            if self._place(best, bit) and self._search(random):
                return True
            candidates[:] = saved
            self.open = still_open
        return False


def is_unique(board: Board, clues: list[int], solution: list[int]) -> bool:
    """Return whether `solution` [cells] is the only one of `clues`."""
    for cell, digit in enumerate(clues):
        if digit:
            continue
        other = Solver(board, clues)
        other.forbid(cell, solution[cell])
        if other.solve() is not None:
            return False
        clues = clues[:cell] + [solution[cell]] + clues[cell + 1 :]
    return True


def is_forced(board: Board, clues: list[int], cell: int, digit: int) -> bool:
    """Return whether no solution of `clues` has another digit than `digit` in this blank cell."""
    peers = peers_of(board)[cell]
    if len({clues[peer] for peer in peers} - {0}) == board.side - 1:
        return True
    other = Solver(board, clues)
    other.forbid(cell, digit)
    return other.solve() is None
