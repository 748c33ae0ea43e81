"""Match the tensors of a ``recursive_gpt`` checkpoint to the network, by structure.

The public checkpoint ``ainz/tiny-recursive-model`` builds its blocks from transformers' GPT-2
attention and MLP, so the names inside these are known (``c_attn``, ``c_fc``, ``c_proj``) and the
names around them are not. Blocks are found by the former, the other tensors by their shapes and
places. Sizes are read off the tensors: the card and the configuration disagree about them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from torch import Tensor

from function.backends.local.checkpoint_files import read_tensors

KINDS = ("weight", "bias")
_SECOND_NORM = re.compile(r"post|mlp|ffn|feed|(^|[._])ff")
_FIRST_NORM = re.compile(r"attn|attention|input|pre")
_POSITIONS = re.compile(r"pos|wpe")
_LOOPS = re.compile(r"loop|step|iter|recur|depth|time")
_HEAD = re.compile(r"head|out|logit|decod")


class LayoutError(ValueError):
    """The tensors do not make a recursive_gpt network; ``problems`` lists every one."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("no known layout of recursive_gpt: " + "; ".join(problems))


@dataclass(frozen=True)
class Layout:
    """Tensors by the names of our class, and the fields of its configuration they decide."""

    tensors: dict[str, Tensor]
    sizes: dict[str, int | bool]


def read_layout(folder: Path) -> Layout:
    """Return the matched tensors of a checkpoint's folder.

    :raises LayoutError: tensors are missing, unexpected or of wrong shapes.
    :raises ModelUnavailable: the folder holds no weights that can be read.
    """
    return lay_out(read_tensors(folder))


def lay_out(found: Mapping[str, Tensor]) -> Layout:
    """Return the tensors by the names of our class, with the sizes they have.

    :raises LayoutError: see :func:`read_layout`.
    """
    tensors = {name: each for name, each in found.items() if not _is_mask(name, each)}
    attention, mlps = _parents(tensors, "c_attn"), _parents(tensors, "c_fc")
    if not attention or len(attention) != len(mlps):
        counts = f"{len(attention)} c_attn.weight and {len(mlps)} c_fc.weight"
        names = [f"unexpected {name}" for name in tensors]
        raise LayoutError([f"holds {counts} instead of one of each a layer", *names])
    first = tensors[f"{attention[0]}c_attn.weight"]
    width = first.shape[0] if first.ndim else 0
    stems: dict[str, str] = {}  # our names to those of the file, both without .weight and .bias
    for layer, (attn, mlp) in enumerate(zip(attention, mlps, strict=True)):
        stems |= {f"h.{layer}.attn.{name}": attn + name for name in ("c_attn", "c_proj")}
        stems |= {f"h.{layer}.mlp.{name}": mlp + name for name in ("c_fc", "c_proj")}
    taken = set(stems.values())
    free = [name.removesuffix(".weight") for name in tensors if name.endswith(".weight")]
    free = sorted((stem for stem in free if stem not in taken), key=_natural)
    norms = [stem for stem in free if tensors[f"{stem}.weight"].ndim == 1]
    tables = {stem: tensors[f"{stem}.weight"] for stem in free if stem not in norms}
    problems: list[str] = []
    stems |= _norms(norms, attention, mlps, problems)
    stems |= _tables(tables, width, problems)
    _refuse_misfits(tensors, stems, width, problems)
    matched = {
        f"{ours}.{kind}": tensors[f"{theirs}.{kind}"]
        for ours, theirs in stems.items()
        for kind in KINDS
        if f"{theirs}.{kind}" in tensors
    }
    head = matched.get("lm_head.weight")
    tied = head is None or head.equal(matched["wte.weight"])
    if tied:
        matched.pop("lm_head.weight", None)
    return Layout(
        matched,
        {
            "vocab_size": matched["wte.weight"].shape[0],
            "n_positions": matched["wpe.weight"].shape[0],
            "n_embd": width,
            "n_inner": matched["h.0.mlp.c_fc.weight"].shape[1],
            "n_physical_layers": len(attention),
            "tie_word_embeddings": tied,
        },
    )


def _is_mask(name: str, tensor: Tensor) -> bool:
    """Return whether this is a causal mask or its filler, as older versions of transformers
    stored."""
    return name.endswith(("bias", "masked_bias")) and tensor.ndim in (0, 4)


def _natural(name: str) -> list[tuple[int, str]]:
    """Order names so that layer 10 comes after layer 9."""
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in re.split(r"(\d{1,9})", name)]


def _parents(tensors: Mapping[str, Tensor], child: str) -> list[str]:
    """Return the modules that hold a child of this name, with the dot at the end, in order."""
    ending = f"{child}.weight"
    found = {n.removesuffix(ending) for n in tensors if n == ending or n.endswith(f".{ending}")}
    return sorted(found, key=_natural)


