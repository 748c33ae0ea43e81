"""The folder of files that this function writes for later starts."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return this function's folder, as the XDG base directory specification has it."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(named) if os.path.isabs(named) else Path(os.path.expanduser("~/.cache"))
    return folder / "trm"
