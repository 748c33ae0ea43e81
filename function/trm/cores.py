"""Shares the samples of a batch out among the cores.

Samples do not depend on each other, so each core takes some of them through a whole cycle
by itself. Sharing each matrix product out instead makes the cores wait for one another
dozens of times a cycle, which costs a small network a fifth of its time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from function.torch_threads import compute_on
from function.trm.network import State, StepOutput, TinyRecursiveModel


class Cores:
    """Takes cycles; used by one thread at a time.

    On other devices than the CPU, and for fewer samples than there are cores, it is the network's
    own cycle, in which torch shares the products out.

    :param count: how many cores there are.
    """

    def __init__(self, model: TinyRecursiveModel, count: int) -> None:
        self._model = model
        self.count = count if model.inner.H_init.device.type == "cpu" else 1
        self._threads = ThreadPoolExecutor(self.count, "trm-core", compute_on, (1,))

    def advance(self, state: State, embedded: Tensor) -> tuple[State, StepOutput]:
        """Return the same as the network's own cycle, without gradients."""
        if self.count == 1 or embedded.shape[1] < self.count:
            return self._whole(state, embedded)
        shares = zip(
            state.answer.tensor_split(self.count, dim=1),
            state.latent.tensor_split(self.count, dim=1),
            embedded.tensor_split(self.count, dim=1),
            strict=True,
        )
        taken = [self._threads.submit(self._share, *share) for share in shares]
        states, outputs = zip(*(each.result() for each in taken), strict=True)
        return (
            State(*(torch.cat(parts, dim=1) for parts in zip(*states, strict=True))),
            StepOutput(*(torch.cat(parts) for parts in zip(*outputs, strict=True))),
        )

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    @torch.inference_mode()
    def _share(self, answer: Tensor, latent: Tensor, embedded: Tensor) -> tuple[State, StepOutput]:
        return self._whole(State(answer, latent), embedded)

    def _whole(self, state: State, embedded: Tensor) -> tuple[State, StepOutput]:
        return self._model.advance(state, embedded)
