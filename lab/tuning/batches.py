"""Examples as batches of tokens, of similar length and in a seeded order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from function.backends.base import Turn
from lab.tuning.base import Base

BUCKET = 64
"""Batches that are cut from one stretch of examples sorted by length."""


@dataclass(frozen=True)
class Example:
    """Tokens of a conversation and its answer; ``start`` is the first token of the answer."""

    kind: str
    ids: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class Batch:
    """Padded tokens, and the places whose next token is learned."""

    ids: Tensor
    mask: Tensor
    places: Tensor
    """Rows and columns [2, n] of the hidden states that predict tokens of answers."""
    targets: Tensor


def read_examples(path: Path, base: Base, longest: int) -> list[Example]:
    """Return the examples of a file that have at most this number of tokens."""
    found: list[Example] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            prompt = base.prompt_ids([Turn(role, text) for role, text in record["turns"]])
            ids = (*prompt, *base.answer_ids(record["answer"]))
            if len(ids) <= longest:
                found.append(Example(record["kind"], ids, len(prompt)))
    return found


def batched(examples: Sequence[Example], tokens: int, seed: int) -> Iterator[list[Example]]:
    """Yield all examples once, in batches of at most ``tokens`` tokens, padding included."""
    order = list(examples)
    generator = random.Random(seed)
    generator.shuffle(order)
    mean = max(1, sum(len(example.ids) for example in order) // max(1, len(order)))
    stretch = max(1, BUCKET * tokens // mean)
    for place in range(0, len(order), stretch):
        part = sorted(order[place : place + stretch], key=lambda example: len(example.ids))
        batches: list[list[Example]] = [[]]
        for example in part:
            if batches[-1] and (len(batches[-1]) + 1) * len(example.ids) > tokens:
                batches.append([])
            batches[-1].append(example)
        generator.shuffle(batches)
        yield from (batch for batch in batches if batch)


def collate(examples: Sequence[Example], device: torch.device) -> Batch:
    """Return examples as one batch, padded on the right."""
    longest = max(len(example.ids) for example in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    mask = torch.zeros(len(examples), longest, dtype=torch.long)
    rows: list[int] = []
    columns: list[int] = []
    targets: list[int] = []
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
        for column in range(example.start - 1, len(example.ids) - 1):
            rows.append(row)
            columns.append(column)
            targets.append(example.ids[column + 1])
    places = torch.tensor([rows, columns])
    return Batch(
        ids.to(device), mask.to(device), places.to(device), torch.tensor(targets, device=device)
    )
