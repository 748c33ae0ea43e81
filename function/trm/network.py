"""The Tiny Recursive Model: one small network applied over and over to two states.

Source: "Less is More: Recursive Reasoning with Tiny Networks" (arXiv 2510.04871). Parameter names
follow the layout of the official checkpoints, so a state dict travels both ways unchanged.

Inside the network a state has the shape [positions, batch, width], not the paper's
[batch, positions, width]: both the mixing over positions and the mixing over channels are then
one plain matrix product each, without a transposed copy in between.

What needs no gradients is computed in place: the blocks overwrite the tensor they are given, the
sums are part of the matrix products, and what lies between two of them has one room for all. Page
faults of fresh tensors and the calls themselves cost a small network as much as half its products.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from function.trm.config import NetworkConfig


class State(NamedTuple):
    """What one supervision step hands to the next: both [positions, batch, width], fp32."""

    answer: Tensor
    latent: Tensor

    def detached(self) -> State:
        return State(self.answer.detach(), self.latent.detach())

    def select(self, samples: Tensor) -> State:
        """Return the states of the samples with these indices [k], in that order."""
        return State(self.answer[:, samples], self.latent[:, samples])


class StepOutput(NamedTuple):
    """Logits [batch, tokens, vocabulary] and the two halting logits [batch] of one step."""

    logits: Tensor
    halt: Tensor
    proceed: Tensor


def norm(hidden: Tensor, dim: int, epsilon: float) -> Tensor:
    """Divide by the root mean square over `dim`; there is no learned weight."""
    return hidden * torch.rsqrt(hidden.square().mean(dim, keepdim=True) + epsilon)


def norm_in_place(hidden: Tensor, dim: int, epsilon: float, squares: Tensor) -> None:
    """Normalise in place; `squares`, of the same shape, is overwritten."""
    torch.square(hidden, out=squares)
    hidden.mul_(squares.mean(dim, keepdim=True).add_(epsilon).rsqrt_())


class Room(NamedTuple):
    """What is written between two matrix products: three views of the same memory."""

    over_positions: Tensor
    """[2 * inner, batch * width]; empty without `mlp_t`."""
    over_channels: Tensor
    """[positions * batch, 2 * inner]"""
    squares: Tensor
    """[positions, batch, width]"""


def truncated_normal(*shape: int, std: float) -> Tensor:
    """Draw from a normal distribution cut at two standard deviations."""
    return nn.init.trunc_normal_(torch.empty(*shape), std=std, a=-2 * std, b=2 * std)


class Linear(nn.Module):
    """A matrix [outputs, inputs], with a bias only where asked."""

    def __init__(self, inputs: int, outputs: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(truncated_normal(outputs, inputs, std=inputs**-0.5))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.weight, self.bias)


class Embedding(nn.Module):
    """A table [entries, width] read by index."""

    def __init__(self, entries: int, width: int, std: float) -> None:
        super().__init__()
        self.embedding_weight = nn.Parameter(truncated_normal(entries, width, std=std))

    def forward(self, indices: Tensor) -> Tensor:
        return F.embedding(indices, self.embedding_weight)


class PuzzleEmbedding(nn.Module):
    """One learned vector per puzzle identifier: [identifiers, ndim], zero at the start."""

    def __init__(self, identifiers: int, ndim: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(identifiers, ndim))

    def forward(self, identifiers: Tensor) -> Tensor:
        return F.embedding(identifiers, self.weights)


class SwiGLU(nn.Module):
    """down(silu(gate) * up), over the last axis, or over the first one (positions)."""

    def __init__(self, size: int, inner: int, over_positions: bool) -> None:
        super().__init__()
        self.over_positions = over_positions
        self.gate_up_proj = Linear(size, 2 * inner)
        self.down_proj = Linear(inner, size)
        # At hand: looking them up in the modules costs a small network 6 % of its time.
        self.matrices = (self.gate_up_proj.weight, self.down_proj.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        if not self.over_positions:
            gate, up = self.gate_up_proj(hidden).chunk(2, dim=-1)
            return cast(Tensor, self.down_proj(F.silu(gate) * up))
        gate, up = (self.gate_up_proj.weight @ hidden.flatten(1)).chunk(2, dim=0)
        return (self.down_proj.weight @ (F.silu(gate) * up)).view_as(hidden)

    def add_to(self, hidden: Tensor, room: Room) -> None:
        """Add the output to its input, in place."""
        widen, narrow = self.matrices
        if self.over_positions:
            matrix = hidden.view(hidden.shape[0], -1)
            gate, up = torch.mm(widen, matrix, out=room.over_positions).chunk(2, dim=0)
            matrix.addmm_(narrow, F.silu(gate, inplace=True).mul_(up))
        else:
            matrix = hidden.view(-1, hidden.shape[-1])
            gate, up = torch.mm(matrix, widen.t(), out=room.over_channels).chunk(2, dim=1)
            matrix.addmm_(F.silu(gate, inplace=True).mul_(up), narrow.t())


class Attention(nn.Module):
    """Full (not causal) self-attention over positions, with rotary positions when given."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv_proj = Linear(width, 3 * width)
        self.o_proj = Linear(width, width)

    def forward(self, hidden: Tensor, rotation: tuple[Tensor, Tensor] | None) -> Tensor:
        positions, batch, width = hidden.shape
        qkv = self.qkv_proj(hidden).view(positions, batch, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 1, 3, 0, 4)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return cast(Tensor, self.o_proj(mixed.permute(2, 0, 1, 3).reshape(hidden.shape)))


