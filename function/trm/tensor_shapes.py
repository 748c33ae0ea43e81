"""The tensors that a network of given sizes has, by name."""

from __future__ import annotations

from function.trm.config import NetworkConfig

Shape = tuple[int, ...]


def tensor_shapes(config: NetworkConfig) -> dict[str, Shape]:
    """Return the names and shapes of the official layout."""
    width = config.hidden_size
    shapes: dict[str, Shape] = {
        "inner.embed_tokens.embedding_weight": (config.vocab_size, width),
        "inner.lm_head.weight": (config.vocab_size, width),
        "inner.q_head.weight": (2, width),
        "inner.q_head.bias": (2,),
        "inner.H_init": (width,),
        "inner.L_init": (width,),
    }
    if config.puzzle_emb_ndim:
        identifiers = config.num_puzzle_identifiers
        shapes["inner.puzzle_emb.weights"] = (identifiers, config.puzzle_emb_ndim)
    if config.pos_encodings == "learned":
        shapes["inner.embed_pos.embedding_weight"] = (config.positions, width)
    for index in range(config.L_layers):
        layer = f"inner.L_level.layers.{index}"
        if config.mlp_t:
            shapes |= _swiglu(f"{layer}.mlp_t", config.positions, config)
        else:
            shapes[f"{layer}.self_attn.qkv_proj.weight"] = (3 * width, width)
            shapes[f"{layer}.self_attn.o_proj.weight"] = (width, width)
        shapes |= _swiglu(f"{layer}.mlp", width, config)
    return shapes


def reader_shapes(
    config: NetworkConfig, vectors: Shape, known_keys: int, value_shapes: int
) -> dict[str, Shape]:
    """Return those of a reader of alerts; `vectors` is the shape of its table of words."""
    width, size = config.hidden_size, vectors[1]
    return {
        "reader.vectors": vectors,
        "reader.keys.embedding_weight": (known_keys + 1, width),
        "reader.shapes.embedding_weight": (value_shapes, width),
        "reader.key.weight": (width, size),
        "reader.value.weight": (width, size),
        "reader.word.weight": (width, size),
    }


def _swiglu(name: str, size: int, config: NetworkConfig) -> dict[str, Shape]:
    inner = config.inner_size(size)
    return {
        f"{name}.gate_up_proj.weight": (2 * inner, size),
        f"{name}.down_proj.weight": (size, inner),
    }
