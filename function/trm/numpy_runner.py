"""Runs a network in numpy, on several cores."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from function.cpus import usable_cpus
from function.trm.attempt import Tokens
from function.trm.blas_threads import compute_on_one_thread
from function.trm.numpy_network import Floats, NumpyNetwork, Scratch, State, StepOutput

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


class NumpyRunner:
    """Holds the states of the samples; each core takes some of them through a whole cycle.

    Sharing out each matrix product instead makes the cores wait for one another dozens of times a
    cycle. A single share is computed on the calling thread.
    """

    def __init__(self, network: NumpyNetwork, threads: int = 0) -> None:
        self._network = network
        self.config = network.config
        self.cores = self.smallest = threads or usable_cpus()
        self._scratch = [Scratch() for _ in range(self.cores)]
        self._state = network.initial_state(0)
        self._embedded = np.empty_like(self._state.answer)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        # A process that answers one puzzle needs neither the threads nor their import.
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self.cores, "trm-core")

    def prepare(self) -> None:
        compute_on_one_thread()

    def join(self, tokens: Tokens, identifiers: Tokens | None) -> None:
        embedded = self._network.embed(tokens, identifiers)
        initial = self._network.initial_state(len(tokens))
        self._embedded = np.concatenate((self._embedded, embedded), axis=1)
        self._state = State(
            *(np.concatenate(parts, axis=1) for parts in zip(self._state, initial, strict=True))
        )

    def advance(self, noise: Sequence[Floats | None]) -> tuple[Tokens, list[float]]:
        for place, drawn in enumerate(noise):
            if drawn is not None:
                self._state.latent[:, place] += drawn
        samples = self._embedded.shape[1]
        if min(self.cores, samples) == 1:
            self._state, output = self._share(slice(None), self._scratch[0])
            return output.logits.argmax(-1), output.halt.tolist()
        bounds = np.linspace(0, samples, min(self.cores, samples) + 1).astype(int)
        taken = [
            self._threads.submit(self._share, slice(start, end), self._scratch[core])
            for core, (start, end) in enumerate(pairwise(bounds))
        ]
        states, outputs = zip(*(each.result() for each in taken), strict=True)
        self._state = State(*(np.concatenate(p, axis=1) for p in zip(*states, strict=True)))
        output = StepOutput(*(np.concatenate(parts) for parts in zip(*outputs, strict=True)))
        return output.logits.argmax(-1), output.halt.tolist()

    def keep(self, places: Sequence[int]) -> None:
        kept = list(places)
        self._state = State(*(each[:, kept] for each in self._state))
        self._embedded = self._embedded[:, kept]

    def close(self) -> None:
        if "_threads" in vars(self):
            self._threads.shutdown()

    def _share(self, samples: slice, scratch: Scratch) -> tuple[State, StepOutput]:
        state = State(*(each[:, samples] for each in self._state))
        return self._network.advance(state, self._embedded[:, samples], scratch)
