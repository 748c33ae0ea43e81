"""Names of networks: those shipped with the package, paths of checkpoints, hub repositories."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from function.trm.errors import CheckpointError
from function.trm.hub import REPOSITORY, download

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


def find_weights(name: str, fetch: Callable[[str], Path] = download) -> Path:
    """Return the checkpoint that a name means: `sudoku-9x9`, `some/folder/step_100` or
    `owner/name`.

    Names of shipped networks come first, then paths, then repositories on the hub, which `fetch`
    brings here. Raises CheckpointError, which names the shipped ones, when it is none of these.
    """
    names = shipped_names()
    if name in names:
        return WEIGHTS / name
    path = Path(name).expanduser()
    if os.path.exists(path):  # False, too, for a name that is too long for a path
        return path
    if REPOSITORY.fullmatch(name):
        return fetch(name)
    known = ", ".join(names) or "none"
    raise CheckpointError(
        f"{shown_name(name)} is neither a shipped network ({known}), nor a path, nor owner/name "
        "on the hub"
    )
