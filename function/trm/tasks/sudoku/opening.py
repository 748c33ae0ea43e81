"""From a name or a path to a solver that is ready to answer."""

from __future__ import annotations

from function.trm.opening import open_network
from function.trm.tasks.sudoku.search import SudokuSolver


def open_solver(name: str, halt_above: float | None = None) -> SudokuSolver:
    """A solver with an engine of its own; close it with `solver.engine.close()`.

    `name` and `halt_above` as for `open_network`. Raises CheckpointError, or PuzzleError when the
    network is not one for sudoku.
    """
    network = open_network(name, halt_above)
    return SudokuSolver(network.engine, network.calibration, network.halt_above)
