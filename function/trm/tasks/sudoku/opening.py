"""From a name or a puzzle to a solver that is ready to answer."""

from __future__ import annotations

from function.trm.networks import Networks
from function.trm.opening import Network, open_network
from function.trm.tasks.sudoku.codec import Puzzle
from function.trm.tasks.sudoku.search import SudokuSolver


def open_solver(name: str, halt_above: float | None = None) -> SudokuSolver:
    """A solver with an engine of its own; close it with `solver.engine.close()`.

    `name` and `halt_above` as for `open_network`. Raises CheckpointError, or PuzzleError when the
    network is not one for sudoku.
    """
    network = open_network(name, halt_above)
    return SudokuSolver(network.engine, network.calibration, network.halt_above)


def solver_for(
    puzzle: Puzzle, networks: Networks, asked: str | None = None
) -> tuple[Network, SudokuSolver]:
    """The network for a puzzle's size, and a solver on it.

    `asked` is the model that a request names. Raises CheckpointError when there is none.
    """
    side = puzzle.board.side
    network = networks.find(
        asked,
        fits=lambda sizes: (sizes.seq_len, sizes.vocab_size) == (side**2, side + 2),
        shipped=[f"sudoku-{side}x{side}"],
        purpose=f"sudoku of {side}x{side}",
    )
    return network, SudokuSolver(network.engine, network.calibration, network.halt_above)
