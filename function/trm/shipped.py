"""Names of networks: those shipped with the package, and paths of checkpoints."""

from __future__ import annotations

from pathlib import Path

from function.trm.errors import CheckpointError

WEIGHTS = Path(__file__).parent / "weights"


def shipped_names() -> list[str]:
    """The names of the networks in this package, sorted."""
    return sorted(folder.parent.name for folder in WEIGHTS.glob("*/model.safetensors"))


def find_weights(name: str) -> Path:
    """The checkpoint a setting such as `sudoku-9x9` or `some/folder/step_100` means.

    Names of shipped networks come first. Raises CheckpointError, which names the shipped ones,
    when there is neither such a network nor such a path.
    """
    names = shipped_names()
    if name in names:
        return WEIGHTS / name
    path = Path(name).expanduser()
    if not path.exists():
        known = ", ".join(names) or "none"
        raise CheckpointError(f"{name} is neither a path nor a shipped network ({known})")
    return path
