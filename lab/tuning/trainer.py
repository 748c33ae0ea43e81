"""Trains adapters: loss on answers alone, in short runs that resume where they stopped."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from function.torch_threads import seconds_to_multiply
from lab.run_file import RunFile
from lab.tuning.base import Base
from lab.tuning.batches import Example, batched, collate
from lab.tuning.lora import adapter_state, add_adapters, load_adapter_state, load_model


@dataclass(frozen=True)
class Recipe:
    """The choices of a run.

    ``tokens`` are those of a micro-batch with its padding, ``accumulate`` the micro-batches of an
    update. The rate falls in a line to 0 at update ``updates``; a run that is resumed may have
    another number of them, and falls from where it is.
    """

    updates: int
    tokens: int = 2_048
    accumulate: int = 1
    rate: float = 8e-4
    warmup: int = 20
    rank: int = 32
    scale: float = 2.0
    weight_decay: float = 0.0
    clip: float = 1.0
    seed: int = 1
    save_minutes: float = 3.0
    evaluate_every: int = 0
    """Updates between two validations; 0 validates at the end alone."""
    minutes: float = math.inf
    """Minutes after which the run stops and can be resumed."""

    def rate_at(self, update: int) -> float:
        """Return the learning rate of an update."""
        left = (self.updates - update) / max(1, self.updates - self.warmup)
        return self.rate * max(0.0, min(1.0, (update + 1) / self.warmup, left))


def best_dtype(device: torch.device) -> torch.dtype:
    """Return the type in which this processor multiplies matrices of the model's size fastest."""
    if device.type == "cuda":
        return torch.bfloat16
    return min(
        (torch.float32, torch.bfloat16), key=lambda kind: seconds_to_multiply(kind, 512, 576, 1536)
    )


class Trainer:
    """One run over a set of examples, resumable from ``folder``."""

    def __init__(
        self,
        base: Base,
        examples: Sequence[Example],
        validation: Sequence[Example],
        recipe: Recipe,
        folder: Path,
        device: torch.device,
    ) -> None:
        self.file = RunFile(folder)
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, device
        self.examples, self.validation = examples, validation
        self.model: Any = load_model(base, best_dtype(device))
        self.adapters = add_adapters(self.model, recipe.rank, recipe.scale)
        self.model.to(device).train()
        weights = [
            weight for adapter in self.adapters.values() for weight in (adapter.down, adapter.up)
        ]
        self.weights = weights
        self.optimizer = torch.optim.AdamW(
            weights, lr=recipe.rate, betas=(0.9, 0.99), weight_decay=recipe.weight_decay
        )
        self.update = self.consumed = 0
        self._resume()

    def run(self) -> None:
        """Train to the last update, or as long as the recipe permits."""
        recipe = self.recipe
        started = saved = time.monotonic()
        tokens, losses = 0, []
        batches = self._batches()
        while self.update < recipe.updates:
            loss, seen = self._step(batches)
            losses.append(loss)
            tokens += seen
            now = time.monotonic()
            if self.update % 5 == 0 or self.update == recipe.updates:
                rate = tokens / max(now - started, 1e-9)
                print(
                    f"{time.strftime('%H:%M:%S')} update {self.update}/{recipe.updates} "
                    f"loss {sum(losses) / len(losses):.4f} tokens {tokens} ({rate:.0f}/s)",
                    flush=True,
                )
                losses = []
            if recipe.evaluate_every and self.update % recipe.evaluate_every == 0:
                print(report(self.validate()), flush=True)
            if now - saved > 60 * recipe.save_minutes:
                saved = now
                self.save()
            if now - started > 60 * recipe.minutes:
                break
        self.save()
        print(report(self.validate()), flush=True)

    def _batches(self) -> Iterator[list[Example]]:
        """Yield micro-batches without end, from the first one not yet used."""
        number = 0
        for epoch in count():
            for batch in batched(self.examples, self.recipe.tokens, self.recipe.seed + epoch):
                number += 1
                if number > self.consumed:
                    yield batch

    def _step(self, batches: Iterator[list[Example]]) -> tuple[float, int]:
        """Update once; return the mean loss of a token, and the tokens seen."""
        groups = [next(batches) for _ in range(self.recipe.accumulate)]
        answers = sum(len(one.ids) - one.start for group in groups for one in group)
        total = 0.0
        for group in groups:
            loss = self.loss(group).sum() / answers
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self.weights, self.recipe.clip)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = self.recipe.rate_at(self.update)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.update += 1
        self.consumed += len(groups)
        return total, sum(len(one.ids) for group in groups for one in group)

    def loss(self, examples: Sequence[Example]) -> Tensor:
        """Return the loss of each token of the answers."""
        batch = collate(examples, self.device)
        hidden = self.model.model(
            input_ids=batch.ids, attention_mask=batch.mask, use_cache=False
        ).last_hidden_state
        picked = hidden[batch.places[0], batch.places[1]]  # the vocabulary is wide: only these
        logits = self.model.lm_head(picked).float()
        return F.cross_entropy(logits, batch.targets, reduction="none")

    @torch.no_grad()
    def validate(self) -> dict[str, tuple[float, int]]:
        """Return the mean loss of a token and the number of examples, by kind."""
        self.model.eval()
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0, 0])
        for batch in batched(self.validation, self.recipe.tokens, 0):
            losses = self.loss(batch)
            place = 0
            for one in batch:
                length = len(one.ids) - one.start
                entry = sums[one.kind]
                entry[0] += float(losses[place : place + length].sum())
                entry[1] += length
                entry[2] += 1
                place += length
        self.model.train()
        return {kind: (total / n, int(many)) for kind, (total, n, many) in sorted(sums.items())}

    def save(self) -> None:
        """Write the checkpoint."""
        self.file.write(
            {
                "adapters": adapter_state(self.adapters), "optimizer": self.optimizer.state_dict(),
                "update": self.update, "consumed": self.consumed,
                "rank": self.recipe.rank, "scale": self.recipe.scale,
            }
        )  # fmt: skip

    def _resume(self) -> None:
        if (values := self.file.read()) is None:
            return
        load_adapter_state(self.adapters, values["adapters"])
        self.optimizer.load_state_dict(values["optimizer"])
        self.update, self.consumed = values["update"], values["consumed"]
        print(f"resumed at update {self.update}", flush=True)


def report(losses: dict[str, tuple[float, int]]) -> str:
    """Return validation losses as lines."""
    mean = sum(loss for loss, _ in losses.values()) / max(1, len(losses))
    lines = [f"validation loss, mean of kinds: {mean:.4f}"]
    lines += [f"  {kind:<12} {loss:.4f} ({many})" for kind, (loss, many) in losses.items()]
    return "\n".join(lines)
