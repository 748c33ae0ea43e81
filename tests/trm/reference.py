"""The Tiny Recursive Model written from the equations of arXiv 2510.04871, in fp64, batch first.

It shares no code with the package: plain arrays, one sample after the other, names as in the paper.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def rms_norm(x: Array) -> Array:
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-5)


def swiglu(x: Array, gate_up: Array, down: Array) -> Array:
    inner = gate_up.shape[0] // 2
    gate, up = x @ gate_up[:inner].T, x @ gate_up[inner:].T
    return (gate / (1 + np.exp(-gate)) * up) @ down.T


class Reference:
    """Runs supervision steps for one sample; `weights` are the tensors of a state dict."""

    def __init__(self, weights: dict[str, Array], fields: dict[str, Any]) -> None:
        self.w = {name.removeprefix("inner."): value for name, value in weights.items()}
        self.fields = fields

    def attention(self, x: Array, layer: str) -> Array:
        width, heads = x.shape[1], self.fields["num_heads"]
        size = width // heads
        qkv = x @ self.w[f"{layer}.self_attn.qkv_proj.weight"].T
        out = np.zeros_like(x)
        for h in range(heads):
            q, k, v = (qkv[:, part * width + h * size :][:, :size] for part in range(3))
            if self.fields["pos_encodings"] == "rope":
                q, k = self.turn(q), self.turn(k)
            out[:, h * size : (h + 1) * size] = softmax(q @ k.T / np.sqrt(size)) @ v
        return out @ self.w[f"{layer}.self_attn.o_proj.weight"].T

    @staticmethod
    def turn(x: Array) -> Array:
        turned = np.empty_like(x)
        half = x.shape[1] // 2
        for position in range(x.shape[0]):
            for i in range(half):
                angle = position / 10000 ** (2 * i / x.shape[1])
                a, b = x[position, i], x[position, i + half]
                turned[position, i] = a * np.cos(angle) - b * np.sin(angle)
                turned[position, i + half] = b * np.cos(angle) + a * np.sin(angle)
        return turned

    def f(self, h: Array) -> Array:
        for i in range(self.fields["L_layers"]):
            layer = f"L_level.layers.{i}"
            if self.fields["mlp_t"]:
                t = h.T
                gate_up = self.w[f"{layer}.mlp_t.gate_up_proj.weight"]
                t = rms_norm(t + swiglu(t, gate_up, self.w[f"{layer}.mlp_t.down_proj.weight"]))
                h = t.T
            else:
                h = rms_norm(h + self.attention(h, layer))
            gate_up = self.w[f"{layer}.mlp.gate_up_proj.weight"]
            h = rms_norm(h + swiglu(h, gate_up, self.w[f"{layer}.mlp.down_proj.weight"]))
        return h

    def run(self, tokens: list[int], identifier: int, steps: int) -> list[tuple[Array, Array]]:
        """Return logits [tokens, vocabulary] and the two q logits after each supervision step."""
        width = self.fields["hidden_size"]
        x = self.w["embed_tokens.embedding_weight"][tokens]
        front = 0
        if self.fields["puzzle_emb_ndim"]:
            front = self.fields["puzzle_emb_len"]
            vector = np.zeros(front * width)
            vector[: self.fields["puzzle_emb_ndim"]] = self.w["puzzle_emb.weights"][identifier]
            x = np.vstack([vector.reshape(front, width), x])
        if self.fields["pos_encodings"] == "learned":
            x = (x + self.w["embed_pos.embedding_weight"]) / np.sqrt(2)
        x = np.sqrt(width) * x
        z_h = np.tile(self.w["H_init"], (len(x), 1))
        z_l = np.tile(self.w["L_init"], (len(x), 1))
        seen = []
        for _ in range(steps):
            for _ in range(self.fields["H_cycles"]):
                for _ in range(self.fields["L_cycles"]):
                    z_l = self.f(z_l + z_h + x)
                z_h = self.f(z_h + z_l)
            q = self.w["q_head.weight"] @ z_h[0] + self.w["q_head.bias"]
            seen.append((z_h[front:] @ self.w["lm_head.weight"].T, q))
        return seen
