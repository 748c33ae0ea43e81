"""What a maze network is trained on, and the sets it is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from function.deadline import Deadline
from function.trm.config import NetworkConfig
from function.trm.maze.codec import VOCABULARY
from function.trm.maze.grid import Cells, Maze
from lab.trm.curriculum import Numbers, Search, Story
from lab.trm.maze.generator import MazePool

if TYPE_CHECKING:
    from torch import Tensor

    from function.trm.calibration import PlattScaling
    from function.trm.checkpoint import Checkpoint
    from function.trm.engine import Engine
    from function.trm.maze.answer import MazeAnswer
    from function.trm.network import StepOutput, TinyRecursiveModel
    from lab.trm.losses import Loss
    from lab.trm.maze.held_out import MazeSet

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
        """Return the mazes that all training examples of this seed are symmetric to."""
        return MazePool.cached(self.side, LEAST_SIDE, self.pool_size, seed, folder)

    def sides_at(self, progress: float) -> SideRange:
        """Return the range of sides when the fraction `progress` of training is done."""
        part = min(1.0, progress / self.settled_at)
        most = round(self.first.most + part * (self.side - self.first.most))
        return SideRange(self.first.least, most)

    def sample(
        self, pool: MazePool, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Cells, Cells]:
        """Return tokens and labels [count, cells] of training mazes."""
        sides = self.sides_at(progress)
        return pool.sample(count, sides.least, sides.most, generator)

    @property
    def story(self) -> Story:
        return Story(
            subject=f"mazes up to {self.side}x{self.side}",
            data="mazes of this repository's generator, each with exactly one shortest path: "
            f"{self.pool_size:,} carved or scattered ones of {LEAST_SIDE}x{LEAST_SIDE} to "
            f"{self.side}x{self.side}, up to {self.first.most} a side at the start and all of "
            f"them from {self.settled_at:.0%} of the time on, each shifted and under one of the "
            "eight symmetries. No public mazes were used.",
            licence="that of this repository; neither data nor weights of others are in it.",
            limits="A maze with several shortest paths may get a mixture of them, which the check "
            "finds out. Larger mazes do not fit.",
        )

    def network(self, folder: Path) -> TinyRecursiveModel:
        """Return a network with initial weights."""
        from function.trm.network import TinyRecursiveModel

        return TinyRecursiveModel(self.config)

    def loss(self, output: StepOutput, labels: Tensor, kind: Loss) -> tuple[Tensor, Tensor]:
        """Return the same for every cell."""
        from lab.trm.losses import deep_supervision_loss

        return deep_supervision_loss(output, labels, kind)

    def held_out(self, size: int, seed: int, training: MazePool, folder: Path) -> list[MazeSet]:
        """Return one set for each of `sets`; see `held_out_mazes`."""
        from lab.trm.maze.held_out import held_out_mazes

        pool = MazePool.cached(self.side, LEAST_SIDE, 4 * size, seed, folder)
        return [
            held_out_mazes(pool, training, name, sides.least, sides.most, size)
            for name, sides in self.sets.items()
        ]

    def settle(self, checkpoint: Checkpoint, examples: list[MazeSet], folder: Path) -> None:
        """Do nothing: answers are checked, not trusted."""

    def describe(self, examples: MazeSet) -> tuple[str, str]:
        """Return name, size and sides of a set; how many candidates were refused for it."""
        sides = self.sets[examples.name]
        sizes = f"{sides.least} to {sides.most}" if sides.least < sides.most else f"{sides.most}"
        return (
            f"{examples.name}: {len(examples.tokens):,} mazes with a longer side of {sizes}",
            "None is a training maze, turned, reflected or shifted "
            f"({examples.refused} candidates were refused because they are).",
        )

    def search(
        self, examples: MazeSet, engine: Engine, calibration: PlattScaling, halt_above: float
    ) -> Search:
        """Return verified search within two seconds a maze."""
        from function.trm.maze.solver import MazeSolver

        solver = MazeSolver(engine, calibration, halt_above)

        def solve(tokens: Numbers, deadline: Deadline) -> MazeAnswer:
            maze = Maze(tokens.astype(np.int8).reshape(self.side, self.side))
            return solver.solve(maze, deadline)

        return Search(solve, SEARCH_SECONDS)


def _config(side: int) -> NetworkConfig:
    return NetworkConfig(
        seq_len=side * side, vocab_size=VOCABULARY, hidden_size=128, num_heads=8, L_layers=2,
        H_cycles=2, L_cycles=2, expansion=2.0, pos_encodings="none", mlp_t=True,
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
