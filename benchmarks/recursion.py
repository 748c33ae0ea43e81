"""The native TRM beside official-style evaluation and the package ``tiny-recursive-model``.

Official style is a fixed batch of plain torch, all 16 steps, the last answer, by the same weights.
Ours is the engine with many threads asking at once, without verified search: a puzzle leaves when
its answer obeys the rules or the network halts. The package has another layout, so its network has
the same size but random weights, and each puzzle leaves its own halting loop after as many steps as
it took in our engine. Last comes the engine of the release before, see `release_peer`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.figure import Figure, middle_ratio
from benchmarks.official_style import OfficialStyle
from benchmarks.package_peer import PackagePeer
from benchmarks.processes import ROOT
from benchmarks.release_peer import RELEASE, drive, release
from function.deadline import Deadline
from function.trm.checkpoint import load_checkpoint
from function.trm.config import NetworkConfig
from function.trm.names import find_weights
from function.trm.runner import runner_for
from function.trm.sudoku.codec import BLANK_TOKEN
from function.trm.sudoku.solver import open_solver
from function.trm.torch_runner import TorchRunner
from lab.trm.sudoku.curriculum import CURRICULA
from lab.trm.sudoku.generator import PuzzlePool

NETWORK = "sudoku-9x9"
SEED = 5_000_011
EQUAL = 0.005
"""How much smaller a share of exact answers may be and still be called the same."""


@dataclass(frozen=True)
class Load:
    """How many puzzles and single steps to time, how often, and with how many in flight."""

    puzzles: int
    steps: int
    turns: int
    in_flight: tuple[int, ...]


FULL, SMOKE = Load(192, 15, 5, (1, 8, 64)), Load(4, 1, 1, (1, 8))


@dataclass(frozen=True)
class Run:
    """Puzzles per second, the share of exact answers, and the steps that each puzzle took."""

    rate: float
    exact: float
    steps: list[int]


@torch.inference_mode()
def measure(load: Load) -> Iterator[Figure]:
    """Yield the figures of a step and of puzzles per second for every number of requests in flight.

    Where the release before is at hand, the ratio to its puzzles per second follows.
    """
    clues = CURRICULA[NETWORK].sets["easy"].clues
    pool = PuzzlePool.dug(CURRICULA[NETWORK].board, load.puzzles, SEED)
    drawn = np.random.default_rng(1).integers(clues.fewest, clues.most + 1, size=load.puzzles)
    puzzles, solutions = pool.cut(np.arange(load.puzzles), drawn)
    peaks = {kind: _gemm_peak(3 * load.turns, kind) for kind in (torch.float32, torch.bfloat16)}
    for in_flight in load.in_flight:
        yield _step_figure(in_flight, load.steps, peaks)
        yield _rate_figure(in_flight, load.turns, puzzles, solutions)
    with release() as tree:
        if tree is not None:
            for in_flight in load.in_flight[1:]:
                yield _release_figure(tree, in_flight, load.turns, puzzles, solutions)


def _release_figure(
    tree: Path,
    in_flight: int,
    turns: int,
    puzzles: NDArray[np.int8],
    solutions: NDArray[np.int8],
) -> Figure:
    pairs = [
        tuple(drive(each, NETWORK, in_flight, puzzles, solutions) for each in (ROOT, tree))
        for _ in range(turns)
    ]
    ours, theirs = pairs[0]
    equal = ours.exact >= theirs.exact - EQUAL
    return Figure(
        f"TRM puzzles/s of processor time, {in_flight} in flight, to release {RELEASE}",
        middle_ratio([(a.puzzles, b.puzzles) for a, b in pairs]) if equal else 0.0,
        "at least",
        2.0,
        f"ours {median(a.puzzles for a, _ in pairs):.1f} ({ours.exact:.1%} exact)   "
        f"release {median(b.puzzles for _, b in pairs):.1f} ({theirs.exact:.1%})",
    )


def _step_figure(batch: int, times: int, peaks: dict[torch.dtype, float]) -> Figure:
    checkpoint = load_checkpoint(find_weights(NETWORK))
    model, runner = checkpoint.model, runner_for(checkpoint)
    plain = OfficialStyle(model.state_dict(), model.config)
    tokens = torch.randint(1, model.config.vocab_size, (batch, model.config.seq_len))
    runner.prepare()
    runner.join(tokens.numpy(), None)
    x, z_h, z_l = plain.begin(tokens)
    pairs = []
    for _ in range(times + 1):  # the first pair warms up
        started = time.perf_counter()
        for _ in range(model.config.H_cycles):
            runner.advance([None] * batch)
        between = time.perf_counter()
        plain.step(x, z_h, z_l)
        pairs.append((between - started, time.perf_counter() - between))
    runner.close()
    pairs = pairs[1:]
    ours, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
    work = batch * step_operations(model.config)
    kind = runner.model.inner.H_init.dtype if isinstance(runner, TorchRunner) else torch.float32
    peak, their_peak = peaks[kind], peaks[torch.float32]
    return Figure(
        f"TRM step, batch {batch}, time",
        middle_ratio(pairs),
        "at most",
        1.0,
        f"ours {1e3 * ours:.1f} ms   plain torch {1e3 * theirs:.1f} ms   "
        f"{work / ours / peak:.0%} and {work / theirs / their_peak:.0%} of the {peak / 1e9:.0f} "
        f"and {their_peak / 1e9:.0f} GFLOP/s that a matrix product reaches in their types",
    )


def _rate_figure(
    in_flight: int, turns: int, puzzles: NDArray[np.int8], solutions: NDArray[np.int8]
) -> Figure:
    runs = []
    for _ in range(turns):
        theirs = _official(puzzles, solutions, in_flight)
        ours = _engine(puzzles, solutions, in_flight)
        runs.append((ours, theirs, _package(puzzles, ours.steps, in_flight)))
    ours, theirs = runs[0][0], runs[0][1]
    # Speed that costs answers counts for nothing.
    equal = ours.exact >= theirs.exact - EQUAL
    return Figure(
        f"TRM puzzles/s, {in_flight} in flight",
        middle_ratio([(a.rate, b.rate) for a, b, _ in runs]) if equal else 0.0,
        "at least",
        5.0,
        f"ours {median(a.rate for a, _, _ in runs):.1f} ({ours.exact:.1%} exact in "
        f"{np.mean(ours.steps):.1f} steps)   official style "
        f"{median(b.rate for _, b, _ in runs):.1f} ({theirs.exact:.1%} in 16)   "
        f"tiny-recursive-model, as many steps {median(c for _, _, c in runs):.1f}",
    )


def _official(puzzles: NDArray[np.int8], solutions: NDArray[np.int8], batch: int) -> Run:
    model = load_checkpoint(find_weights(NETWORK)).model
    plain = OfficialStyle(model.state_dict(), model.config)
    steps = model.config.halt_max_steps
    right, started = 0, time.perf_counter()
    for start in range(0, len(puzzles), batch):
        tokens = torch.from_numpy(puzzles[start : start + batch].astype(np.int64)) + BLANK_TOKEN
        x, z_h, z_l = plain.begin(tokens)
        for _ in range(steps):
            z_h, z_l, logits = plain.step(x, z_h, z_l)
        answers = logits.argmax(-1).numpy() - BLANK_TOKEN
        right += int((answers == solutions[start : start + batch]).all(1).sum())
    rate = len(puzzles) / (time.perf_counter() - started)
    return Run(rate, right / len(puzzles), [steps] * len(puzzles))


def _engine(puzzles: NDArray[np.int8], solutions: NDArray[np.int8], in_flight: int) -> Run:
    solver = open_solver(NETWORK)

    def ask(puzzle: list[int]) -> tuple[tuple[tuple[int, ...], ...], int]:
        answer = solver.solve(puzzle, Deadline.after(600), search=False)
        return answer.grid, len(answer.steps)

    with ThreadPoolExecutor(in_flight) as threads:
        # The engine finds its batch size first.
        list(threads.map(ask, puzzles[:in_flight].tolist()))
        started = time.perf_counter()
        answers = list(threads.map(ask, puzzles.tolist()))
        rate = len(puzzles) / (time.perf_counter() - started)
    solver.engine.close()
    grids = np.array([grid for grid, _ in answers]).reshape(puzzles.shape)
    exact = float((grids == solutions).all(1).mean())
    return Run(rate, exact, [steps for _, steps in answers])


def _package(puzzles: NDArray[np.int8], steps: list[int], batch: int) -> float:
    """Return puzzles per second of the package."""
    peer = PackagePeer(load_checkpoint(find_weights(NETWORK)).model.config)
    started = time.perf_counter()
    for start in range(0, len(puzzles), batch):
        tokens = torch.from_numpy(puzzles[start : start + batch].astype(np.int64)) + BLANK_TOKEN
        peer.answer(tokens, steps[start : start + batch])
    return len(puzzles) / (time.perf_counter() - started)


def step_operations(config: NetworkConfig) -> int:
    """Return floating point operations of the matrix products of a step, a sample; ``mlp_t``
    networks."""
    positions, width = config.positions, config.hidden_size
    mixing = 6 * positions * config.inner_size(positions) * width
    channels = 6 * width * config.inner_size(width) * positions
    calls = config.H_cycles * (config.L_cycles + 1)
    return calls * config.L_layers * (mixing + channels)


def _gemm_peak(times: int, kind: torch.dtype) -> float:
    """Return operations per second of a large matrix product, the best of several."""
    size = 1024
    a, b = (torch.randn(size, size, dtype=kind) for _ in range(2))
    best = float("inf")
    for _ in range(times + 1):
        started = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best
