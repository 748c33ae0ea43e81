"""Train a network on endless self-made examples: `python -m lab train sudoku-6x6`.

Deep supervision (arXiv 2510.04871): every supervision step is one update, and its states are
carried, detached, into the next one. A sample leaves its slot when the network halts it or after
`halt_max_steps`, and a fresh example takes the slot.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import torch
from tqdm import tqdm

from function.trm.network import State, TinyRecursiveModel
from lab.run_file import RunFile
from lab.trm.curriculum import Curriculum
from lab.trm.losses import Loss
from lab.trm.model_card import RunFacts
from lab.trm.optimizers import Average, Optimizers
from lab.trm.publishing import publish
from lab.trm.registry import CURRICULA


@dataclass(frozen=True, slots=True)
class Recipe:
    """The choices of a training run; rates are those before the decay."""

    minutes: float
    seed: int = 1
    batch: int = 64
    matrix_rate: float = 0.02
    other_rate: float = 0.002
    average_decay: float = 0.997
    warmup_steps: int = 50
    shallow_until: float = 0.0
    """Until this progress a supervision step has one cycle: cheaper updates (arXiv 2511.08653)."""
    loss: Loss = "softmax"
    compiled: bool = False
    """Compile the blocks first: a fifth faster on a CPU, but it needs a C++ compiler."""

    def rate_at(self, step: int, progress: float) -> float:
        """Fraction of the learning rate: a short warm-up, then a linear decay in the last half."""
        return min(1.0, (step + 1) / self.warmup_steps, max(0.0, 2 * (1 - progress)))


class Trainer:
    """One run from its first to its last update; resumes from `folder` when that holds one."""

    def __init__(self, curriculum: Curriculum, recipe: Recipe, folder: Path) -> None:
        self.file = RunFile(folder)
        self.curriculum, self.recipe, self.folder = curriculum, recipe, folder
        self.pool = curriculum.pool(recipe.seed, folder)
        torch.manual_seed(recipe.seed)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        self.model = curriculum.network(folder).to(self.device)
        if recipe.compiled:
            self.model.inner.L_level.compile(dynamic=False)
        self.average = Average(self.model, recipe.average_decay)
        self.optimizers = Optimizers(self.model, recipe.matrix_rate, recipe.other_rate)
        self.generator = np.random.default_rng(recipe.seed)
        self.step = 0
        self.seconds = 0.0
        # Shaped by the first refill, which fills every slot.
        self.tokens = torch.zeros(0, dtype=torch.long, device=self.device)
        self.labels = torch.zeros_like(self.tokens)
        self.ages = torch.zeros(recipe.batch, dtype=torch.long, device=self.device)
        self.least_ages = torch.zeros_like(self.ages)
        self.free = torch.ones(recipe.batch, dtype=torch.bool, device=self.device)
        initial = self.model.initial_state(recipe.batch)
        self.state = State(initial.answer.clone(), initial.latent.clone())
        self._resume()

    @property
    def progress(self) -> float:
        return min(1.0, self.seconds / (60 * self.recipe.minutes))

    def run(self) -> None:
        """Train until the minutes are used up, saving every two of them."""
        saved_at = self.seconds
        right, seen = 0.0, 0.0
        with tqdm(total=round(60 * self.recipe.minutes), unit="s", mininterval=10) as bar:
            while self.progress < 1:
                started = time.monotonic()
                loss, leaving, solved = self.update()
                self.seconds += time.monotonic() - started
                right, seen = 0.98 * right + solved, 0.98 * seen + leaving
                bar.n = round(min(self.seconds, 60 * self.recipe.minutes))
                bar.set_postfix(step=self.step, loss=f"{loss:.3f}", exact=f"{right / seen:.1%}"
                                if seen else "-")  # fmt: skip
                if self.seconds - saved_at > 120:
                    self.save()
                    saved_at = self.seconds

    def update(self) -> tuple[float, int, int]:
        """Return one supervision step of every slot; the loss, samples that leave, of these
        right."""
        self._refill()
        config = self.curriculum.config
        if self.progress < self.recipe.shallow_until:
            config = replace(config, H_cycles=1)
        self.model.config = config
        state, output = self.model(self.state, self.model.embed(self.tokens))
        loss, right = self.curriculum.loss(output, self.labels, self.recipe.loss)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizers.step(self.recipe.rate_at(self.step, self.progress))
        self.average.update(self.model, self.step)
        self.state = state.detached()
        self.ages += 1
        self.free = (self.ages >= config.halt_max_steps) | (
            (output.halt.detach() > 0) & (self.ages >= self.least_ages)
        )
        self.step += 1
        return float(loss.detach()), int(self.free.sum()), int((right & self.free).sum())

    def _refill(self) -> None:
        free = self.free.nonzero().squeeze(1)
        if not len(free):
            return
        tokens, labels = self.curriculum.sample(self.pool, len(free), self.progress, self.generator)
        if not len(self.tokens):
            self.tokens = self.tokens.new_zeros(tokens.shape)
            self.labels = self.labels.new_zeros(labels.shape)
        self.tokens[free] = torch.from_numpy(tokens).to(self.tokens)
        self.labels[free] = torch.from_numpy(labels).to(self.labels)
        initial = self.model.initial_state(len(free))
        self.state.answer[:, free] = initial.answer
        self.state.latent[:, free] = initial.latent
        self.ages[free] = 0
        # Some samples must go on although the network would halt: it learns to keep an answer.
        config = self.curriculum.config
        exploring = self.generator.random(len(free)) < config.halt_exploration_prob
        least = self.generator.integers(2, config.halt_max_steps + 1, size=len(free))
        self.least_ages[free] = torch.from_numpy(exploring * least).to(self.ages)

    def averaged(self) -> TinyRecursiveModel:
        """Return a model of its own with the averaged weights: the one to judge and to ship."""
        model = self.curriculum.network(self.folder)
        model.load_state_dict(self.average.values)
        return model.eval()

    def save(self) -> None:
        """Write everything a later run needs to go on from here."""
        values: dict[str, Any] = {
            "model": self.model.state_dict(), "average": self.average.values,
            "optimizers": self.optimizers.state_dict(), "step": self.step,
            "seconds": self.seconds, "generator": self.generator.bit_generator.state,
            "slots": [self.tokens, self.labels, self.ages, self.least_ages, self.free],
            "state": list(self.state), "recipe": asdict(self.recipe),
        }  # fmt: skip
        self.file.write(values)

    def _resume(self) -> None:
        if (values := self.file.read(self.device)) is None:
            return
        if values["recipe"] != asdict(self.recipe):
            raise ValueError(f"{self.file.path} was made by another recipe: {values['recipe']}")
        self.model.load_state_dict(values["model"])
        self.average.values = values["average"]
        self.optimizers.load_state_dict(values["optimizers"])
        self.step, self.seconds = values["step"], values["seconds"]
        self.generator.bit_generator.state = cast(dict[str, Any], values["generator"])
        self.tokens, self.labels, self.ages, self.least_ages, self.free = values["slots"]
        self.state = State(*values["state"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `train`; every flag has the meaning of the recipe's field."""
    parser = argparse.ArgumentParser(
        prog="python -m lab train", description="train a Tiny Recursive Model"
    )
    parser.add_argument("task", choices=sorted(CURRICULA))
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder; default: .checkpoints/TASK")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--shallow-until", type=float, default=0.0)
    parser.add_argument("--loss", choices=get_args(Loss), default="softmax")
    parser.add_argument("--compiled", action="store_true")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    recipe = Recipe(
        minutes=given.minutes, seed=given.seed, shallow_until=given.shallow_until,
        loss=given.loss, compiled=given.compiled,
    )  # fmt: skip
    curriculum = CURRICULA[given.task]
    folder = given.out or Path(".checkpoints", given.task)
    trainer = Trainer(curriculum, recipe, folder)
    trainer.run()
    trainer.save()
    command = f"python -m lab train {' '.join(arguments or sys.argv[1:])}"
    facts = RunFacts(command, given.seed, given.minutes, trainer.step, recipe.batch)
    publish(trainer.averaged(), curriculum, facts, folder)


if __name__ == "__main__":
    main()