def _norms(
    norms: Sequence[str], attention: Sequence[str], mlps: Sequence[str], problems: list[str]
) -> dict[str, str]:
    """Return the two norms for each block and the final one.

    They lie in the block that holds the attention and the MLP; else in lists of their own, one
    for each place in the block or one for both places in turn.
    """
    layers = len(attention)
    blocks = [_common(attn, mlp) for attn, mlp in zip(attention, mlps, strict=True)]
    inside = [[norm for norm in norms if norm.startswith(block)] for block in blocks]
    if len(set(blocks)) == layers and all(blocks) and any(inside):
        pairs = [_in_turn(pair, len(block)) for pair, block in zip(inside, blocks, strict=True)]
        for block, pair in zip(blocks, pairs, strict=True):
            if len(pair) != 2:
                problems.append(f"{block.rstrip('.')} holds {len(pair)} norms instead of 2")
    else:
        lists: dict[str, list[str]] = {}
        for norm in norms:
            lists.setdefault(re.sub(r"(^|\.)\d+(?=\.|$)", r"\1#", norm), []).append(norm)
        kinds = [kind for kind, held in lists.items() if "#" in kind and len(held) == layers]
        both = [held for held in lists.values() if len(held) == 2 * layers]
        if both:
            pairs = [both[0][2 * layer : 2 * layer + 2] for layer in range(layers)]
        elif len(kinds) == 2:
            first, second = _in_turn(kinds, 0)
            pairs = [list(pair) for pair in zip(lists[first], lists[second], strict=True)]
        else:
            problems.append(f"holds {len(norms)} norms instead of {2 * layers + 1}")
            return {}
    matched = {}
    for layer, pair in enumerate(pairs):
        for place, norm in enumerate(pair[:2], start=1):
            matched[f"h.{layer}.ln_{place}"] = norm
    left = [norm for norm in norms if norm not in {each for pair in pairs for each in pair}]
    if len(left) == 1:
        matched["ln_f"] = left[0]
    elif not left:
        problems.append("missing the final norm")
    return matched


def _common(left: str, right: str) -> str:
    """Return the innermost module that holds both, with the dot at the end."""
    parts: list[str] = []
    for one, other in zip(left.split("."), right.split("."), strict=False):
        if one != other or not one:
            break
        parts.append(one)
    return "".join(f"{part}." for part in parts)


def _in_turn(pair: Sequence[str], start: int) -> list[str]:
    """Return the two norms in the order they are applied: by their names, else as given."""

    def is_second(name: str) -> bool | None:
        own = name[start:].lower()
        if _SECOND_NORM.search(own):
            return True
        return False if _FIRST_NORM.search(own) else None

    if len(pair) == 2 and (is_second(pair[0]), is_second(pair[1])) in (
        (True, False),
        (True, None),
        (None, False),
    ):
        return [pair[1], pair[0]]
    return list(pair)


def _tables(tables: Mapping[str, Tensor], width: int, problems: list[str]) -> dict[str, str]:
    """Return the tables of tokens and positions, and a head if there is one of its own."""
    fitting = {
        stem: tensor.shape[0]
        for stem, tensor in tables.items()
        if tensor.ndim == 2 and tensor.shape[1] == width and not _LOOPS.search(_last(stem))
    }
    places = [stem for stem in fitting if _POSITIONS.search(_last(stem))]
    if len(fitting) > 1 and not places:
        places = [min(fitting, key=lambda stem: fitting[stem])]
    rows = max((size for stem, size in fitting.items() if stem not in places), default=0)
    tokens = [stem for stem, size in fitting.items() if stem not in places and size == rows]
    heads = [stem for stem in tokens if _HEAD.search(_last(stem))] if len(tokens) > 1 else []
    if len(tokens) == 2 and tables[tokens[0]].equal(tables[tokens[1]]):  # tied: either is both
        heads = tokens[1:]
    tokens = [stem for stem in tokens if stem not in heads]
    wanted = {"wte": ("vocabulary", tokens), "wpe": ("positions", places)}
    matched = {}
    for ours, (meaning, candidates) in wanted.items():
        if len(candidates) == 1:
            matched[ours] = candidates[0]
        else:
            state = f"several of {', '.join(candidates)}" if candidates else "missing a table"
            problems.append(f"{state} [{meaning}, {width}]")
    if len(heads) == 1:
        matched["lm_head"] = heads[0]
    return matched


def _last(stem: str) -> str:
    """Return a module's own name, without those that hold it."""
    return PurePosixPath(stem.lower().replace(".", "/")).name


def _refuse_misfits(
    tensors: Mapping[str, Tensor], stems: Mapping[str, str], width: int, problems: list[str]
) -> None:
    """Raise LayoutError for what is missing, left over or of a wrong shape, and for `problems`."""
    inner = tensors[f"{stems['h.0.mlp.c_fc']}.weight"].shape[-1]
    shapes: dict[str, tuple[int, ...]] = {
        "ln_1": (width,),
        "attn.c_attn": (width, 3 * width),
        "attn.c_proj": (width, width),
        "ln_2": (width,),
        "mlp.c_fc": (width, inner),
        "mlp.c_proj": (inner, width),
        "ln_f": (width,),
    }
    known = set()
    for ours, theirs in stems.items():
        shape = shapes.get(re.sub(r"^h\.\d+\.", "", ours))
        for kind in KINDS if shape else KINDS[:1]:
            name = f"{theirs}.{kind}"
            known.add(name)
            wanted = None if shape is None else shape if kind == "weight" else shape[-1:]
            if name not in tensors:
                problems.append(f"missing {name}")
            elif wanted is not None and tuple(tensors[name].shape) != wanted:
                is_now = list(tensors[name].shape)
                problems.append(f"{name} is {is_now} instead of {list(wanted)}")
    problems += [f"unexpected {name}" for name in tensors if name not in known]
    if problems:
        raise LayoutError(problems)
