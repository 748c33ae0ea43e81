"""Every figure that was measured, a line each, so that a change over releases can be seen."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.figure import Figure
from function import __version__

COLUMNS = (
    "date", "version", "commit", "cores", "load", "figure", "measured", "unit", "bound", "bar"
)  # fmt: skip


def append(figures: Sequence[Figure], load_before: float, path: Path) -> None:
    """Append figures to the history.

    :param load_before: load average of the machine before the first measurement.
    """
    run = (
        date.today().isoformat(),
        __version__,
        _commit(),
        len(os.sched_getaffinity(0)),
        f"{load_before:.1f}",
    )
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        for each in figures:
            measured = f"{each.measured:.4g}"
            writer.writerow([*run, each.name, measured, each.unit, each.bound, f"{each.bar:g}"])


def _commit() -> str:
    """Return the commit that is measured; empty outside a repository."""
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()
