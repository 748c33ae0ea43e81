"""From the start of a process with a TRM network alone to its first answer.

The peer is a process that imports torch and reads the same weights, and does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.cold_start import start_function
from benchmarks.figure import Figure, middle_ratio
from benchmarks.processes import ROOT
from function.trm.names import find_weights

NETWORK = "sudoku-9x9"
REQUEST = {
    "task": "sudoku",
    "puzzle": "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79",
}
PEER = """
import sys
import torch
from safetensors.torch import load_file
assert load_file(sys.argv[1])
"""
FULL, SMOKE = 7, 1


def measure(pairs: int) -> Iterator[Figure]:
    """Yield time as many starts of each, alternating."""
    warming = 1 if pairs > 1 else 0
    runs = [
        (start_function(REQUEST, TRM_MODEL_NAME=f"trm:{NETWORK}")[0], _bare())
        for _ in range(warming + pairs)
    ][warming:]
    yield Figure(
        "cold start to first TRM answer, time",
        middle_ratio(runs),
        "at most",
        1.25,
        f"function {median(a for a, _ in runs):.2f} s   import torch and the weights "
        f"{median(b for _, b in runs):.2f} s   ({len(runs)} pairs)",
    )


def _bare() -> float:
    weights = str(find_weights(NETWORK) / "model.safetensors")
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", PEER, weights], cwd=ROOT, check=True)
    return time.perf_counter() - started
