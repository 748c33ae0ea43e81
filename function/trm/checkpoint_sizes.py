"""The configuration of a network, settled by the shapes of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from function.trm.checkpoint_files import CONFIG, OFFICIAL_CONFIG, OFFICIAL_PUZZLE_POSITIONS
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError

Shapes = Mapping[str, tuple[int, ...]]
REQUIRED = ("H_cycles", "L_cycles", "num_heads", "pos_encodings")
OFFICIAL_TOKENS = {11: 81, 6: 900, 12: 900, 258: 512}
"""Tokens of sudoku, mazes, ARC and text in bytes, by the size of their vocabularies."""
OFFICIAL_CYCLES = {11: (3, 6), 6: (3, 4), 12: (3, 4), 258: (2, 2)}
"""H_cycles and L_cycles that these networks were published with, by their vocabularies."""
OFFICIAL_HEADS = 8
TABLE = "inner.embed_tokens.embedding_weight"
PLACES = "inner.embed_pos.embedding_weight"
PUZZLES = "inner.puzzle_emb.weights"
LAYERS = "inner.L_level.layers."
MIXER = "inner.L_level.layers.0.mlp_t.down_proj.weight"
MLP = "inner.L_level.layers.0.mlp.down_proj.weight"


def settle(
    values: Mapping[str, Any] | None, chosen: Mapping[str, Any], shapes: Shapes, seq_len: int | None
) -> NetworkConfig:
    """Return the configuration, with the sizes that depend on the data set read off the tensors.

    `values` is the configuration beside the weights; where there is none the official defaults
    count. `chosen` are the fields that the operator sets, which replace both. Raises
    CheckpointError, which lists every field that is missing or of a wrong type.
    """
    config = {**(official_defaults(shapes) if values is None else values), **chosen}
    problems = [f"the configuration lacks {name}" for name in REQUIRED if name not in config]
    if problems and values is None:
        problems.append(
            f"neither {CONFIG} nor {OFFICIAL_CONFIG} nor NAME.yaml is beside the weights: "
            "set TRM_MODEL_CONFIG"
        )
    table = shapes.get(TABLE)
    if table is None or len(table) != 2:
        problems.append(f"{TABLE} [vocabulary, width] is missing")
    else:
        config["vocab_size"] = table[0]
        config.setdefault("hidden_size", table[1])
    puzzles = shapes.get(PUZZLES)
    if puzzles is not None and len(puzzles) == 2:
        config["num_puzzle_identifiers"] = puzzles[0]
        if "puzzle_emb_ndim" not in config:
            config["puzzle_emb_ndim"] = puzzles[1]
    numbers = (name[len(LAYERS) :].partition(".")[0] for name in shapes if name.startswith(LAYERS))
    layers = {int(number) for number in numbers if number.isdecimal() and len(number) < 10}
    config.setdefault("L_layers", max(layers, default=0) + 1)
    config.setdefault("mlp_t", MIXER in shapes)
    wrong = _wrong_types(config)
    if problems or wrong:
        raise CheckpointError("the checkpoint cannot be understood", problems + wrong)
    places = shapes.get(MIXER, shapes.get(PLACES))
    seq_len = seq_len or config.get("seq_len") or OFFICIAL_TOKENS.get(config["vocab_size"])
    config["seq_len"] = seq_len or 1
    front = NetworkConfig.from_dict(config).puzzle_positions
    if places:
        config["seq_len"] = places[0] - front
    elif not seq_len:
        raise CheckpointError(
            "the number of tokens (seq_len) is in no tensor: name the task, or set it in "
            "TRM_MODEL_CONFIG"
        )
    return NetworkConfig.from_dict(config)


def official_defaults(shapes: Shapes) -> dict[str, Any]:
    """Return the fields of the official configuration that fit these tensors.

    The cycles are in no tensor: they are known by the vocabulary, or left out.
    """
    table = shapes.get(TABLE, ())
    if len(table) != 2:
        return {}
    vocabulary, width = table
    mixes_by_mlp = MIXER in shapes
    found: dict[str, Any] = {"num_heads": OFFICIAL_HEADS, "mlp_t": mixes_by_mlp}
    if PLACES in shapes:
        found["pos_encodings"] = "learned"
    else:
        found["pos_encodings"] = "none" if mixes_by_mlp else "rope"
    if cycles := OFFICIAL_CYCLES.get(vocabulary):
        found["H_cycles"], found["L_cycles"] = cycles
    found |= _expansion(shapes, width)
    puzzles = shapes.get(PUZZLES, ())
    if len(puzzles) == 2:
        found["puzzle_emb_ndim"] = puzzles[1]
        found["puzzle_emb_len"] = OFFICIAL_PUZZLE_POSITIONS
        places, tokens = shapes.get(MIXER, shapes.get(PLACES)), OFFICIAL_TOKENS.get(vocabulary)
        if places and tokens and places[0] > tokens:
            found["puzzle_emb_len"] = places[0] - tokens
    return found


def _expansion(shapes: Shapes, width: int) -> dict[str, float]:
    """Return the expansion whose inner size the MLP has, unless it is the default one."""
    inner = shapes.get(MLP, ())
    if len(inner) != 2 or not width:
        return {}
    usual = NetworkConfig(1, 1, width, num_heads=1, pos_encodings="none")
    if usual.inner_size(width) == inner[1]:
        return {}
    return {"expansion": inner[1] * 1.5 / width}


def _wrong_types(config: Mapping[str, Any]) -> list[str]:
    kinds: dict[str, type | tuple[type, ...]] = {
        "str": str,
        "PositionEncoding": str,
        "bool": bool,
        "int": int,
        "float": (int, float),
    }
    problems = []
    for name, kind in NetworkConfig.__annotations__.items():
        value = config.get(name)
        if name in config and (
            not isinstance(value, kinds[kind]) or isinstance(value, bool) != (kind == "bool")
        ):
            problems.append(f"{name} must be of type {kind}, not {brief(value)}")
    return problems


def brief(value: object) -> str:
    """Return a value as error messages show it."""
    return type(value).__name__ if isinstance(value, dict | list) else repr(value)[:40]
