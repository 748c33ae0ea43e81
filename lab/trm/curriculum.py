"""What training, judging and the model card ask of a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from function.deadline import Deadline
from function.trm.config import NetworkConfig

if TYPE_CHECKING:
    from torch import Tensor

    from function.trm.calibration import PlattScaling
    from function.trm.checkpoint import Checkpoint
    from function.trm.engine import Engine
    from function.trm.network import StepOutput, TinyRecursiveModel
    from lab.trm.losses import Loss

VALIDATION_SEED = 1_000_001
TEST_SEED = 2_000_003

Numbers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Story:
    """What a model card says about a task in words."""

    subject: str
    """What the network is for, to stand after "a model for"."""
    data: str
    licence: str
    limits: str


class ExampleSet(Protocol):
    """Examples that no training example is part of."""

    @property
    def name(self) -> str: ...

    @property
    def tokens(self) -> Numbers:
        """What the network is shown: [n, positions], or more axes where the task's network
        reads more than one number a position."""

    @property
    def labels(self) -> Numbers:
        """The right answers: [n, positions]."""


class Solved(Protocol):
    """What came of a verified search."""

    @property
    def solved(self) -> bool: ...

    @property
    def attempts(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Search:
    """Verified search over the examples of a set: `solve` takes tokens [positions]."""

    solve: Callable[[Numbers, Deadline], Solved]
    seconds: float
    """How long it may take for an example."""


class Curriculum(Protocol):
    """A task that a network is trained on, and the sets that it is judged on."""

    @property
    def name(self) -> str: ...

    @property
    def config(self) -> NetworkConfig: ...

    @property
    def story(self) -> Story: ...

    def pool(self, seed: int, folder: Path) -> Any:
        """Return what all training examples of this seed are made from; may be kept in `folder`."""

    def sample(
        self, pool: Any, count: int, progress: float, generator: np.random.Generator
    ) -> tuple[Numbers, Numbers]:
        """Fresh training examples when the fraction `progress` of training is done.

        Returns tokens and labels, shaped as those of an :class:`ExampleSet`.
        """

    def network(self, folder: Path) -> TinyRecursiveModel:
        """Return a network with initial weights; what it needs beside them may be kept in
        `folder`."""

    def loss(self, output: StepOutput, labels: Tensor, kind: Loss) -> tuple[Tensor, Tensor]:
        """Return the loss of a supervision step, and which answers [batch] are wholly right."""

    def held_out(self, size: int, seed: int, training: Any, folder: Path) -> Sequence[ExampleSet]:
        """Return sets of at most `size` examples drawn with `seed`, disjoint from `training`."""

    def settle(self, checkpoint: Checkpoint, examples: Any, folder: Path) -> None:
        """Write into `folder` what serving needs beside the weights and can be chosen only by
        validation sets, the checkpoint being as it will be shipped."""

    def describe(self, examples: Any) -> tuple[str, str]:
        """Return a heading for one of the held-out sets, and how it is known to be held out."""

    def search(
        self, examples: Any, engine: Engine, calibration: PlattScaling, halt_above: float
    ) -> Search | None:
        """Return how the answers of a set are searched for, where they can be checked."""
