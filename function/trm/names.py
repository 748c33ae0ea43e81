"""Names of networks: those shipped with the package, paths of checkpoints, hub repositories."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from function.trm.errors import CheckpointError

PREFIX = "trm:"
"""What stands before the name of a network where models of other kinds are named too."""
WEIGHTS = Path(__file__).parent / "weights"
GRID_NETWORKS = ("maze", "sudoku")
"""Shipped networks that take boards of any size and are computed in numpy."""


def shipped_names() -> list[str]:
    """Return the names of the networks in this package, sorted."""
    return sorted(folder.parent.name for folder in WEIGHTS.glob("*/model.safetensors"))


def shown_name(name: str) -> str:
    """Return a model's name as replies, metrics and error messages may show it.

    Of a path that is the end: senders must not learn where files lie.
    """
    prefix = PREFIX if name.startswith(PREFIX) else ""
    plain = name.removeprefix(prefix)
    path = Path(plain)
    hidden = path.is_absolute() or plain.startswith((".", "~")) or os.path.exists(path)
    return f"{prefix}{path.name}" if hidden and path.name else name


def find_weights(name: str, fetch: Callable[[str], Path] | None = None) -> Path:
    """Return the checkpoint that a name means: `sudoku-9x9`, `some/folder/step_100` or
    `owner/name`.

    Names of shipped networks come first, then paths, then repositories, which `fetch` brings here,
    by default from the Hugging Face hub. Raises CheckpointError, which names the shipped ones, when
    it is none of these.
    """
    names = shipped_names()
    if name in names:
        return WEIGHTS / name
    path = Path(name).expanduser()
    if os.path.exists(path):  # False, too, for a name that is too long for a path
        return path
    from function.trm.hub import REPOSITORY, download  # a shipped network starts without

    if REPOSITORY.fullmatch(name):
        return (fetch or download)(name)
    known = ", ".join(names) or "none"
    raise CheckpointError(
        f"{shown_name(name)} is neither a shipped network ({known}), nor a path, nor owner/name "
        "on the hub"
    )