def rotate(heads: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Half-split rotary embedding of [batch, heads, positions, size]."""
    cosine, sine = rotation
    low, high = heads.chunk(2, dim=-1)
    return heads * cosine + torch.cat((-high, low), dim=-1) * sine


def rotary_tables(positions: int, size: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines [positions, size] for heads of `size` channels."""
    frequencies = theta ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    angles = torch.outer(torch.arange(positions, dtype=torch.float32), frequencies)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


class Block(nn.Module):
    """Mix positions, then channels, each followed by the norm of the sum (post-norm)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.epsilon = config.rms_norm_eps
        if config.mlp_t:
            positions = config.positions
            self.mlp_t = SwiGLU(positions, config.inner_size(positions), over_positions=True)
        else:
            self.self_attn = Attention(config.hidden_size, config.num_heads)
        self.mixes_by_mlp = config.mlp_t
        width = config.hidden_size
        self.mlp = SwiGLU(width, config.inner_size(width), over_positions=False)

    def forward(self, hidden: Tensor, rotation: tuple[Tensor, Tensor] | None) -> Tensor:
        if self.mixes_by_mlp:
            # The official code norms while transposed, so this norm runs over the positions.
            hidden = norm(hidden + self.mlp_t(hidden), 0, self.epsilon)
        else:
            hidden = norm(hidden + self.self_attn(hidden, rotation), -1, self.epsilon)
        return norm(hidden + self.mlp(hidden), -1, self.epsilon)

    def overwrite(self, hidden: Tensor, rotation: tuple[Tensor, Tensor] | None, room: Room) -> None:
        """Compute the same in place, without gradients; `hidden` is contiguous."""
        if self.mixes_by_mlp:
            self.mlp_t.add_to(hidden, room)
            norm_in_place(hidden, 0, self.epsilon, room.squares)
        else:
            hidden.add_(self.self_attn(hidden, rotation))
            norm_in_place(hidden, -1, self.epsilon, room.squares)
        self.mlp.add_to(hidden, room)
        norm_in_place(hidden, -1, self.epsilon, room.squares)


class Blocks(nn.Module):
    """The network f: its blocks, one after the other."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Block(config) for _ in range(config.L_layers))
        mixing = 2 * config.inner_size(config.positions) if config.mlp_t else 0
        self.wide = mixing, 2 * config.inner_size(config.hidden_size)

    def forward(self, hidden: Tensor, rotation: tuple[Tensor, Tensor] | None) -> Tensor:
        for layer in self.layers:
            hidden = layer(hidden, rotation)
        return hidden

    def room_for(self, hidden: Tensor) -> Room:
        """Return what :meth:`overwrite` needs for tensors of this shape."""
        positions, batch, width = hidden.shape
        shapes = [
            (self.wide[0], batch * width),
            (positions * batch, self.wide[1]),
            (positions, batch, width),
        ]
        memory = hidden.new_empty(max(math.prod(shape) for shape in shapes))
        return Room(*(memory[: math.prod(shape)].view(shape) for shape in shapes))

    def overwrite(
        self, hidden: Tensor, rotation: tuple[Tensor, Tensor] | None, room: Room
    ) -> Tensor:
        """Return the same in place, without gradients; returns `hidden`."""
        for layer in self.layers:
            cast(Block, layer).overwrite(hidden, rotation, room)
        return hidden


class Inner(nn.Module):
    """Embeddings, f, the heads and the initial states, under their official names."""

    H_init: Tensor
    L_init: Tensor
    cosine: Tensor
    sine: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.embed_tokens = Embedding(config.vocab_size, width, std=width**-0.5)
        self.lm_head = Linear(width, config.vocab_size)
        self.q_head = Linear(width, 2, bias=True)
        # A network that starts by expecting to be wrong is not halted before it has learned.
        nn.init.zeros_(self.q_head.weight)
        nn.init.constant_(cast(Tensor, self.q_head.bias), -5.0)
        if config.puzzle_emb_ndim:
            self.puzzle_emb = PuzzleEmbedding(config.num_puzzle_identifiers, config.puzzle_emb_ndim)
        if config.pos_encodings == "learned":
            self.embed_pos = Embedding(config.positions, width, std=width**-0.5)
        self.L_level = Blocks(config)
        self.register_buffer("H_init", truncated_normal(width, std=1.0))
        self.register_buffer("L_init", truncated_normal(width, std=1.0))
        if config.pos_encodings == "rope" and not config.mlp_t:
            cosine, sine = rotary_tables(
                config.positions, width // config.num_heads, config.rope_theta
            )
            self.register_buffer("cosine", cosine, persistent=False)
            self.register_buffer("sine", sine, persistent=False)


class TinyRecursiveModel(nn.Module):
    """The whole model; computes in fp32 on whatever device its parameters are on."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.inner = Inner(config)

    def embed(self, tokens: Tensor, identifiers: Tensor | None = None) -> Tensor:
        """Return tokens [batch, tokens] and puzzle identifiers [batch] to x [positions, batch,
        width]."""
        config, inner = self.config, self.inner
        embedded: Tensor = inner.embed_tokens(tokens)
        if config.puzzle_emb_ndim:
            if identifiers is None:
                raise ValueError("this network needs a puzzle identifier for every sample")
            vectors = inner.puzzle_emb(identifiers)
            padding = config.puzzle_positions * config.hidden_size - config.puzzle_emb_ndim
            front = F.pad(vectors, (0, padding))
            front = front.view(-1, config.puzzle_positions, config.hidden_size)
            embedded = torch.cat((front, embedded), dim=1)
        if config.pos_encodings == "learned":
            embedded = math.sqrt(0.5) * (embedded + inner.embed_pos.embedding_weight)
        return (math.sqrt(config.hidden_size) * embedded).transpose(0, 1).contiguous()

    def initial_state(self, batch: int) -> State:
        """Return the stored initial vectors, broadcast over positions and samples."""
        shape = (self.config.positions, batch, self.config.hidden_size)
        return State(self.inner.H_init.expand(shape), self.inner.L_init.expand(shape))

    def cycle(self, state: State, embedded: Tensor) -> State:
        """`L_cycles` updates of the latent, then one of the answer."""
        rotation = None
        if self.config.pos_encodings == "rope" and not self.config.mlp_t:
            rotation = (self.inner.cosine, self.inner.sine)
        answer, latent = state
        given = answer + embedded
        blocks = self.inner.L_level
        if torch.is_grad_enabled():
            for _ in range(self.config.L_cycles):
                latent = blocks(latent + given, rotation)
            return State(blocks(answer + latent, rotation), latent)
        room = blocks.room_for(embedded)
        for _ in range(self.config.L_cycles):
            latent = blocks.overwrite(latent + given, rotation, room)
        return State(blocks.overwrite(answer + latent, rotation, room), latent)

    def advance(self, state: State, embedded: Tensor) -> tuple[State, StepOutput]:
        """Take one cycle and read its answer; a supervision step is `H_cycles` of them."""
        state = self.cycle(state, embedded)
        return state, self.read(state)

    def forward(self, state: State, embedded: Tensor) -> tuple[State, StepOutput]:
        """Return one supervision step: only its last cycle keeps gradients."""
        with torch.no_grad():
            for _ in range(self.config.H_cycles - 1):
                state = self.cycle(state, embedded)
        return self.advance(state, embedded)

    def read(self, state: State) -> StepOutput:
        """Decode a state; the positions of the puzzle embedding are dropped from the logits."""
        tokens = state.answer[self.config.puzzle_positions :]
        halting = self.inner.q_head(state.answer[0])
        return StepOutput(
            self.inner.lm_head(tokens).transpose(0, 1), halting[..., 0], halting[..., 1]
        )
