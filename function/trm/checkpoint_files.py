"""Files of a published checkpoint: the one with the weights, and its configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from function.trm.errors import CheckpointError

WEIGHTS, CONFIG, OFFICIAL_CONFIG = "model.safetensors", "config.json", "all_config.yaml"
IDENTIFIERS = "identifiers.json"
PICKLES = (".pt", ".pth", ".bin", ".ckpt")
OFFICIAL_PUZZLE_POSITIONS = 16
_STEP = re.compile(r"(?P<before>[^.]*_)?step_(?P<step>\d{1,18})(?P<after>_[^.]*)?"
                   r"(?:\.(?:pt|pth|bin|ckpt|safetensors))?")  # fmt: skip
_OTHER_TENSORS = re.compile(r"optim|sched|preds", re.IGNORECASE)
"""Files of torch.save that trainers write beside the weights."""
_CLASS = "TinyRecursiveReasoningModel"
_MODULE = "trm"
_SHOWN = 8


def choose_weights(label: str, files: Sequence[str]) -> str:
    """Return the weights among `files`, relative paths with slashes.

    The outermost folder with weights counts; in it `model.safetensors`, else the last step
    (`step_N`, or with words before and after as in `maze_hard_step_32550`), else the one file of
    torch.save with a configuration beside it. `label` names the folder or repository in errors.
    Raises CheckpointError when there is no such file, or no single one.
    """
    held = set(files)
    ranked = [(rank, name) for name in files if (rank := _rank(name, held)) is not None]
    if not ranked:
        raise CheckpointError(
            f"{label} holds neither {WEIGHTS} nor a file named step_N nor NAME.pt with NAME.yaml, "
            "but " + (", ".join(sorted(files)[:_SHOWN]) or "nothing")
        )
    best, chosen = max(ranked)
    rivals = [n for rank, n in ranked if rank == best or _other_run(n, chosen, rank, best)]
    if len(rivals) > 1:
        raise CheckpointError(
            f"{label} holds several checkpoints; name one: {', '.join(sorted(rivals)[:_SHOWN])}"
        )
    return chosen


def config_beside(weights: str, files: Iterable[str]) -> str | None:
    """Return the configuration that belongs to a weights file, None where `files` hold none."""
    path, held = PurePosixPath(weights), set(files)
    names = [CONFIG, OFFICIAL_CONFIG]
    if path.name != WEIGHTS:
        names = [f"{path.stem}{kind}" for kind in (".yaml", ".yml", ".json")] + names
    return next((str(path.with_name(n)) for n in names if str(path.with_name(n)) in held), None)


def find_weights_file(path: Path) -> Path:
    """Return the weights file that a path means: itself, or the one to load from a folder.

    Raises CheckpointError as :func:`choose_weights`, or when nothing is at `path`.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise CheckpointError(f"there is no checkpoint at {path}")
    files = [each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file()]
    try:
        return path / choose_weights(str(path), files)
    except CheckpointError:
        if CONFIG in files:
            parse_config(path / CONFIG)  # what it describes says more than which files are missing
        raise


def read_config(weights: Path) -> dict[str, Any] | None:
    """Return the configuration beside a weights file, None where there is none.

    Raises CheckpointError when it cannot be parsed or describes another architecture.
    """
    names = [each.name for each in weights.parent.iterdir() if each.is_file()]
    beside = config_beside(weights.name, names)
    return None if beside is None else parse_config(weights.with_name(beside))


def parse_config(file: Path) -> dict[str, Any]:
    """Return the fields of a configuration: its `arch` section where it has one.

    Raises CheckpointError when it cannot be parsed or describes another architecture.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values: Any = json.loads(text) if file.suffix == ".json" else _yaml(text)
    except (OSError, ValueError, RecursionError) as error:
        line = next(iter(str(error).splitlines()), "")[:200]
        raise CheckpointError(f"{file} cannot be parsed: {line}") from error
    arch = values.get("arch", values) if isinstance(values, dict) else None
    if not isinstance(arch, dict) or (file.name == OFFICIAL_CONFIG and arch is values):
        raise CheckpointError(f"{file} has no section with the configuration of the network")
    refuse_other_architectures(arch, str(file))
    if file.suffix == ".json" and arch is values:
        return values
    fields = dict(arch)
    if arch is not values or "puzzle_emb_ndim" in arch:
        # The official default counts even where the file leaves the field out.
        positions = OFFICIAL_PUZZLE_POSITIONS if arch.get("puzzle_emb_ndim") else 0
        fields.setdefault("puzzle_emb_len", positions)
    # References to other fields are those to the width, which the tensors have.
    fields = {k: v for k, v in fields.items() if not (isinstance(v, str) and v.startswith("${"))}
    return fields | {"ema": values.get("ema", False)}


def read_fields(given: str) -> dict[str, Any]:
    """Return the fields of a configuration given as a JSON object, or as the path of a file.

    Raises CheckpointError when they cannot be parsed or describe another architecture.
    """
    if not given.strip():
        return {}
    if not given.lstrip().startswith("{"):
        return parse_config(Path(given).expanduser())
    try:
        fields: dict[str, Any] = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the configuration is not a JSON object: {error}") from error
    refuse_other_architectures(fields, "the configuration")
    return fields


def refuse_other_architectures(values: dict[str, Any], label: str) -> None:
    """Raise CheckpointError when a configuration names an architecture other than the TRM."""
    if "trm_config_dict" in values or "TRMForCausalLM" in str(values.get("architectures")):
        raise CheckpointError(
            f"recursive1 is another architecture: {label} describes TRMForCausalLM, a causal "
            "language model that is not the Tiny Recursive Model of the official code"
        )
    name = values.get("name")
    if not isinstance(name, str) or not name:
        return
    module, _, kind = name.rpartition("@")
    ours = kind.startswith(_CLASS) and module.rpartition(".")[2] in ("", _MODULE)
    if not (ours or name == _MODULE):
        raise CheckpointError(
            f"{label} names the architecture {name[:100]!r}; only {_CLASS} of the official module "
            f"{_MODULE} can be loaded"
        )


def _yaml(text: str) -> Any:
    import yaml  # here: only files of the official code need it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _other_run(name: str, chosen: str, rank: tuple[int, ...], best: tuple[int, ...]) -> bool:
    """Return whether a step is of another run than the chosen one, by the words around its
    number."""
    if rank[:3] != best[:3] or best[1] != 1:
        return False
    one, other = (_STEP.fullmatch(PurePosixPath(each).name) for each in (name, chosen))
    return (
        one is not None
        and other is not None
        and ((one["before"], one["after"]) != (other["before"], other["after"]))
    )


def _rank(name: str, files: set[str]) -> tuple[int, int, bool, int] | None:
    """Order weights files; None for any other file."""
    path = PurePosixPath(name)
    depth = -len(path.parts)
    if path.name == WEIGHTS:
        return depth, 2, True, 0
    if _OTHER_TENSORS.search(path.name):
        return None
    if step := _STEP.fullmatch(path.name):
        plain = step["before"] is None and step["after"] is None
        return depth, 1, plain, int(step["step"])
    if path.suffix in PICKLES and config_beside(name, files) is not None:
        return depth, 0, False, 0
    return None
