"""The recursion of the grid networks: two states, a small network f, deep supervision.

A grid network has no size of its own: f is built of operations that fit any board. A supervision
step is `cycles` times: `updates` times latent <- f(latent + answer + x), then answer <- f(answer +
latent) (arXiv 2510.04871); only the last cycle keeps gradients.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class GridState(NamedTuple):
    """What one supervision step hands to the next: both [batch, ..., channels]."""

    answer: Tensor
    latent: Tensor

    def detached(self) -> GridState:
        return GridState(self.answer.detach(), self.latent.detach())


class GridOutput(NamedTuple):
    """Logits [batch, ...] of a step and the logit [batch] that the whole answer is right."""

    logits: Tensor
    halt: Tensor


class RecursiveNetwork(nn.Module):
    """The recursion around `layers`; a subclass embeds its inputs and reads its answers."""

    def __init__(self, channels: int, layers: list[nn.Module], cycles: int, updates: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.cycles, self.updates = cycles, updates
        self.answer_init = nn.Parameter(torch.randn(channels), requires_grad=False)
        self.latent_init = nn.Parameter(torch.randn(channels), requires_grad=False)

    def embed(self, board: Tensor) -> Tensor:
        """Return x [batch, ..., channels] of a board as its task encodes it."""
        raise NotImplementedError

    def read(self, answer: Tensor) -> GridOutput:
        """Decode the state `answer` [batch, ..., channels]."""
        raise NotImplementedError

    def initial_state(self, embedded: Tensor) -> GridState:
        """Return the stored initial vectors, broadcast to the shape of `embedded`."""
        return GridState(
            self.answer_init.expand(embedded.shape).contiguous(),
            self.latent_init.expand(embedded.shape).contiguous(),
        )

    def apply_layers(self, hidden: Tensor) -> Tensor:
        for layer in self.layers:
            hidden = layer(hidden)
        return hidden

    def cycle(self, state: GridState, embedded: Tensor) -> GridState:
        """Run `updates` updates of the latent state, then one of the answer."""
        answer, latent = state
        given = answer + embedded
        for _ in range(self.updates):
            latent = self.apply_layers(latent + given)
        return GridState(self.apply_layers(answer + latent), latent)

    def forward(self, state: GridState, embedded: Tensor) -> tuple[GridState, GridOutput]:
        """Run one supervision step."""
        with torch.no_grad():
            for _ in range(self.cycles - 1):
                state = self.cycle(state, embedded)
        state = self.cycle(state, embedded)
        return state, self.read(state.answer)


def norm(hidden: Tensor) -> Tensor:
    """Divide the channels (last axis) by their root mean square."""
    return hidden * torch.rsqrt(hidden.square().mean(-1, keepdim=True) + 1e-5)
