"""Low-rank adapters (Hu et al. 2021) on the projections of a Llama model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from lab.tuning.base import Base

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LoraLinear(nn.Module):
    """A frozen matrix W with a trained W + scale * up @ down."""

    def __init__(self, frozen: nn.Linear, rank: int, scale: float) -> None:
        super().__init__()
        self.frozen, self.scale = frozen, scale
        self.down = nn.Parameter(torch.empty(rank, frozen.in_features))
        self.up = nn.Parameter(torch.zeros(frozen.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        low = flat @ self.down.to(x.dtype).T
        out = torch.addmm(self.frozen(flat), low, self.up.to(x.dtype).T, alpha=self.scale)
        return out.view(*x.shape[:-1], -1)


def load_model(base: Base, dtype: torch.dtype) -> Any:
    """Return the model of a GGUF file with its weights in this type, none of them trained."""
    from transformers import LlamaForCausalLM

    model: Any = LlamaForCausalLM(base.configuration())
    missing, unexpected = model.load_state_dict(base.state(), strict=False)
    if unexpected or any(name != "lm_head.weight" for name in missing):
        raise ValueError(f"weights that do not fit: {missing} {unexpected}")
    model.tie_weights()
    model.to(dtype)
    model.requires_grad_(False)
    return model


def add_adapters(model: Any, rank: int, scale: float) -> dict[str, LoraLinear]:
    """Put an adapter on every projection; return them by the name of the projection."""
    found: dict[str, LoraLinear] = {}
    for number, layer in enumerate(model.model.layers):
        for part in ("self_attn", "mlp"):
            block = getattr(layer, part)
            for name in PROJECTIONS:
                if hasattr(block, name):
                    adapter = LoraLinear(getattr(block, name), rank, scale)
                    setattr(block, name, adapter)
                    found[f"layers.{number}.{part}.{name}"] = adapter
    return found


def adapter_state(adapters: dict[str, LoraLinear]) -> dict[str, Tensor]:
    """Return the trained matrices by name."""
    found: dict[str, Tensor] = {}
    for name, adapter in adapters.items():
        found[f"{name}.down"] = adapter.down.detach().clone()
        found[f"{name}.up"] = adapter.up.detach().clone()
    return found


def load_adapter_state(adapters: dict[str, LoraLinear], state: dict[str, Tensor]) -> None:
    """Set the trained matrices."""
    with torch.no_grad():
        for name, adapter in adapters.items():
            adapter.down.copy_(state[f"{name}.down"])
            adapter.up.copy_(state[f"{name}.up"])


def mean_adapter(
    one: dict[str, Tensor], other: dict[str, Tensor], share: float, rank: int
) -> dict[str, Tensor]:
    """Return the adapter of a rank that is nearest to the mean of what two adapters add.

    Of two runs from one checkpoint the mean keeps what each has learned (Wortsman et al. 2022).

    :param share: weight of the other adapter, 0 to 1.
    """
    found: dict[str, Tensor] = {}
    for name in (key.removesuffix(".down") for key in one if key.endswith(".down")):
        up = torch.cat([(1 - share) * one[f"{name}.up"], share * other[f"{name}.up"]], 1).float()
        down = torch.cat([one[f"{name}.down"], other[f"{name}.down"]]).float()
        # The product has a rank of two adapters: it is decomposed between two small triangles.
        left, upper = torch.linalg.qr(up)
        right, lower = torch.linalg.qr(down.T)
        u, values, v = torch.linalg.svd(upper @ lower.T)
        roots = values[:rank].sqrt()
        found[f"{name}.up"] = left @ u[:, :rank] * roots
        found[f"{name}.down"] = (roots[:, None] * v[:rank]) @ right.T
    return found


def export_adapter(state: dict[str, Tensor], scale: float, path: Path) -> None:
    """Write the trained matrices in fp16, with their scale in the file's metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: value.to(torch.float16).contiguous() for name, value in state.items()}
    save_file(halves, path, metadata={"scale": str(scale)})
