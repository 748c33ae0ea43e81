"""Runs a network in torch: on an accelerator, or on the cores of the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch

from function.cpus import usable_cpus
from function.torch_threads import compute_on, seconds_to_multiply
from function.trm.attempt import Tokens
from function.trm.cores import Cores
from function.trm.errors import CheckpointError
from function.trm.network import State, TinyRecursiveModel
from function.trm.numpy_network import Floats

GAIN = 1.5
"""How many times as fast as in fp32 products must be in bf16: what lies between them is slower."""


class TorchRunner:
    """Holds the states of the samples on the device of the network.

    The network's parameters must not change any more. It computes on `threads` cores, 0 for all
    that torch may use.
    """

    def __init__(self, model: TinyRecursiveModel, threads: int = 0) -> None:
        self.model, self.config = model, model.config
        self._wanted = threads or min(torch.get_num_threads(), usable_cpus())
        self._cores = Cores(model, self._wanted)
        # In bf16 the calls cost one sample as much as its products.
        in_bf16 = model.inner.H_init.dtype is torch.bfloat16
        self.smallest = self._cores.count * (8 if in_bf16 else 1)
        self._device = model.inner.H_init.device
        with torch.inference_mode():
            self._state = model.initial_state(0)
            self._embedded = torch.empty_like(self._state.answer)

    def prepare(self) -> None:
        compute_on(self._wanted)

    @torch.inference_mode()
    def join(self, tokens: Tokens, identifiers: Tokens | None) -> None:
        known = None if identifiers is None else torch.from_numpy(identifiers).to(self._device)
        embedded = self.model.embed(torch.from_numpy(tokens).to(self._device), known)
        initial = self.model.initial_state(len(tokens))
        self._embedded = torch.cat((self._embedded, embedded), dim=1)
        self._state = State(
            torch.cat((self._state.answer, initial.answer), dim=1),
            torch.cat((self._state.latent, initial.latent), dim=1),
        )

    @torch.inference_mode()
    def advance(self, noise: Sequence[Floats | None]) -> tuple[Tokens, list[float]]:
        for place, drawn in enumerate(noise):
            if drawn is not None:
                self._state.latent[:, place] += torch.from_numpy(drawn).to(self._device)
        self._state, output = self._cores.advance(self._state, self._embedded)
        return output.logits.argmax(-1).cpu().numpy(), output.halt.tolist()

    @torch.inference_mode()
    def keep(self, places: Sequence[int]) -> None:
        kept = torch.tensor(places, dtype=torch.long, device=self._device)
        self._state = self._state.select(kept)
        self._embedded = self._embedded[:, kept]

    def close(self) -> None:
        self._cores.close()


@cache
def multiplies_faster_in_bf16() -> bool:
    """Return whether this CPU multiplies matrices of bf16 much faster than those of fp32."""
    fp32, bf16 = (
        seconds_to_multiply(kind, 256, 128, 512) for kind in (torch.float32, torch.bfloat16)
    )
    return fp32 > GAIN * bf16


def place_for(device: str) -> torch.device:
    """Return the device to compute on; `auto` is CUDA, then Apple's MPS, then the CPU.

    Raises CheckpointError when the device asked for is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return torch.device(next((name for name, is_there in there.items() if is_there), "cpu"))
    if not there.get(device, True):
        raise CheckpointError(f"DEVICE is {device}, but torch finds none here")
    return torch.device(device)
