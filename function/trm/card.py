"""The model card written beside the weights: what they are, and what was measured on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from function.trm.evaluation import HaltingFigures, SearchFigures, StepFigures
from function.trm.network import TinyRecursiveModel
from function.trm.tasks.sudoku.curriculum import SudokuCurriculum
from function.trm.tasks.sudoku.held_out import PuzzleSet


@dataclass(frozen=True, eq=False)
class SetReport:
    """Everything measured on one held-out set."""

    puzzles: PuzzleSet
    steps: StepFigures
    halting: HaltingFigures
    calibration_error: float
    search: SearchFigures


@dataclass(frozen=True)
class RunFacts:
    """How the weights were made; `updates` counts supervision steps of a whole batch."""

    command: str
    seed: int
    minutes: float
    updates: int
    batch: int


def write_card(
    curriculum: SudokuCurriculum,
    model: TinyRecursiveModel,
    facts: RunFacts,
    reports: Sequence[SetReport],
) -> str:
    """The card as markdown."""
    config, side = model.config, curriculum.board.side
    parameters = sum(parameter.numel() for parameter in model.parameters())
    first, final = curriculum.first, curriculum.final
    lines = [
        f"# {curriculum.name}",
        "",
        f"A Tiny Recursive Model (arXiv 2510.04871) for {side}x{side} sudoku: {parameters:,} "
        f"parameters, width {config.hidden_size}, {config.L_layers} layers, T {config.H_cycles}, "
        f"n {config.L_cycles}, mixing over positions by an MLP, stored as fp16, computed in fp32. "
        "Every figure below is measured on the weights as stored.",
        "",
        "## How it was made",
        f"- Command: `{facts.command}`",
        f"- {facts.minutes:g} minutes, {facts.updates:,} updates of {facts.batch} slots, "
        f"seed {facts.seed}. The learning rate follows the clock, so another machine makes other "
        "weights from the same data.",
        f"- Data: puzzles of this repository's generator, each with exactly one solution: "
        f"{curriculum.pool_size:,} grids, cut to {first.fewest}..{first.most} clues at the start "
        f"and {final.fewest}..{final.most} from {curriculum.settled_at:.0%} of the time on, every "
        "puzzle under a random symmetry. No public puzzles were used.",
        "- Licence: that of this repository; neither data nor weights of others are in it.",
        "",
        "## What it does",
    ]
    for report in reports:
        lines += describe_set(curriculum, report)
    lines += [
        "## Limits",
        "It reads complete grids of this size and nothing else. A puzzle with several solutions "
        "gets one of them; one without any is searched until the deadline.",
        "",
    ]
    return "\n".join(lines)


def describe_set(curriculum: SudokuCurriculum, report: SetReport) -> list[str]:
    """The lines of markdown about one set."""
    name, clues = report.puzzles.name, curriculum.sets[report.puzzles.name].clues
    exact, halting, search = report.steps.exact_by_step(), report.halting, report.search
    shown = [step for step in (1, 2, 3, 4, 6, 8, 12, 16) if step <= len(exact)]
    return [
        f"### {name}: {len(report.puzzles.puzzles):,} puzzles with {clues.fewest} to {clues.most} "
        "clues",
        f"None is a training puzzle up to symmetry ({report.puzzles.refused} candidates were "
        "refused because a training puzzle has the same symmetry-invariant fingerprint).",
        "",
        "| after step | " + " | ".join(str(step) for step in shown) + " |",
        "|---" * (len(shown) + 1) + "|",
        "| exact | " + " | ".join(f"{exact[step - 1]:.1%}" for step in shown) + " |",
        "",
        f"- Halting at a logit over {halting.above:g}: {halting.exact:.1%} exact in "
        f"{halting.mean_steps:.1f} steps on average; {halting.halted:.1%} halt, and "
        f"{halting.halted_right:.1%} of these are right.",
        f"- Calibrated confidence over all steps: expected calibration error "
        f"{report.calibration_error:.3f}.",
        f"- Verified search, {search.limit_seconds:g} s a puzzle, one at a time: "
        f"{search.solved:.1%} solved ({search.without_search:.1%} by the puzzle as given), "
        f"{search.mean_seconds:.3f} s on average, 95 % within {search.p95_seconds:.3f} s.",
        "",
    ]
