"""From trained weights to a folder that can be shipped, and the figures of such a folder.

`python -m lab judge TASK WEIGHTS --pools FOLDER` measures shipped weights again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from function.trm.checkpoint import Checkpoint, load_checkpoint
from function.trm.engine import Engine
from function.trm.network import TinyRecursiveModel
from function.trm.runner import runner_for
from lab.trm.curriculum import TEST_SEED, VALIDATION_SEED, Curriculum
from lab.trm.measuring import (
    calibration_error,
    choose_threshold,
    fit_calibration,
    measure_search,
    measure_steps,
)
from lab.trm.model_card import RunFacts, SetReport, describe_set, write_card
from lab.trm.registry import CURRICULA
from lab.trm.saving import save_checkpoint

VALIDATION_EXAMPLES = 1000


def publish(
    model: TinyRecursiveModel,
    curriculum: Curriculum,
    facts: RunFacts,
    folder: Path,
    examples: int = 1000,
) -> None:
    """Write fp16 weights, their configuration and the card into `folder`.

    Calibration and the halting threshold come from validation examples, the card's figures from
    `examples` test examples a set. Pools are read from `folder`, or made and kept there.
    """
    # What is measured must be what is shipped, so the weights are rounded first.
    save_checkpoint(model, folder, curriculum.name, dtype=torch.float16)
    rounded = load_checkpoint(folder).model
    training = curriculum.pool(facts.seed, folder)
    sets = curriculum.held_out(VALIDATION_EXAMPLES, VALIDATION_SEED, training, folder)
    validation = [measure_steps(rounded, each) for each in sets]
    save_checkpoint(
        model, folder, curriculum.name, fit_calibration(validation),
        choose_threshold(validation[0]), torch.float16,
    )  # fmt: skip
    settled = load_checkpoint(folder)
    curriculum.settle(settled, sets, folder)
    reports = judge(settled, curriculum, facts.seed, folder, examples)
    card = write_card(curriculum, rounded, facts, reports)
    (folder / "README.md").write_text(card, encoding="utf-8")


def judge(
    checkpoint: Checkpoint, curriculum: Curriculum, seed: int, pools: Path, examples: int
) -> list[SetReport]:
    """Measure a checkpoint trained with `seed` on the curriculum's test sets."""
    training = curriculum.pool(seed, pools)
    engine = Engine(runner_for(checkpoint))
    calibration, halt_above = checkpoint.calibration, checkpoint.halt_above
    model = checkpoint.model
    reports = []
    for each in curriculum.held_out(examples, TEST_SEED, training, pools):
        steps = measure_steps(model, each)
        search = curriculum.search(each, engine, calibration, halt_above)
        reports.append(
            SetReport(
                each,
                steps,
                steps.halting(halt_above),
                calibration_error(calibration, steps),
                None if search is None else measure_search(search, each),
            )
        )
    engine.close()
    return reports


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `judge`; tasks without verified search have a table of their own."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["alert-triage"]:
        from lab.trm.alert_triage.judging import main as judge_alerts

        judge_alerts(words[1:])
        return
    parser = argparse.ArgumentParser(description="measure the weights of a network")
    parser.add_argument("task", choices=sorted(CURRICULA))
    parser.add_argument("weights", type=Path, help="file or folder of the checkpoint")
    parser.add_argument("--pools", type=Path, required=True, help="folder that keeps the examples")
    parser.add_argument("--seed", type=int, default=1, help="seed the weights were trained with")
    parser.add_argument("--examples", "--puzzles", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    curriculum = CURRICULA[given.task]
    checkpoint = load_checkpoint(given.weights)
    for report in judge(checkpoint, curriculum, given.seed, given.pools, given.examples):
        print("\n".join(describe_set(curriculum, report)))


if __name__ == "__main__":
    main()
