"""What the alert network is trained on, and the sets it is judged on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.alert_triage.codec import (
    FEATURES,
    POSITIONS,
    TOKENS,
    WORD_PIECES,
    AlertCodec,
    Numbers,
)
from function.trm.alert_triage.vocabulary import COMPOUNDS, Vocabulary, words_of
from function.trm.alert_triage.word_lists import words
from function.trm.config import NetworkConfig
from lab.trm.alert_triage.example import Example
from lab.trm.alert_triage.family import Split, all_families, families_of
from lab.trm.alert_triage.generator import AlertGenerator
from lab.trm.alert_triage.public_rules import honest_alerts
from lab.trm.alert_triage.wording import every_word
from lab.trm.curriculum import VALIDATION_SEED, Story

if TYPE_CHECKING:
    from torch import Tensor

    from function.trm.calibration import PlattScaling
    from function.trm.checkpoint import Checkpoint
    from function.trm.engine import Engine
    from function.trm.network import StepOutput, TinyRecursiveModel
    from lab.trm.losses import Loss

DEV_EXAMPLES = 1000
KEY_UNKNOWN = 0.15
"""Share of labels whose key is shown by its words alone, so that unknown keys can be read."""
WORD_DROPPED = 0.05
WORD_SWAPPED = 0.1
"""Share of words shown as one of their nearest neighbours: other people use other words."""
NEIGHBOURS = 4
ACT_ABOVE = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
"""Confidences to choose from for acting."""
LEFT = 0.02
"""Share of dev alerts for which no function helps that may get one."""


@dataclass(frozen=True, eq=False)
class AlertSet:
    """Alerts of some families, as the network reads them: [n, positions, features]."""

    name: str
    examples: Sequence[Example]
    tokens: Numbers
    labels: Numbers


class AlertPool:
    """The codec, and which pieces of its vocabulary mean nearly the same."""

    def __init__(self, codec: AlertCodec, vectors: NDArray[np.float32]) -> None:
        self.codec = codec
        self._vectors = vectors
        self.near = lru_cache(maxsize=None)(self._nearest)

    def _nearest(self, piece: int) -> list[int]:
        """Return the pieces nearest to one, itself left out."""
        found = np.argsort(self._vectors @ self._vectors[piece])[::-1][1 : NEIGHBOURS + 1]
        return [int(number) for number in found]


@dataclass(frozen=True)
class AlertCurriculum:
    """Alerts drawn without end from the families of the split `train`."""

    name: str
    config: NetworkConfig

    @property
    def story(self) -> Story:
        count = {split: len(families_of(split)) for split in ("train", "dev", "test")}
        return Story(
            subject="the triage of alerts",
            data=f"alerts drawn without end by this repository's generator from {count['train']} "
            f"families; {count['dev']} other families choose thresholds and calibrate, and "
            f"{count['test']} more are the test: none of their names and texts is trained on. "
            "Labels, wordings and names are made up; no public rule was copied.",
            licence="that of this repository. The vectors of words are distilled from "
            "all-MiniLM-L6-v2 (Apache-2.0).",
            limits="English names and texts. What the families do not speak of is judged by the "
            "nearness of its words; confidence is calibrated on made-up families.",
        )

    def pool(self, seed: int, folder: Path) -> AlertPool:
        """Return the codec; the vocabulary and the vectors of its words are distilled into
        `folder`."""
        from lab.trm.alert_triage.vectors import distil, load_vectors

        distil(trade_words(), folder)
        return AlertPool(AlertCodec(Vocabulary.read(folder)), load_vectors(folder).numpy())

    def sample(
        self, pool: AlertPool, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Numbers, Numbers]:
        """Fresh alerts, with some words left out and some keys unknown."""
        source = random.Random(int(generator.integers(2**62)))
        drawn = AlertGenerator(families_of("train"), source)
        examples = [drawn.draw() for _ in range(count)]
        tokens, labels = encode(pool.codec, examples)
        swapped = np.argwhere((tokens[..., -WORD_PIECES] > 0) & (tokens[..., -WORD_PIECES + 1] == 0)
                              & (generator.random(tokens.shape[:2]) < WORD_SWAPPED))  # fmt: skip
        for row, place in swapped.tolist():
            near = pool.near(int(tokens[row, place, -WORD_PIECES]))
            tokens[row, place, -WORD_PIECES] = near[generator.integers(len(near))]
        tokens[..., 1] *= generator.random(tokens.shape[:2]) >= KEY_UNKNOWN
        kept = generator.random(tokens.shape[:2]) >= WORD_DROPPED
        tokens[..., 3:] *= kept[..., None]
        return tokens, labels

    def network(self, folder: Path) -> TinyRecursiveModel:
        """Return a network with initial weights and the vectors of `folder`."""
        from function.trm.alert_triage.network import AlertNetwork
        from lab.trm.alert_triage.vectors import load_vectors

        vectors = load_vectors(folder)
        model = AlertNetwork(self.config, *vectors.shape)
        model.reader.vectors.copy_(vectors)
        return model

    def loss(self, output: StepOutput, labels: Tensor, kind: Loss) -> tuple[Tensor, Tensor]:
        """Return the choice, and all pointers together, weigh the same."""
        from lab.trm.losses import cross_entropy, halting_loss

        right = (output.logits.argmax(-1) == labels).all(-1)
        choice = cross_entropy(output.logits[:, 0], labels[:, 0], kind)
        pointers = cross_entropy(output.logits[:, 1:], labels[:, 1:], kind)
        return choice + 8 * pointers + 0.5 * halting_loss(output, right), right

    def held_out(self, size: int, seed: int, training: AlertPool, folder: Path) -> list[AlertSet]:
        """Return one set of the families of `dev` or `test`, by seed."""
        codec = training.codec
        if seed == VALIDATION_SEED:
            return [alert_set(codec, "dev", DEV_EXAMPLES, seed)]
        honest = honest_alerts()
        return [
            alert_set(codec, "test", size, seed),
            AlertSet("honest", honest, *encode(codec, honest)),
        ]

    def settle(self, checkpoint: Checkpoint, examples: list[AlertSet], folder: Path) -> None:
        """Choose the confidence to act at: the lowest that keeps most dev alerts for which no
        function helps from getting one."""
        from function.trm.alert_triage.triage import AlertTriage, read_codec, write_act_above
        from function.trm.engine import Engine
        from function.trm.runner import runner_for

        engine = Engine(runner_for(checkpoint))
        triage = AlertTriage(
            engine, checkpoint.calibration, checkpoint.halt_above, read_codec(folder), 0.0
        )
        idle = [each for each in examples[0].examples if each.remedy.choice == "none"]
        answers = [triage.triage(each.alert, Deadline.after(60)) for each in idle]
        engine.close()
        wrong = [answer.confidence for answer in answers if answer.remedy.choice != "none"]
        rates = [(above, sum(each >= above for each in wrong) / len(idle)) for above in ACT_ABOVE]
        write_act_above(
            folder, next((above for above, rate in rates if rate <= LEFT), ACT_ABOVE[-1])
        )

    def describe(self, examples: AlertSet) -> tuple[str, str]:
        """Size of the set and where it is from."""
        heading = f"{examples.name}: {len(examples.examples):,} alerts"
        if examples.name == "honest":
            return heading, (
                "Written by hand in the manner of public rule sets, with their names and label "
                "sets; no training alert has one of the names, and nothing was chosen by it."
            )
        return heading, (
            "Whole families were held out: none of their names, wordings and texts is in training. "
            "An answer is exact when the choice and every parameter are right."
        )

    def search(
        self, examples: AlertSet, engine: Engine, calibration: PlattScaling, halt_above: float
    ) -> None:
        """There is no check that an alert's remedy is right."""


