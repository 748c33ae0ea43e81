"""From a maze to a solver that is ready to answer."""

from __future__ import annotations

from math import isqrt

from function.trm.networks import Networks
from function.trm.opening import Network
from function.trm.shipped import shipped_names
from function.trm.tasks.maze.codec import VOCABULARY
from function.trm.tasks.maze.field import Maze
from function.trm.tasks.maze.solver import MazeSolver


def solver_for(
    maze: Maze, networks: Networks, asked: str | None = None
) -> tuple[Network, MazeSolver]:
    """The smallest network whose grid a maze fits into, and a solver on it.

    `asked` is the model that a request names. Raises CheckpointError when there is none.
    """
    side = max(maze.rows, maze.columns)
    network = networks.find(
        asked,
        fits=lambda sizes: sizes.vocab_size == VOCABULARY and isqrt(sizes.seq_len) >= side,
        shipped=_shipped_for(side),
        purpose=f"mazes of {maze.rows}x{maze.columns}",
    )
    return network, MazeSolver(network.engine, network.calibration, network.halt_above)


def _shipped_for(side: int) -> list[str]:
    """Shipped networks for mazes of this side, the smallest first."""
    sides = {name: int(name.rpartition("x")[2]) for name in shipped_names()
             if name.startswith("maze-")}  # fmt: skip
    return sorted((name for name in sides if sides[name] >= side), key=lambda name: sides[name])
