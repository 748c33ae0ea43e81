"""The command line that the trainers of both grid networks share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from lab.training.export import export
from lab.training.recursion import RecursiveNetwork
from lab.training.trainer import Recipe, Source, Trainer


def parser_of(task: str, updates: int) -> argparse.ArgumentParser:
    """Return the parser of ``python -m lab.training.TASK``."""
    parser = argparse.ArgumentParser(prog=f"python -m lab.training.{task}")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--updates", type=int, default=updates)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--start", type=Path, help="a folder of weights to go on from")
    parser.add_argument("--out", type=Path, default=Path(".checkpoints", task))
    return parser


def prepare(folder: Path) -> None:
    """Make a run repeatable, and its folder."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    folder.mkdir(parents=True, exist_ok=True)


def train(
    network: RecursiveNetwork,
    architecture: str,
    sources: Sequence[Source],
    given: argparse.Namespace,
    validate: Callable[[Trainer], str],
) -> None:
    """Train for the given minutes, and write the averaged weights as they are shipped."""
    recipe = Recipe(given.minutes, given.updates, given.batch)
    if given.start:
        network.load_state_dict(load_file(given.start / "model.safetensors"))
    trainer = Trainer(network, sources, recipe, given.out, learned=bool(given.start))
    trainer.run(validate)
    export(trainer.network, trainer.average.values, architecture, given.out)
