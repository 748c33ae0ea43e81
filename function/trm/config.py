"""The sizes and switches of a Tiny Recursive Model, in the words of the official config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from function.trm.errors import CheckpointError

PositionEncoding = Literal["rope", "learned", "none"]

LIMITS: dict[str, tuple[float, float]] = {
    "seq_len": (1, 16_384),
    "vocab_size": (1, 1 << 20),
    "hidden_size": (1, 1 << 16),
    "num_heads": (1, 1 << 10),
    "L_layers": (1, 128),
    "H_cycles": (1, 128),
    "L_cycles": (1, 128),
    "expansion": (1e-3, 256),
    "puzzle_emb_ndim": (0, 1 << 20),
    "puzzle_emb_len": (0, 16_384),
    "num_puzzle_identifiers": (1, 1 << 24),
    "rms_norm_eps": (0, 1),
    "rope_theta": (1e-6, 1e12),
    "halt_max_steps": (1, 65_536),
    "halt_exploration_prob": (0, 1),
    "features": (0, 1 << 12),
}
"""Least and most of each size, far above any known network: a file may not have a network built
that takes all memory, or whose cycles never end."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The fields of the official `arch` section that decide what the network computes.

    Sizes count tokens, channels and identifiers; `expansion` is the ratio of a SwiGLU's inner size
    to its outer one before the factor 2/3. Raises CheckpointError when fields exclude each other.
    """

    seq_len: int
    vocab_size: int
    hidden_size: int
    num_heads: int = 8
    L_layers: int = 2
    H_cycles: int = 3
    L_cycles: int = 6
    expansion: float = 4.0
    pos_encodings: PositionEncoding = "rope"
    mlp_t: bool = False
    puzzle_emb_ndim: int = 0
    puzzle_emb_len: int = 0
    num_puzzle_identifiers: int = 1
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0
    halt_max_steps: int = 16
    halt_exploration_prob: float = 0.1
    features: int = 0
    """Numbers a position where a task's network reads more than its token; 0 for the token alone.
    """

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be {least:g} to {most:g}, not {getattr(self, name)}"
            for name, (least, most) in LIMITS.items()
            if not least <= getattr(self, name) <= most
        ]
        if self.pos_encodings not in get_args(PositionEncoding):
            problems.append(f"pos_encodings must be rope, learned or none: {self.pos_encodings!r}")
        if not self.mlp_t and not problems:
            if self.hidden_size % self.num_heads:
                problems.append(
                    f"hidden_size {self.hidden_size} is not a multiple of num_heads "
                    f"{self.num_heads}"
                )
            elif self.pos_encodings == "rope" and self.hidden_size // self.num_heads % 2:
                problems.append("rope needs an even number of channels per head")
        if not self.puzzle_emb_ndim and self.puzzle_emb_len:
            problems.append("puzzle_emb_len must be 0 when puzzle_emb_ndim is 0")
        if not problems and self.puzzle_emb_ndim > self.puzzle_positions * self.hidden_size:
            problems.append("puzzle_emb_ndim does not fit into puzzle_emb_len positions")
        if problems:
            raise CheckpointError("the network configuration is impossible", problems)

    @property
    def puzzle_positions(self) -> int:
        """Positions in front of the tokens that hold the puzzle embedding."""
        if not self.puzzle_emb_ndim:
            return 0
        return self.puzzle_emb_len or -(-self.puzzle_emb_ndim // self.hidden_size)

    @property
    def positions(self) -> int:
        return self.puzzle_positions + self.seq_len

    @property
    def token_shape(self) -> tuple[int, ...]:
        """Shape of what one sample shows the network."""
        return (self.seq_len, self.features) if self.features else (self.seq_len,)

    def inner_size(self, size: int) -> int:
        """Inner size of a SwiGLU over `size` inputs: two thirds, rounded up to 256."""
        return -(-round(self.expansion * size * 2 / 3) // 256) * 256

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> NetworkConfig:
        """Read the known fields and ignore others (batch_size, forward_dtype, ...)."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})
