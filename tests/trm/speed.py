"""`python -m tests.trm.speed`: our engine beside official-style evaluation, same weights, one run.

Official style is a fixed batch, all 16 steps, the last answer. Ours is the engine with many threads
asking at once, stopping at the rules or the halting logit, without search. Each line takes the best
of several turns, because whatever else runs on the machine only adds time.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from function.deadline import Deadline
from function.trm.checkpoint import load_checkpoint
from function.trm.shipped import find_weights
from function.trm.tasks.sudoku.curriculum import BLANK_TOKEN, CURRICULA
from function.trm.tasks.sudoku.generator import PuzzlePool
from function.trm.tasks.sudoku.opening import open_solver
from tests.trm.official_style import OfficialStyle

TURNS = 3


def time_step(name: str, batch: int) -> tuple[float, float]:
    """Seconds of a supervision step: ours and official style, taking turns."""
    model = load_checkpoint(find_weights(name)).model
    plain = OfficialStyle(model.state_dict(), model.config)
    tokens = torch.randint(1, model.config.vocab_size, (batch, model.config.seq_len))
    embedded, state = model.embed(tokens), model.initial_state(batch)
    x, z_h, z_l = plain.begin(tokens)
    best = [float("inf"), float("inf")]
    for _ in range(3 * TURNS):
        started = time.perf_counter()
        model(state, embedded)
        between = time.perf_counter()
        plain.step(x, z_h, z_l)
        best[0] = min(best[0], between - started)
        best[1] = min(best[1], time.perf_counter() - between)
    return best[0], best[1]


def official_rate(name: str, puzzles: np.ndarray, solutions: np.ndarray, batch: int):
    """Puzzles per second and exact share."""
    model = load_checkpoint(find_weights(name)).model
    plain = OfficialStyle(model.state_dict(), model.config)
    right, started = 0, time.perf_counter()
    for start in range(0, len(puzzles), batch):
        tokens = torch.from_numpy(puzzles[start : start + batch].astype(np.int64)) + BLANK_TOKEN
        x, z_h, z_l = plain.begin(tokens)
        for _ in range(model.config.halt_max_steps):
            z_h, z_l, logits = plain.step(x, z_h, z_l)
        answers = logits.argmax(-1).numpy() - BLANK_TOKEN
        right += int((answers == solutions[start : start + batch]).all(1).sum())
    return len(puzzles) / (time.perf_counter() - started), right / len(puzzles)


def engine_rate(name: str, puzzles: np.ndarray, solutions: np.ndarray, in_flight: int):
    """Puzzles per second, exact share and mean steps with `in_flight` threads asking."""
    solver = open_solver(name)

    def ask(puzzle: list[int]):
        return solver.solve(puzzle, Deadline.after(60), search=False)

    with ThreadPoolExecutor(in_flight) as threads:
        list(threads.map(ask, puzzles[:in_flight].tolist()))
        started = time.perf_counter()
        answers = list(threads.map(ask, puzzles.tolist()))
        seconds = time.perf_counter() - started
    solver.engine.close()
    grids = np.array([answer.grid for answer in answers]).reshape(puzzles.shape)
    right = (grids == solutions).all(1).mean()
    return len(puzzles) / seconds, right, np.mean([len(answer.steps) for answer in answers])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", default="sudoku-9x9")
    parser.add_argument("--puzzles", type=int, default=128)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.set_grad_enabled(False)
    curriculum = CURRICULA[given.network]
    clues = next(iter(curriculum.sets.values())).clues
    pool = PuzzlePool.dug(curriculum.board, given.puzzles, seed=5_000_011)
    draw = np.random.default_rng(1).integers(clues.fewest, clues.most + 1, size=given.puzzles)
    puzzles, solutions = pool.cut(np.arange(given.puzzles), draw)
    print("| in flight | step ours / official ms | official puzzles/s (exact) "
          "| engine puzzles/s (exact, mean steps) | times |\n|---|---|---|---|---|")  # fmt: skip
    for batch in (1, 8, 64):
        ours, plain = time_step(given.network, batch)
        turns = [(official_rate(given.network, puzzles, solutions, batch),
                  engine_rate(given.network, puzzles, solutions, batch))
                 for _ in range(TURNS)]  # fmt: skip
        official = max(turn[0] for turn in turns)
        engine = max(turn[1] for turn in turns)
        print(f"| {batch} | {1e3 * ours:.1f} / {1e3 * plain:.1f} "
              f"| {official[0]:.1f} ({official[1]:.1%}) "
              f"| {engine[0]:.1f} ({engine[1]:.1%}, {engine[2]:.1f}) "
              f"| {engine[0] / official[0]:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
