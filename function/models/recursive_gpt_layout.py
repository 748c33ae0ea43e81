"""Names and shapes of tensors that make a ``recursive_gpt`` network.

What is public of ``ainz/tiny-recursive-model`` does not tell its tensors' names, and its card and
its configuration disagree about their sizes. So names are looked up in a table of those that such
networks go by, and sizes are read off the tensors. What does not fit is listed, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from function.models.tensors import read_tensors

PREFIXES = ("_orig_mod.", "module.", "model.", "transformer.")
_BLOCK = re.compile(r"(?:h|blocks|layers|physical_layers|physical_blocks)\.(\d+)\.(.+)")
_NAMES = {
    "wte": ("wte", "embed_tokens", "token_embedding", "tok_emb"),
    "wpe": ("wpe", "embed_positions", "position_embedding", "pos_emb"),
    "ln_f": ("ln_f", "norm", "final_norm", "final_layer_norm"),
    "lm_head": ("lm_head", "head", "output"),
}
_BLOCK_NAMES = {
    "ln_1": ("ln_1", "ln1", "norm1", "attn_norm", "input_layernorm"),
    "attn.c_attn": ("attn.c_attn", "attn.qkv", "attn.qkv_proj", "attention.c_attn"),
    "attn.c_proj": ("attn.c_proj", "attn.out_proj", "attn.proj", "attention.c_proj"),
    "ln_2": ("ln_2", "ln2", "norm2", "mlp_norm", "post_attention_layernorm"),
    "mlp.c_fc": ("mlp.c_fc", "mlp.fc1", "mlp.fc_in", "mlp.up_proj"),
    "mlp.c_proj": ("mlp.c_proj", "mlp.fc2", "mlp.fc_out", "mlp.down_proj"),
}
_OURS = {theirs: ours for ours, all_names in _NAMES.items() for theirs in all_names}
_OURS_IN_BLOCK = {theirs: ours for ours, all_names in _BLOCK_NAMES.items() for theirs in all_names}
_MASKS = ("attn.bias", "attn.masked_bias", "attention.bias", "attention.masked_bias")
"""Tables of ones below the diagonal that older versions of transformers stored."""


class LayoutError(ValueError):
    """The tensors are not those of a known layout; ``problems`` lists every one that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("no known layout of recursive_gpt: " + "; ".join(problems))


@dataclass(frozen=True)
class Layout:
    """Tensors by the names of our class, and the fields of its configuration they decide."""

    tensors: dict[str, Tensor]
    sizes: dict[str, int | bool]


def read_layout(folder: Path) -> Layout:
    """The tensors of a checkpoint's folder.

    :raises LayoutError: tensors are missing, unexpected or of wrong shapes.
    :raises ModelUnavailable: the folder holds no weights that can be read.
    """
    return lay_out(read_tensors(folder))


def lay_out(found: Mapping[str, Tensor]) -> Layout:
    """Give tensors our names, GPT-2's orientation ([in, out]) and their sizes.

    :raises LayoutError: see :func:`read_layout`.
    """
    tensors, problems = _renamed(found)
    layers = {int(match[1]) for name in tensors if (match := _BLOCK.match(name))}
    expected = {f"{name}.weight" for name in ("wte", "wpe", "ln_f")} | {"ln_f.bias"}
    for layer in range(max(len(layers), 1)):
        expected |= {f"h.{layer}.{name}.{kind}" for name in _BLOCK_NAMES for kind in _KINDS}
    problems += [f"missing {name}" for name in sorted(expected - set(tensors))]
    surplus = sorted(set(tensors) - expected - {"lm_head.weight"})
    problems += [f"unexpected {name}" for name in surplus]
    if problems:
        raise LayoutError(problems)
    vocabulary, width = tensors["wte.weight"].shape
    if tensors["h.0.attn.c_attn.weight"].shape == (3 * width, width):
        # Stored as by nn.Linear. Square matrices cannot tell, so one that can speaks for all.
        for name in tensors:
            if name.startswith("h.") and tensors[name].ndim == 2:
                tensors[name] = tensors[name].T.contiguous()
    inner = tensors["h.0.mlp.c_fc.bias"].shape[0]
    _refuse_wrong_shapes(tensors, vocabulary, width, inner)
    head = tensors.get("lm_head.weight")
    tied = head is None or head.equal(tensors["wte.weight"])
    if tied:
        tensors.pop("lm_head.weight", None)
    return Layout(
        tensors,
        {
            "vocab_size": vocabulary,
            "n_positions": tensors["wpe.weight"].shape[0],
            "n_embd": width,
            "n_inner": inner,
            "n_physical_layers": len(layers),
            "tie_word_embeddings": tied,
        },
    )


_KINDS = ("weight", "bias")


def _renamed(found: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    tensors: dict[str, Tensor] = {}
    problems: list[str] = []
    for full, tensor in found.items():
        name = _our_name(full)
        if name is None:
            if not full.endswith(_MASKS) or tensor.ndim == 1:
                problems.append(f"unexpected {full}")
        elif name in tensors:
            problems.append(f"unexpected {full}, a second {name}")
        else:
            tensors[name] = tensor
    return tensors, problems


def _our_name(name: str) -> str | None:
    while (prefix := next((p for p in PREFIXES if name.startswith(p)), None)) is not None:
        name = name.removeprefix(prefix)
    stem, _, kind = name.rpartition(".")
    if kind not in _KINDS:
        return None
    if match := _BLOCK.fullmatch(stem):
        inside = _OURS_IN_BLOCK.get(match[2])
        return f"h.{match[1]}.{inside}.{kind}" if inside else None
    ours = _OURS.get(stem)
    return f"{ours}.{kind}" if ours else None


def _refuse_wrong_shapes(
    tensors: Mapping[str, Tensor], vocabulary: int, width: int, inner: int
) -> None:
    shapes: dict[str, tuple[int, ...]] = {
        "ln_1": (width,),
        "attn.c_attn": (width, 3 * width),
        "attn.c_proj": (width, width),
        "ln_2": (width,),
        "mlp.c_fc": (width, inner),
        "mlp.c_proj": (inner, width),
        "ln_f": (width,),
        "lm_head": (vocabulary, width),
        "wpe": (tensors["wpe.weight"].shape[0], width),
        "wte": (vocabulary, width),
    }
    problems = []
    for name, tensor in tensors.items():
        stem, _, kind = re.sub(r"^h\.\d+\.", "", name).rpartition(".")
        shape = shapes[stem] if kind == "weight" else shapes[stem][-1:]
        if tuple(tensor.shape) != shape:
            problems.append(f"{name} is {list(tensor.shape)} instead of {list(shape)}")
    if problems:
        raise LayoutError(problems)
