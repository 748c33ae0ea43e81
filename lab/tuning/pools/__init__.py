"""Words of the families, kept as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def pool(name: str) -> Any:
    """Return the contents of ``<name>.yaml`` in this folder."""
    return yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text("utf-8"))


def pools(prefix: str) -> list[Any]:
    """Return the entries of all files whose names begin so, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob(f"{prefix}*.yaml"))
    return [entry for name in names for entry in pool(name)]
