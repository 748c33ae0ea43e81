"""What a maze network is trained on, and the sets it is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from function.trm.config import NetworkConfig
from function.trm.tasks.maze.field import Cells
from function.trm.tasks.maze.generator import MazePool

LEAST_SIDE = 4
SEARCH_SECONDS = 2.0


@dataclass(frozen=True)
class SideRange:
    """The longer side of the mazes of a set, both ends included."""

    least: int
    most: int


@dataclass(frozen=True)
class MazeCurriculum:
    """Self-made mazes that grow from `first` to the whole grid until progress `settled_at`."""

    name: str
    side: int
    config: NetworkConfig
    first: SideRange
    settled_at: float
    pool_size: int
    sets: dict[str, SideRange]

    def pool(self, seed: int, folder: Path) -> MazePool:
        """The mazes that all training examples of this seed are symmetric to."""
        return MazePool.cached(self.side, LEAST_SIDE, self.pool_size, seed, folder)

    def sides_at(self, progress: float) -> SideRange:
        """The range of sides when the fraction `progress` of training is done."""
        part = min(1.0, progress / self.settled_at)
        most = round(self.first.most + part * (self.side - self.first.most))
        return SideRange(self.first.least, most)

    def sample(
        self, pool: MazePool, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Cells, Cells]:
        """Tokens and labels [count, cells] of training mazes."""
        sides = self.sides_at(progress)
        return pool.sample(count, sides.least, sides.most, generator)


def _config(side: int) -> NetworkConfig:
    return NetworkConfig(
        seq_len=side * side, vocab_size=6, hidden_size=128, num_heads=8, L_layers=2, H_cycles=2,
        L_cycles=2, expansion=2.0, pos_encodings="none", mlp_t=True,
    )  # fmt: skip


CURRICULA = {
    curriculum.name: curriculum
    for curriculum in (
        MazeCurriculum(
            "maze-9x9", 9, _config(9), SideRange(4, 6), settled_at=0.25, pool_size=60_000,
            sets={"full": SideRange(9, 9), "smaller": SideRange(5, 8)},
        ),
    )
}  # fmt: skip
