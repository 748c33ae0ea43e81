"""From trained weights to a folder that can be shipped, and the figures of such a folder.

`python -m function judge TASK WEIGHTS --pools FOLDER` measures shipped weights again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from function.trm.card import RunFacts, SetReport, describe_set, write_card
from function.trm.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from function.trm.engine import Engine
from function.trm.evaluation import (
    calibration_error,
    choose_threshold,
    fit_calibration,
    measure_search,
    measure_steps,
)
from function.trm.network import TinyRecursiveModel
from function.trm.tasks.sudoku.curriculum import CURRICULA, SudokuCurriculum
from function.trm.tasks.sudoku.held_out import TEST_SEED, VALIDATION_SEED, held_out_sets
from function.trm.tasks.sudoku.search import SudokuSolver

VALIDATION_PUZZLES = 300


def publish(
    model: TinyRecursiveModel,
    curriculum: SudokuCurriculum,
    facts: RunFacts,
    folder: Path,
    puzzles: int = 1000,
) -> None:
    """Write fp16 weights, their configuration and the card into `folder`.

    Calibration and the halting threshold come from validation puzzles, the card's figures from
    `puzzles` test puzzles a set. Puzzle pools are read from `folder`, or dug and kept there.
    """
    # What is measured must be what is shipped, so the weights are rounded first.
    save_checkpoint(model, folder, curriculum.name, dtype=torch.float16)
    rounded = load_checkpoint(folder).model
    training = curriculum.pool(facts.seed, folder)
    validation = [
        measure_steps(rounded, each)
        for each in held_out_sets(curriculum, VALIDATION_PUZZLES, VALIDATION_SEED, training, folder)
    ]
    save_checkpoint(
        model, folder, curriculum.name, fit_calibration(validation),
        choose_threshold(validation[0]), torch.float16,
    )  # fmt: skip
    reports = judge(load_checkpoint(folder), curriculum, facts.seed, folder, puzzles)
    card = write_card(curriculum, rounded, facts, reports)
    (folder / "README.md").write_text(card, encoding="utf-8")


def judge(
    checkpoint: Checkpoint, curriculum: SudokuCurriculum, seed: int, pools: Path, puzzles: int
) -> list[SetReport]:
    """Measure a checkpoint trained with `seed` on the curriculum's test sets."""
    training = curriculum.pool(seed, pools)
    engine = Engine(checkpoint.model)
    solver = SudokuSolver(engine, checkpoint.calibration, checkpoint.halt_above)
    reports = []
    for each in held_out_sets(curriculum, puzzles, TEST_SEED, training, pools):
        steps = measure_steps(checkpoint.model, each)
        seconds = curriculum.sets[each.name].search_seconds
        reports.append(
            SetReport(
                each,
                steps,
                steps.halting(checkpoint.halt_above),
                calibration_error(checkpoint.calibration, steps),
                measure_search(solver, each, seconds),
            )
        )
    engine.close()
    return reports


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of `judge`."""
    parser = argparse.ArgumentParser(description="measure the weights of a puzzle network")
    parser.add_argument("task", choices=sorted(CURRICULA))
    parser.add_argument("weights", type=Path, help="file or folder of the checkpoint")
    parser.add_argument("--pools", type=Path, required=True, help="folder that keeps the puzzles")
    parser.add_argument("--seed", type=int, default=1, help="seed the weights were trained with")
    parser.add_argument("--puzzles", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    curriculum = CURRICULA[given.task]
    checkpoint = load_checkpoint(given.weights)
    for report in judge(checkpoint, curriculum, given.seed, given.pools, given.puzzles):
        print("\n".join(describe_set(curriculum, report)))


if __name__ == "__main__":
    main()
