"""Everything that was measured, as one page and one picture."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figure import Figure

HOLDS, MISSED = "#2a7f62", "#b5432a"
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def write_report(figures: Sequence[Figure], folder: Path, load_before: float) -> list[Path]:
    """Write ``bench.md`` and ``bench.svg``; returns their paths.

    :param load_before: load average of the machine before the first measurement.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, picture = folder / "bench.md", folder / "bench.svg"
    page.write_text(_page(figures, load_before), "utf-8")
    _draw(figures, picture)
    return [page, picture]


def _page(figures: Sequence[Figure], load_before: float) -> str:
    cores = len(os.sched_getaffinity(0))
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    rows = [
        f"| {each.name} | {each.told} | {each.demand} "
        f"| {'holds' if each.holds else '**missed**'} | {_one_line(each.detail)} |"
        for each in figures
    ]
    held = sum(each.holds for each in figures)
    return "\n".join(
        [
            "# Figures",
            "",
            f"Measured {made} by `python -m benchmarks` on {cores} cores ({platform.machine()}, "
            f"Python {platform.python_version()}), load {load_before:.1f} before the start. "
            f"{held} of {len(figures)} bars hold. What names a card was read from it.",
            "",
            "![each figure beside its bar](bench.svg)",
            "",
            "| figure | measured | bar | verdict | made of |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _one_line(detail: str) -> str:
    return " / ".join(" ".join(line.split()) for line in detail.splitlines())


def _draw(figures: Sequence[Figure], path: Path) -> None:
    """Draw how far each figure is on the good side of its bar, as a factor."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(10, 0.8 + 0.32 * len(figures)), layout="constrained")
    axes = canvas.subplots()
    margins = [each.margin for each in figures]
    colours = [HOLDS if each.holds else MISSED for each in figures]
    axes.barh(range(len(figures)), [margin - 1 for margin in margins], left=1, color=colours)
    axes.axvline(1, color="#444444", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_xticks([], minor=True)
    labels = [f"{each.name}: {each.told} ({each.demand})" for each in figures]
    axes.set_yticks(range(len(figures)), labels)
    axes.invert_yaxis()
    axes.set_xlabel("times better than the bar; of shares near 100 %, times fewer errors")
    canvas.savefig(path, metadata={"Date": None})
