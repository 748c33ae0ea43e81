"""What a sudoku network is trained on, and the sets it is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from function.deadline import Deadline
from function.trm.config import NetworkConfig
from function.trm.sudoku.board import Board, Cells, board_of
from function.trm.sudoku.codec import BLANK_TOKEN
from lab.trm.curriculum import Numbers, Search, Story
from lab.trm.sudoku.generator import PuzzlePool

if TYPE_CHECKING:
    from torch import Tensor

    from function.trm.calibration import PlattScaling
    from function.trm.checkpoint import Checkpoint
    from function.trm.engine import Engine
    from function.trm.network import StepOutput, TinyRecursiveModel
    from function.trm.sudoku.answer import SudokuAnswer
    from lab.trm.losses import Loss
    from lab.trm.sudoku.held_out import PuzzleSet


@dataclass(frozen=True)
class ClueRange:
    """How many clues the puzzles of a set have, both ends included."""

    fewest: int
    most: int


@dataclass(frozen=True)
class JudgedSet:
    """A set to judge a network by, and how long verified search may take for a puzzle."""

    clues: ClueRange
    search_seconds: float


@dataclass(frozen=True)
class SudokuCurriculum:
    """Self-made puzzles that lose clues from `first` to `final` until progress `settled_at`."""

    name: str
    board: Board
    config: NetworkConfig
    first: ClueRange
    final: ClueRange
    settled_at: float
    pool_size: int
    sets: dict[str, JudgedSet]

    def pool(self, seed: int, folder: Path) -> PuzzlePool:
        """Return the grids all training puzzles of this seed are cut from."""
        return PuzzlePool.cached(self.board, self.pool_size, seed, folder)

    def clues_at(self, progress: float) -> ClueRange:
        """Return the range of clues when the fraction `progress` of training is done."""
        part = min(1.0, progress / self.settled_at)
        return ClueRange(
            round(self.first.fewest + part * (self.final.fewest - self.first.fewest)),
            round(self.first.most + part * (self.final.most - self.first.most)),
        )

    def sample(
        self, pool: PuzzlePool, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Cells, Cells]:
        """Return tokens and labels [count, cells] of fresh training puzzles."""
        clues = self.clues_at(progress)
        puzzles, solutions = pool.sample(count, clues.fewest, clues.most, generator)
        return puzzles + BLANK_TOKEN, solutions + BLANK_TOKEN

    @property
    def story(self) -> Story:
        first, final = self.first, self.final
        return Story(
            subject=f"{self.board.side}x{self.board.side} sudoku",
            data="puzzles of this repository's generator, each with exactly one solution: "
            f"{self.pool_size:,} grids, cut to {first.fewest}..{first.most} clues at the start "
            f"and {final.fewest}..{final.most} from {self.settled_at:.0%} of the time on, every "
            "puzzle under a random symmetry. No public puzzles were used.",
            licence="that of this repository; neither data nor weights of others are in it.",
            limits="It reads complete grids of this size and nothing else. A puzzle with several "
            "solutions gets one of them; one without any is searched until the deadline.",
        )

    def network(self, folder: Path) -> TinyRecursiveModel:
        """Return a network with initial weights."""
        from function.trm.network import TinyRecursiveModel

        return TinyRecursiveModel(self.config)

    def loss(self, output: StepOutput, labels: Tensor, kind: Loss) -> tuple[Tensor, Tensor]:
        """Return the same for every cell."""
        from lab.trm.losses import deep_supervision_loss

        return deep_supervision_loss(output, labels, kind)

    def held_out(self, size: int, seed: int, training: PuzzlePool, folder: Path) -> list[PuzzleSet]:
        """Return one set for each of `sets`; see `held_out_sets`."""
        from lab.trm.sudoku.held_out import held_out_sets

        return held_out_sets(self, size, seed, training, folder)

    def settle(self, checkpoint: Checkpoint, examples: list[PuzzleSet], folder: Path) -> None:
        """Do nothing: answers are checked, not trusted."""

    def describe(self, examples: PuzzleSet) -> tuple[str, str]:
        """Return name, size and clues of a set; how many candidates were refused for it."""
        clues = self.sets[examples.name].clues
        return (
            f"{examples.name}: {len(examples.puzzles):,} puzzles with {clues.fewest} to "
            f"{clues.most} clues",
            f"None is a training puzzle up to symmetry ({examples.refused} candidates were "
            "refused because a training puzzle has the same symmetry-invariant fingerprint).",
        )

    def search(
        self, examples: PuzzleSet, engine: Engine, calibration: PlattScaling, halt_above: float
    ) -> Search:
        """Return verified search within the set's time a puzzle."""
        from function.trm.sudoku.solver import SudokuSolver

        solver = SudokuSolver(engine, calibration, halt_above)

        def solve(tokens: Numbers, deadline: Deadline) -> SudokuAnswer:
            return solver.solve((tokens - BLANK_TOKEN).tolist(), deadline)

        return Search(solve, self.sets[examples.name].search_seconds)


def _config(board: Board) -> NetworkConfig:
    return NetworkConfig(
        seq_len=board.cells, vocab_size=board.side + 2, hidden_size=128, num_heads=8, L_layers=2,
        H_cycles=2, L_cycles=2, expansion=2.0, pos_encodings="none", mlp_t=True,
    )  # fmt: skip


CURRICULA = {
    curriculum.name: curriculum
    for curriculum in (
        SudokuCurriculum(
            "sudoku-9x9", board_of(9), _config(board_of(9)), ClueRange(40, 60), ClueRange(24, 46),
            settled_at=0.4, pool_size=10_000,
            sets={
                "easy": JudgedSet(ClueRange(30, 45), 2.0),
                "hard": JudgedSet(ClueRange(24, 29), 5.0),
            },
        ),
        SudokuCurriculum(
            "sudoku-6x6", board_of(6), _config(board_of(6)), ClueRange(14, 26), ClueRange(9, 20),
            settled_at=0.3, pool_size=4_000,
            sets={"all": JudgedSet(ClueRange(9, 20), 2.0)},
        ),
        SudokuCurriculum(
            "sudoku-4x4", board_of(4), _config(board_of(4)), ClueRange(6, 12), ClueRange(4, 10),
            settled_at=0.2, pool_size=2_000,
            sets={"all": JudgedSet(ClueRange(4, 10), 2.0)},
        ),
    )
}  # fmt: skip
