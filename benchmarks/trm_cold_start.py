"""From the start of a process with the networks alone to its first answer.

The peer is a process that imports numpy and reads the same weights, and does nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.cold_start import start_function
from benchmarks.figure import Figure, middle_ratio
from benchmarks.processes import ROOT
from function.trm.names import find_weights

NETWORKS = ("sudoku", "sudoku-9x9", "alert-triage")
PUZZLE = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "KubePodCrashLooping", "pod": "web-0", "namespace": "shop"},
    "annotations": {"summary": "The pod restarts again and again."},
}
PEER = """
import sys
import numpy
from safetensors.numpy import load_file
assert load_file(sys.argv[1])
"""
SOLVES = """
import sys
from function.deadline import Deadline
from function.trm.registry import Networks
from function.trm.sudoku.codec import read_puzzle
from function.trm.sudoku.opening import solver_for
networks = Networks()
puzzle = read_puzzle(sys.argv[1])
name, solver = solver_for(puzzle, networks, sys.argv[2])
assert solver.solve(puzzle, Deadline.after(60)).solved
networks.close()
assert "torch" not in sys.modules
"""
ANSWERS = """
import json
import sys
from function.contract import parse_request
from function.deadline import Deadline
from function.tasks.registry import NativeTasks
from function.trm.registry import Networks
tasks = NativeTasks(Networks())
name, outcome = tasks.run(parse_request(json.loads(sys.argv[1])), Deadline.after(60))
assert name == sys.argv[2], name
assert "torch" not in sys.modules
"""
FULL, SMOKE = 7, 1


def measure(pairs: int) -> Iterator[Figure]:
    """Yield time of as many starts of each, alternating: network, request, server."""
    for network in ("sudoku", "sudoku-9x9"):
        runs = _pairs(pairs, SOLVES, network, [PUZZLE, f"trm:{network}"])
        yield _figure(f"cold network to first answer, trm:{network}", 1.5, runs)
    for network in NETWORKS:
        request = request_for(network)
        runs = _pairs(pairs, ANSWERS, network, [json.dumps(request), f"trm:{network}"])
        yield _figure(f"cold process to first request, trm:{network}", 4.0, runs)
    served = [
        (start_function(request_for("sudoku"), TRM_MODEL_NAME="trm:sudoku")[0], _bare("sudoku"))
        for _ in range(pairs)
    ]
    yield _figure("cold server to first answered event, trm:sudoku", 5.0, served)


def request_for(network: str) -> dict[str, object]:
    """Return a request that this network answers."""
    if network == "alert-triage":
        return {"task": "alert_triage", "alert": ALERT}
    return {"task": "sudoku", "puzzle": PUZZLE, "model": f"trm:{network}"}


def _pairs(count: int, program: str, network: str, told: list[str]) -> list[tuple[float, float]]:
    warming = 1 if count > 1 else 0
    runs = [(_timed(program, *told), _bare(network)) for _ in range(warming + count)]
    return runs[warming:]


def _figure(name: str, bar: float, runs: list[tuple[float, float]]) -> Figure:
    return Figure(
        name,
        middle_ratio(runs),
        "at most",
        bar,
        f"function {median(a for a, _ in runs):.2f} s   import numpy and the weights "
        f"{median(b for _, b in runs):.2f} s   ({len(runs)} pairs)",
    )


def _bare(network: str) -> float:
    return _timed(PEER, str(find_weights(network) / "model.safetensors"))


def _timed(program: str, *told: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, *told], cwd=ROOT, check=True)
    return time.perf_counter() - started