def encode(codec: AlertCodec, examples: Sequence[Example]) -> tuple[Numbers, Numbers]:
    """Return tokens [n, positions, features] and labels [n, positions]."""
    encoded = [codec.encode(each.alert) for each in examples]
    labels = [codec.target(*pair) for pair in
              zip(encoded, (each.remedy for each in examples), strict=True)]  # fmt: skip
    tokens: NDArray[np.int64] = np.stack([each.tokens for each in encoded])
    return tokens, np.stack(labels)


def alert_set(codec: AlertCodec, split: Split, size: int, seed: int) -> AlertSet:
    """Alerts of a split's families."""
    generator = AlertGenerator(families_of(split), random.Random(seed))
    examples = [generator.draw() for _ in range(size)]
    return AlertSet(split, examples, *encode(codec, examples))


def trade_words() -> Iterator[str]:
    """Yield words that deserve a vector of their own, though the encoder would cut them to
    pieces."""
    for family in all_families():
        if family.split == "train":
            for text in (*family.names, *family.texts, *family.reasons):
                yield from words_of(every_word(text))
    for group in ("stores", "proxies"):
        for product in words(group):
            yield from words_of(product)
    for parts in COMPOUNDS.values():
        yield from parts


CURRICULUM = AlertCurriculum(
    "alert-triage",
    NetworkConfig(
        seq_len=POSITIONS, vocab_size=TOKENS, hidden_size=128, num_heads=4, L_layers=2, H_cycles=2,
        L_cycles=1, expansion=2.0, pos_encodings="rope", features=FEATURES,
    ),
)  # fmt: skip
