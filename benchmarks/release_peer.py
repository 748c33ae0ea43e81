"""The native engine of the release before beside today's, in processes that take turns.

Needs the repository with its history: the release is checked out beside. Rates are puzzles per
second of processor time, so that other programs on the machine count less.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.processes import ROOT

RELEASE = "01efcbd"
DRIVER = """
import json, os, sys, time
sys.path.insert(0, os.getcwd())
from concurrent.futures import ThreadPoolExecutor
import torch
from function.deadline import Deadline
try:
    from function.trm.sudoku.solver import open_solver
except ImportError:
    from function.trm.tasks.sudoku.opening import open_solver

task = json.load(sys.stdin)
puzzles = task["puzzles"]
solver = open_solver(task["network"])

def ask(puzzle):
    return solver.solve(puzzle, Deadline.after(600), search=False).grid

with ThreadPoolExecutor(task["in_flight"]) as threads:
    list(threads.map(ask, puzzles[:96]))  # the engine finds its batch size first
    started = time.process_time()
    answers = list(threads.map(ask, puzzles))
    seconds = time.process_time() - started
solver.engine.close()
exact = [sum(map(list, grid), []) for grid in answers]
right = sum(ours == wanted for ours, wanted in zip(exact, task["solutions"]))
print(json.dumps([len(puzzles) / seconds, right / len(puzzles)]))
"""


class Rate(NamedTuple):
    """Puzzles per second of processor time, and the share of exact answers."""

    puzzles: float
    exact: float


@contextmanager
def release() -> Iterator[Path | None]:
    """Yield the folder of the release, None where its commit is not at hand."""
    folder = Path(tempfile.mkdtemp())
    git = ["git", "-C", str(ROOT), "worktree"]
    added = subprocess.run(
        [*git, "add", "--detach", str(folder / "tree"), RELEASE], capture_output=True
    )
    try:
        yield folder / "tree" if added.returncode == 0 else None
    finally:
        shutil.rmtree(folder)
        if added.returncode == 0:
            subprocess.run([*git, "prune"], check=True)


def drive(
    tree: Path, network: str, in_flight: int, puzzles: NDArray[np.int8], solutions: NDArray[np.int8]
) -> Rate:
    """Answer the puzzles with the engine of this tree, in a process of its own."""
    task = {
        "network": network, "in_flight": in_flight,
        "puzzles": puzzles.tolist(), "solutions": solutions.tolist(),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=tree, input=json.dumps(task), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Rate(*json.loads(done.stdout.splitlines()[-1]))
