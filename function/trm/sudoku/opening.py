"""From a name or a puzzle to a solver that is ready to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from function.trm import solver
from function.trm.registry import Networks
from function.trm.sudoku.answer import SudokuAnswer
from function.trm.sudoku.codec import Puzzle

if TYPE_CHECKING:
    from function.trm.grid_networks import CandidateNetwork
    from function.trm.sudoku.candidate_search import CandidateSearch

OWN = "sudoku"
Solver = solver.Solver[Puzzle, SudokuAnswer]


def open_own_solver() -> CandidateSearch:
    """Return a solver with the shipped network, which takes puzzles of every size."""
    # Either kind of network starts without the other's modules.
    from function.trm.grid_checkpoint import load_grid_network
    from function.trm.sudoku.candidate_search import CandidateSearch

    return CandidateSearch(cast("CandidateNetwork", load_grid_network(OWN)))


def solver_for(puzzle: Puzzle, networks: Networks, asked: str | None = None) -> tuple[str, Solver]:
    """Return the name of the network for a puzzle, and a solver with it.

    `asked` is the model that a request names; without it the network of the settings is taken where
    it fits, else the shipped one. Raises CheckpointError when the one asked for does not fit.
    """
    side = puzzle.board.side
    network = networks.find_other(
        asked,
        fits=lambda sizes: (sizes.seq_len, sizes.vocab_size) == (side**2, side + 2),
        own=OWN,
        purpose=f"sudoku of {side}x{side}",
    )
    if network is None:
        return OWN, open_own_solver()
    from function.trm.sudoku.solver import SudokuSolver

    return network.name, SudokuSolver(network.engine, network.calibration, network.halt_above)
