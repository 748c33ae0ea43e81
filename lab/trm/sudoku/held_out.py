"""Puzzle sets that no training puzzle is part of, up to symmetry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from function.trm.sudoku.board import Cells
from function.trm.sudoku.codec import BLANK_TOKEN
from lab.trm.sudoku.fingerprint import fingerprints
from lab.trm.sudoku.generator import PuzzlePool

if TYPE_CHECKING:
    from lab.trm.sudoku.curriculum import SudokuCurriculum


@dataclass(frozen=True, eq=False)
class PuzzleSet:
    """Puzzles and their only solutions, both [n, cells], and how many candidates were refused."""

    name: str
    puzzles: Cells
    solutions: Cells
    refused: int

    @property
    def tokens(self) -> Cells:
        """What the network is shown: [n, cells]."""
        return self.puzzles + BLANK_TOKEN

    @property
    def labels(self) -> Cells:
        """What it should answer: [n, cells]."""
        return self.solutions + BLANK_TOKEN


def held_out_sets(
    curriculum: SudokuCurriculum, size: int, seed: int, training: PuzzlePool, folder: Path
) -> list[PuzzleSet]:
    """Return the curriculum's sets of at most `size` puzzles, cut from grids dug with `seed`.

    Every training puzzle is, up to symmetry, a grid of the training pool cut to some number of
    clues. A candidate whose fingerprint one of these cuts shares is refused, and so are grids that
    cannot lose enough clues for the set, and symmetric doubles within the set.
    """
    spare = size + size // 5
    pool = PuzzlePool.cached(curriculum.board, spare, seed, folder)
    generator = np.random.default_rng(seed)
    sets = []
    for name, judged in curriculum.sets.items():
        wanted = judged.clues
        clues = generator.integers(wanted.fewest, wanted.most + 1, size=spare)
        puzzles, solutions = pool.cut(np.arange(spare), clues)
        actual = (puzzles > 0).sum(1)
        marks = fingerprints(curriculum.board, puzzles)
        known = np.zeros(spare, dtype=bool)
        for count in np.unique(actual):
            everything = np.arange(len(training.solutions))
            cut, _ = training.cut(everything, np.full(len(everything), count))
            known |= np.isin(marks, fingerprints(curriculum.board, cut))
        first = np.zeros(spare, dtype=bool)
        first[np.unique(marks, return_index=True)[1]] = True
        kept = np.flatnonzero(first & ~known & (actual <= wanted.most))[:size]
        sets.append(PuzzleSet(name, puzzles[kept], solutions[kept], int(known.sum())))
    return sets
