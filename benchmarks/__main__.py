"""``python -m benchmarks``: every figure of the project beside its bar; ``make bench``."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path
from types import ModuleType

from benchmarks import history
from benchmarks.figure import Figure
from benchmarks.report import write_report

BENCHMARKS = (
    "cold_start",
    "trm_cold_start",
    "prefix_reuse",
    "reflection_speed",
    "concurrency",
    "recursive_gpt",
    "throughput",
    "recursion",
    "grids",
    "killed",
    "attack",
    "cards",
    "triage",
    "injection",
    "evaluation",
)
"""Modules with ``measure(size)`` and the sizes ``FULL`` and ``SMOKE``, in the order they run."""


def main() -> None:
    """Print the figures as they are measured; a missed bar is printed like any other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--smoke", action="store_true", help="the same code with tiny counts")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder of the report")
    parser.add_argument(
        "--history", type=Path, help="append the figures to this file, such as make bench does"
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    # Both sides of a start have their bytecode, as in the image; the first start writes it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    busy = os.getloadavg()[0]
    print(f"{len(os.sched_getaffinity(0))} cores, load {busy:.1f} before the start", flush=True)
    print(f"{'figure':<48} {'measured':>10}   bar", flush=True)
    figures: list[Figure] = []
    for name in given.names or BENCHMARKS:
        module: ModuleType = import_module(f"benchmarks.{name}")
        for figure in module.measure(module.SMOKE if given.smoke else module.FULL):
            print(figure, flush=True)
            figures.append(figure)
            if given.history is not None:
                history.append([figure], busy, given.history)
            # After each, so that a run that is cut short leaves what it has.
            written = write_report(figures, given.out, busy)
    print(f"written: {', '.join(map(str, written))}")


if __name__ == "__main__":
    main()
