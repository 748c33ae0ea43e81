"""Deep supervision for the grid networks: every supervision step is one update.

States are carried, detached, from a step into the next one. A sample leaves its slot when its
answer is right or after the most steps that the schedule allows, and a fresh one takes the slot.
The curriculum follows the number of updates, the learning rates the wall clock: they fall to 0 over
the last minutes of a run, which a shared machine gives more or less of its processor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lab.run_file import RunFile
from lab.training.recursion import GridOutput, GridState, RecursiveNetwork
from lab.trm.optimizers import Average, Optimizers


class Source(Protocol):
    """Endless examples of one board size."""

    def share(self, progress: float) -> float:
        """Return the fraction of the updates made with this source."""

    def sample(
        self, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return boards and labels of fresh examples at this progress of the run."""

    def loss(self, output: GridOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of the answers and which answers [batch] are wholly right."""

    def steps(self, progress: float) -> int:
        """Return the most supervision steps of a sample."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The choices of a run; rates are those before the decay."""

    minutes: float
    updates: int
    """Updates after which the curriculum is at its end; training goes on with its last stage."""
    batch: int = 32
    seed: int = 1
    matrix_rate: float = 0.008
    other_rate: float = 0.001
    average_decay: float = 0.995
    warmup: int = 50
    decay_minutes: float = 25.0

    def rate_at(self, step: int, minutes_left: float) -> float:
        falling = minutes_left / min(self.decay_minutes, self.minutes)
        return min(1.0, (step + 1) / self.warmup, max(0.02, falling))


class Slots:
    """The samples of one source under way: boards, labels, states and ages."""

    def __init__(self, source: Source, network: RecursiveNetwork, batch: int) -> None:
        self.source, self.network = source, network
        self.free = torch.ones(batch, dtype=torch.bool)
        self.ages = torch.zeros(batch, dtype=torch.long)
        self.least = torch.zeros(batch, dtype=torch.long)
        self.boards, self.labels = source.sample(batch, 0.0, np.random.default_rng(0))
        self.state = self._initial(self.boards)

    def _initial(self, boards: Tensor) -> GridState:
        return self.network.initial_state(self.network.embed(boards).detach())

    def refill(self, progress: float, generator: np.random.Generator) -> None:
        count = int(self.free.sum())
        if not count:
            return
        boards, labels = self.source.sample(count, progress, generator)
        fresh = self._initial(boards)
        self.boards[self.free] = boards
        self.labels[self.free] = labels
        self.state.answer[self.free] = fresh.answer
        self.state.latent[self.free] = fresh.latent
        # The first samples get ages of their own, so that slots do not all turn over at once.
        first = torch.from_numpy(generator.integers(0, 8, size=count))
        self.ages[self.free] = first if bool(self.free.all()) else 0
        # Some samples go on although they are right: the network learns to keep an answer.
        exploring = generator.random(count) < 0.15
        least = generator.integers(1, self.source.steps(progress) + 1, size=count)
        self.least[self.free] = torch.from_numpy(exploring * least)


class Trainer:
    """One run from its first to its last update; resumes from `folder`.

    `compiled` layers take half the time, and a C++ compiler. A `learned` network begins with the
    last stage of the curriculum.
    """

    def __init__(
        self,
        network: RecursiveNetwork,
        sources: Sequence[Source],
        recipe: Recipe,
        folder: Path,
        compiled: bool = True,
        learned: bool = False,
    ) -> None:
        self.file = RunFile(folder)
        self.network, self.recipe = network, recipe
        if compiled:
            for layer in network.layers:
                layer.compile(dynamic=False)
        self.slots = [Slots(source, network, recipe.batch) for source in sources]
        self.average = Average(network, recipe.average_decay)
        self.optimizers = Optimizers(network, recipe.matrix_rate, recipe.other_rate)
        self.generator = np.random.default_rng(recipe.seed)
        self.step = recipe.updates if learned else 0
        self.ends = time.monotonic() + 60 * recipe.minutes
        self._resume()
        self.began = self.step

    @property
    def progress(self) -> float:
        return min(1.0, self.step / self.recipe.updates)

    @property
    def minutes_left(self) -> float:
        return (self.ends - time.monotonic()) / 60

    def run(self, report: Any) -> None:
        """Train until the minutes are over; save often, `report(self)` every quarter of an hour."""
        saved = reported = time.monotonic()
        losses, solved, left, ages = [], 0, 0, 0
        while self.minutes_left > 0:
            loss, right, free, age = self.update()
            losses.append(loss)
            solved, left, ages = solved + right, left + free, ages + age
            now = time.monotonic()
            if now - saved > 150 or self.minutes_left <= 0:
                saved = now
                self.save()
            if now - reported > 900 or self.minutes_left <= 0:
                reported = now
                print(
                    f"{time.strftime('%H:%M:%S')} progress {self.progress:.3f} step {self.step} "
                    f"cpu {time.process_time():.0f} s loss {np.mean(losses):.4f} "
                    f"solved {solved}/{left} after {ages / max(1, left):.1f} steps, "
                    f"{report(self)}",
                    flush=True,
                )
                losses, solved, left, ages = [], 0, 0, 0

    def update(self) -> tuple[float, int, int, int]:
        """Update once; return the loss, the samples solved and left, and the ages of these."""
        shares = np.array([slots.source.share(self.progress) for slots in self.slots])
        slots = self.slots[int(self.generator.choice(len(shares), p=shares / shares.sum()))]
        slots.refill(self.progress, self.generator)
        state, output = self.network(slots.state, self.network.embed(slots.boards))
        answer, right = slots.source.loss(output, slots.labels)
        halting = F.binary_cross_entropy_with_logits(output.halt, right.float())
        loss = answer + 0.1 * halting
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizers.step(self.recipe.rate_at(self.step - self.began, self.minutes_left))
        self.average.update(self.network, self.step)
        slots.state = state.detached()
        slots.ages += 1
        slots.free = (slots.ages >= slots.source.steps(self.progress)) | (
            right & (slots.ages >= slots.least)
        )
        self.step += 1
        return (
            float(loss.detach()), int((right & slots.free).sum()), int(slots.free.sum()),
            int(slots.ages[slots.free].sum()),
        )  # fmt: skip

    @contextmanager
    def averaged(self) -> Iterator[RecursiveNetwork]:
        """Lend the compiled network with the averaged weights."""
        own = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        try:
            yield self.network
        finally:
            self.network.load_state_dict(own)

    def save(self) -> None:
        """Write all that a later run needs to go on from here."""
        self.file.write(
            {
                "model": self.network.state_dict(), "average": self.average.values,
                "optimizers": self.optimizers.state_dict(), "step": self.step,
            }
        )  # fmt: skip

    def _resume(self) -> None:
        if (values := self.file.read()) is None:
            return
        self.network.load_state_dict(values["model"])
        self.average.values = values["average"]
        self.optimizers.load_state_dict(values["optimizers"])
        self.step = values["step"]
        self.generator = np.random.default_rng([self.recipe.seed, self.step])
