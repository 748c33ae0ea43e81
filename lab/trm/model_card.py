"""The model card written beside the weights: what they are, and what was measured on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from function.trm.network import TinyRecursiveModel
from lab.trm.curriculum import Curriculum, ExampleSet
from lab.trm.measuring import HaltingFigures, SearchFigures, StepFigures


@dataclass(frozen=True, eq=False)
class SetReport:
    """Everything measured on one held-out set."""

    examples: ExampleSet
    steps: StepFigures
    halting: HaltingFigures
    calibration_error: float
    search: SearchFigures | None
    """None where an answer cannot be checked."""


@dataclass(frozen=True)
class RunFacts:
    """How the weights were made; `updates` counts supervision steps of a whole batch."""

    command: str
    seed: int
    minutes: float
    updates: int
    batch: int


def write_card(
    curriculum: Curriculum,
    model: TinyRecursiveModel,
    facts: RunFacts,
    reports: Sequence[SetReport],
) -> str:
    """Return the card as markdown."""
    config, story = model.config, curriculum.story
    parameters = sum(parameter.numel() for parameter in model.parameters())
    mixing = "an MLP" if config.mlp_t else "attention"
    lines = [
        f"# {curriculum.name}",
        "",
        f"A Tiny Recursive Model (arXiv 2510.04871) for {story.subject}: {parameters:,} "
        f"parameters, width {config.hidden_size}, {config.L_layers} layers, T {config.H_cycles}, "
        f"n {config.L_cycles}, mixing over positions by {mixing}, stored as fp16, computed in "
        "fp32. Every figure below is measured on the weights as stored.",
        "",
        "## How it was made",
        f"- Command: `{facts.command}`",
        f"- {facts.minutes:g} minutes, {facts.updates:,} updates of {facts.batch} slots, "
        f"seed {facts.seed}. The learning rate follows the clock, so another machine makes other "
        "weights from the same data.",
        f"- Data: {story.data}",
        f"- Licence: {story.licence}",
        "",
        "## What it does",
    ]
    for report in reports:
        lines += describe_set(curriculum, report)
    lines += [
        "## Limits",
        story.limits,
        "",
    ]
    return "\n".join(lines)


def describe_set(curriculum: Curriculum, report: SetReport) -> list[str]:
    """Return the lines of markdown about one set."""
    heading, provenance = curriculum.describe(report.examples)
    exact, halting, search = report.steps.exact_by_step(), report.halting, report.search
    shown = [step for step in (1, 2, 3, 4, 6, 8, 12, 16) if step <= len(exact)]
    lines = [
        f"### {heading}",
        provenance,
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
    ]
    if search is not None:
        lines.append(
            f"- Verified search, {search.limit_seconds:g} s each, one at a time: "
            f"{search.solved:.1%} solved ({search.without_search:.1%} by the first attempt), "
            f"{search.mean_seconds:.3f} s on average, 95 % within {search.p95_seconds:.3f} s."
        )
    return [*lines, ""]
