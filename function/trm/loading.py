"""From a name to a network that is ready to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from function.deadline import Deadline
from function.trm.attempt import Sample
from function.trm.calibration import PlattScaling
from function.trm.checkpoint import load_checkpoint
from function.trm.config import NetworkConfig
from function.trm.engine import Engine
from function.trm.names import find_weights, shown_name
from function.trm.runner import Device, runner_for

WARM_SECONDS = 60.0


@dataclass(frozen=True, eq=False)
class Network:
    """A network behind an engine of its own; `file` holds its weights."""

    name: str
    engine: Engine
    calibration: PlattScaling
    halt_above: float
    file: Path

    @property
    def config(self) -> NetworkConfig:
        return self.engine.config

    @property
    def calibrated(self) -> bool:
        """Whether the checkpoint brought a calibration of its halting logit."""
        return self.calibration != PlattScaling()

    def warm(self) -> None:
        """Take one supervision step; raises what the network raises."""
        finished: SimpleQueue[Sample] = SimpleQueue()
        tokens = np.zeros(self.config.token_shape, dtype=np.int64)
        deadline = Deadline.after(WARM_SECONDS)
        self.engine.submit([Sample(tokens, deadline, finished, max_steps=1, identifier=0)])
        error = finished.get().error
        if error is not None:
            raise error


def open_network(
    name: str,
    halt_above: float | None = None,
    threads: int = 0,
    fields: Mapping[str, Any] | None = None,
    device: Device = "auto",
) -> Network:
    """Load the network that `name` means; close it with `network.engine.close()`.

    `name` is a shipped network, the path of a checkpoint, or `owner/name` on the hub. `halt_above`
    replaces the halting logit that the checkpoint's configuration holds, `fields` other fields of
    it; `threads` and `device` as for `runner_for`. Raises CheckpointError.
    """
    checkpoint = load_checkpoint(find_weights(name), fields=fields)
    threshold = checkpoint.halt_above if halt_above is None else halt_above
    engine = Engine(runner_for(checkpoint, threads, device))
    return Network(shown_name(name), engine, checkpoint.calibration, threshold, checkpoint.path)
