"""The file from which a training run goes on after it was stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


class RunFile:
    """The state of a run in ``folder``, replaced as a whole: a killed run leaves the one before."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "last.pt"

    def read(self, device: torch.device | None = None) -> dict[str, Any] | None:
        """Return the values that were written last, or None before the first time."""
        if not self.path.exists():
            return None
        values: dict[str, Any] = torch.load(self.path, map_location=device, weights_only=True)
        return values

    def write(self, values: dict[str, Any]) -> None:
        """Replace the values."""
        partial = self.path.with_suffix(".partial")
        torch.save(values, partial)
        os.replace(partial, self.path)
