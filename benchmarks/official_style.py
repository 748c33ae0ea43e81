"""The network as one writes it plainly in torch: batch first, one sample set, no halting.

It takes our tensors and stands for official-style evaluation in comparisons of speed.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from function.trm.config import NetworkConfig


def norm(x: Tensor) -> Tensor:
    """Return `x` with a root mean square of 1 (RMSNorm)."""
    x = x.to(torch.float32)
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)


def swiglu(x: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
    """Apply the gated feed-forward layer."""
    gate, up = F.linear(x, gate_up).chunk(2, dim=-1)
    return F.linear(F.silu(gate) * up, down)


class OfficialStyle:
    """States are [batch, positions, width]; only networks with `mlp_t` and no puzzle vectors."""

    def __init__(self, weights: dict[str, Tensor], config: NetworkConfig) -> None:
        self.w = {name.removeprefix("inner."): value for name, value in weights.items()}
        self.config = config

    def f(self, h: Tensor) -> Tensor:
        for i in range(self.config.L_layers):
            w = {
                name: self.w[f"L_level.layers.{i}.{name}.weight"]
                for name in (
                    "mlp_t.gate_up_proj",
                    "mlp_t.down_proj",
                    "mlp.gate_up_proj",
                    "mlp.down_proj",
                )
            }
            t = h.transpose(1, 2)
            t = norm(t + swiglu(t, w["mlp_t.gate_up_proj"], w["mlp_t.down_proj"]))
            h = t.transpose(1, 2)
            h = norm(h + swiglu(h, w["mlp.gate_up_proj"], w["mlp.down_proj"]))
        return h

    def begin(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x, z_H and z_L of tokens [batch, positions]."""
        table = self.w["embed_tokens.embedding_weight"]
        x = self.config.hidden_size**0.5 * F.embedding(tokens, table)
        return x, self.w["H_init"].expand_as(x), self.w["L_init"].expand_as(x)

    def step(self, x: Tensor, z_h: Tensor, z_l: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """z_H, z_L and the logits [batch, positions, vocabulary] after a supervision step."""
        for _ in range(self.config.H_cycles):
            for _ in range(self.config.L_cycles):
                z_l = self.f(z_l + z_h + x)
            z_h = self.f(z_h + z_l)
        return z_h, z_l, F.linear(z_h, self.w["lm_head.weight"])
