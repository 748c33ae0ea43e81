"""From a maze to a solver that is ready to answer."""

from __future__ import annotations

from math import isqrt
from typing import cast

from function.trm import solver
from function.trm.grid_checkpoint import load_grid_network
from function.trm.grid_networks import ConvolutionNetwork
from function.trm.maze.answer import MazeAnswer
from function.trm.maze.codec import VOCABULARY
from function.trm.maze.convolution_search import ConvolutionSearch
from function.trm.maze.grid import Maze
from function.trm.registry import Networks

OWN = "maze"
Solver = solver.Solver[Maze, MazeAnswer]


def open_own_solver() -> ConvolutionSearch:
    """Return a solver with the shipped network, which takes mazes of every size."""
    return ConvolutionSearch(cast(ConvolutionNetwork, load_grid_network(OWN)))


def solver_for(maze: Maze, networks: Networks, asked: str | None = None) -> tuple[str, Solver]:
    """Return the name of the network for a maze, and a solver with it.

    `asked` is the model that a request names; without it the network of the settings is taken where
    the maze fits into its grid, else the shipped one. Raises CheckpointError when the one asked for
    does not fit.
    """
    side = max(maze.rows, maze.columns)
    network = networks.find_other(
        asked,
        fits=lambda sizes: sizes.vocab_size == VOCABULARY and isqrt(sizes.seq_len) >= side,
        own=OWN,
        purpose=f"mazes of {maze.rows}x{maze.columns}",
    )
    if network is None:
        return OWN, open_own_solver()
    from function.trm.maze.solver import MazeSolver

    return network.name, MazeSolver(network.engine, network.calibration, network.halt_above)
