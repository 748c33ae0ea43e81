"""From a name or a path to a solver that is ready to answer."""

from __future__ import annotations

from function.trm.checkpoint import load_checkpoint
from function.trm.device import best_device
from function.trm.engine import Engine
from function.trm.shipped import find_weights
from function.trm.tasks.sudoku.search import SudokuSolver


def open_solver(name: str, halt_above: float | None = None) -> SudokuSolver:
    """A solver with an engine of its own; close it with `solver.engine.close()`.

    `name` is a shipped network or the path of a checkpoint. `halt_above` replaces the threshold
    that the checkpoint's configuration holds. Raises CheckpointError, or PuzzleError when the
    network is not one for sudoku.
    """
    # 81 tokens fit no other task, and only networks without position sizes need the number.
    checkpoint = load_checkpoint(find_weights(name), seq_len=81)
    threshold = checkpoint.halt_above if halt_above is None else halt_above
    engine = Engine(checkpoint.model.to(best_device()))
    return SudokuSolver(engine, checkpoint.calibration, threshold)
