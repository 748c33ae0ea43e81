"""The Tiny Recursive Model in numpy, for inference without torch.

The mathematics is that of :mod:`function.trm.network`, which training and accelerators use: states
are [positions, batch, width], so that mixing over positions and over channels is one matrix product
each. Every step writes into the same scratch memory, because fresh pages cost a small network as
much as half of its products.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from function.trm.config import NetworkConfig

Floats = NDArray[Any]
"""Arrays of one floating point type: fp32, or fp64 in comparisons."""
Tensors = Mapping[str, Floats]
SCORES, PART = 1 << 20, 1 << 15
"""Attention scores, and elements of a SwiGLU, computed at once: more do not stay in the cache."""


class State(NamedTuple):
    """What a cycle hands to the next: both [positions, batch, width]."""

    answer: Floats
    latent: Floats


class StepOutput(NamedTuple):
    """Logits [batch, tokens, vocabulary] and the two halting logits [batch] after a cycle."""

    logits: Floats
    halt: Floats
    proceed: Floats


class Scratch:
    """Arrays that are overwritten in every layer; for one thread at a time."""

    def __init__(self) -> None:
        self._memory: dict[str, Floats] = {}

    def take(self, name: str, like: Floats, *shape: int) -> Floats:
        """Return an array of this shape and the type of `like`; its content is undefined."""
        size = math.prod(shape)
        held = self._memory.get(name)
        if held is None or held.size < size or held.dtype != like.dtype:
            held = self._memory[name] = np.empty(size, like.dtype)
        return held[:size].reshape(shape)


class NumpyNetwork:
    """A network that only computes; `tensors` have the names of the official checkpoints."""

    def __init__(self, config: NetworkConfig, tensors: Tensors) -> None:
        self.config = config
        inner = {
            name.removeprefix("inner."): np.ascontiguousarray(tensor)
            for name, tensor in tensors.items()
            if name.startswith("inner.")
        }
        self._inner = inner
        self._layers = [_layer(inner, f"L_level.layers.{i}.") for i in range(config.L_layers)]
        self._rotation: tuple[Floats, Floats] | None = None
        if config.pos_encodings == "rope" and not config.mlp_t:
            size = config.hidden_size // config.num_heads
            cosine, sine = rotary_tables(config.positions, size, config.rope_theta)
            kind = inner["H_init"].dtype
            self._rotation = cosine.astype(kind), sine.astype(kind)

    def embed(self, tokens: NDArray[np.int64], identifiers: NDArray[np.int64] | None) -> Floats:
        """Tokens [batch, tokens] and puzzle identifiers [batch] to x [positions, batch, width].

        :raises IndexError: a token or an identifier is not in its table.
        """
        config, inner = self.config, self._inner
        embedded = take(inner["embed_tokens.embedding_weight"], tokens)
        if config.puzzle_emb_ndim:
            if identifiers is None:
                raise ValueError("this network needs a puzzle identifier for every sample")
            vectors = take(inner["puzzle_emb.weights"], identifiers)
            padding = config.puzzle_positions * config.hidden_size - config.puzzle_emb_ndim
            front = np.pad(vectors, ((0, 0), (0, padding)))
            front = front.reshape(-1, config.puzzle_positions, config.hidden_size)
            embedded = np.concatenate((front, embedded), axis=1)
        if config.pos_encodings == "learned":
            embedded = math.sqrt(0.5) * (embedded + inner["embed_pos.embedding_weight"])
        scaled = math.sqrt(config.hidden_size) * embedded
        return np.ascontiguousarray(scaled.swapaxes(0, 1))

    def initial_state(self, batch: int) -> State:
        """Return the stored initial vectors, broadcast over positions and samples."""
        shape = (self.config.positions, batch, self.config.hidden_size)
        return State(*(np.broadcast_to(self._inner[name], shape) for name in ("H_init", "L_init")))

    def advance(
        self, state: State, embedded: Floats, scratch: Scratch | None = None
    ) -> tuple[State, StepOutput]:
        """Take one cycle and read its answer; a supervision step is `H_cycles` of them.

        The given state is not changed.
        """
        scratch = scratch or Scratch()
        answer, latent = (np.array(each, order="C") for each in state)
        given = np.add(answer, embedded, out=scratch.take("given", answer, *answer.shape))
        for _ in range(self.config.L_cycles):
            latent += given
            self._apply(latent, scratch)
        answer += latent
        self._apply(answer, scratch)
        return State(answer, latent), self.read(answer)

    def read(self, answer: Floats) -> StepOutput:
        """Decode an answer state; the positions of the puzzle embedding have no logits."""
        tokens = answer[self.config.puzzle_positions :]
        halting = answer[0] @ self._inner["q_head.weight"].T + self._inner["q_head.bias"]
        logits = tokens @ self._inner["lm_head.weight"].T
        return StepOutput(logits.swapaxes(0, 1), halting[..., 0], halting[..., 1])

    def _apply(self, hidden: Floats, scratch: Scratch) -> None:
        """Mix positions, then channels, each followed by the norm of the sum, in place."""
        epsilon = self.config.rms_norm_eps
        for layer in self._layers:
            if self.config.mlp_t:
                self._mix_positions(layer, hidden, scratch)
                # The official code norms while transposed, so this norm runs over the positions.
                squares = np.einsum("pbw,pbw->bw", hidden, hidden) / hidden.dtype.type(len(hidden))
                hidden *= 1 / np.sqrt(squares + hidden.dtype.type(epsilon))
            else:
                self._attend(layer, hidden, scratch)
                norm_channels(hidden, epsilon)
            self._mix_channels(layer, hidden, scratch)
            norm_channels(hidden, epsilon)

    def _mix_positions(self, layer: Tensors, hidden: Floats, scratch: Scratch) -> None:
        matrix = hidden.reshape(len(hidden), -1)
        widen, narrow = layer["mlp_t.gate_up_proj"], layer["mlp_t.down_proj"]
        wide = scratch.take("wide", hidden, len(widen), matrix.shape[1])
        np.matmul(widen, matrix, out=wide)
        half = len(widen) // 2
        gated = halved_swiglu(wide[:half], wide[half:], scratch)
        matrix += np.matmul(narrow, gated, out=scratch.take("narrow", hidden, *matrix.shape))

    def _mix_channels(self, layer: Tensors, hidden: Floats, scratch: Scratch) -> None:
        matrix = hidden.reshape(-1, hidden.shape[-1])
        widen, narrow = layer["mlp.gate_up_proj"], layer["mlp.down_proj"]
        # Two products, so that gate and up lie in memory without gaps.
        wide = scratch.take("wide", hidden, 2, len(matrix), widen.shape[2])
        np.matmul(matrix, widen[0], out=wide[0])
        np.matmul(matrix, widen[1], out=wide[1])
        gated = halved_swiglu(wide[0], wide[1], scratch)
        matrix += np.matmul(gated, narrow, out=scratch.take("narrow", hidden, *matrix.shape))

    def _attend(self, layer: Tensors, hidden: Floats, scratch: Scratch) -> None:
        """Add full self-attention over the positions."""
        positions, batch, width = hidden.shape
        heads, size = self.config.num_heads, width // self.config.num_heads
        matrix = hidden.reshape(-1, width)
        mixing = layer["self_attn.qkv_proj"]
        flat = scratch.take("wide", hidden, len(matrix), len(mixing))
        np.matmul(matrix, mixing.T, out=flat)
        # [3, batch, heads, positions, size]
        qkv = flat.reshape(positions, batch, 3, heads, size).transpose(2, 1, 3, 0, 4)
        mixed = scratch.take("mixed", hidden, positions, batch, heads, size)
        together = max(1, SCORES // (heads * positions * positions))
        for start in range(0, batch, together):
            query, key, value = qkv[:, start : start + together]
            if self._rotation is not None:
                query, key = rotate(query, self._rotation), rotate(key, self._rotation)
            scores = (query * hidden.dtype.type(size**-0.5)) @ key.swapaxes(-1, -2)
            scores -= scores.max(-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(-1, keepdims=True)
            mixed[:, start : start + together] = (scores @ value).transpose(2, 0, 1, 3)
        matrix += np.matmul(
            mixed.reshape(matrix.shape),
            layer["self_attn.o_proj"].T,
            out=scratch.take("narrow", hidden, *matrix.shape),
        )


def _layer(inner: Tensors, prefix: str) -> dict[str, Floats]:
    """Return the matrices of a layer by their names, laid out as its products read them.

    The rows of a gate are halved, see :func:`halved_swiglu`. Matrices over the channels are
    transposed to [inputs, outputs], gate and up apart: small products take a tenth less time.
    """
    matrices = {}
    for name, tensor in inner.items():
        if not name.startswith(prefix):
            continue
        short = name.removeprefix(prefix).removesuffix(".weight")
        if short.endswith("gate_up_proj"):
            tensor = tensor.copy()
            tensor[: len(tensor) // 2] /= 2
        if short == "mlp.gate_up_proj":
            tensor = tensor.reshape(2, -1, tensor.shape[1]).swapaxes(1, 2)
        elif short == "mlp.down_proj":
            tensor = tensor.T
        matrices[short] = np.ascontiguousarray(tensor)
    return matrices


def take(table: Floats, indices: NDArray[np.int64]) -> Floats:
    """Return rows of a table. Raises IndexError for negative indices, too."""
    if indices.size and indices.min() < 0:
        raise IndexError(f"index {indices.min()} is not in a table of {len(table)}")
    rows: Floats = table[indices]
    return rows


def halved_swiglu(gate: Floats, up: Floats, scratch: Scratch) -> Floats:
    """Return silu(2 * gate) * up in the memory of `gate`.

    silu(2x) is x + x * tanh(x): an exponential and a division less. The passes over the memory go
    in parts that stay in the cache.
    """
    flat_gate, flat_up = gate.reshape(-1), up.reshape(-1)
    rising = scratch.take("rising", gate, min(PART, gate.size))
    for start in range(0, gate.size, PART):
        part = flat_gate[start : start + PART]
        slope = np.tanh(part, out=rising[: part.size])
        slope += 1
        part *= slope
        part *= flat_up[start : start + PART]
    return gate


def norm_channels(hidden: Floats, epsilon: float) -> None:
    """Divide the channels by their root mean square, in place."""
    squares = np.vecdot(hidden, hidden)[..., None]
    squares /= hidden.dtype.type(hidden.shape[-1])
    squares += hidden.dtype.type(epsilon)
    hidden *= 1 / np.sqrt(squares)


def rotate(heads: Floats, rotation: tuple[Floats, Floats]) -> Floats:
    """Half-split rotary embedding of [..., positions, size]."""
    cosine, sine = rotation
    half = heads.shape[-1] // 2
    turned = heads * cosine
    turned[..., :half] -= heads[..., half:] * sine[:, :half]
    turned[..., half:] += heads[..., :half] * sine[:, half:]
    return turned


def rotary_tables(positions: int, size: int, theta: float) -> tuple[Floats, Floats]:
    """Cosines and sines [positions, size] for heads of `size` channels, in fp32."""
    exponents = np.arange(0, size, 2, dtype=np.float32) / np.float32(size)
    # In fp64 and rounded: torch's own powers differ from numpy's in the last place.
    frequencies = (theta ** -exponents.astype(np.float64)).astype(np.float32)
    angles = np.outer(np.arange(positions, dtype=np.float32), frequencies)
    angles = np.concatenate((angles, angles), axis=-1)
    return np.cos(angles), np.sin(angles)
