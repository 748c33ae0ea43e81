"""``python -m benchmarks``: every figure of the project beside its bar; ``make bench``."""

from __future__ import annotations

import argparse
import os

from benchmarks import cold_start, prefix_reuse, throughput


def main() -> None:
    """Print the figures as they are measured; a missed bar is printed like any other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="the same code with tiny counts")
    smoke = parser.parse_args().smoke
    busy = os.getloadavg()[0]
    print(f"{len(os.sched_getaffinity(0))} cores, load {busy:.1f} before the start", flush=True)
    print(f"{'function to peer':<36} ratio   bar", flush=True)
    for figure in cold_start.measure(cold_start.SMOKE if smoke else cold_start.FULL):
        print(figure, flush=True)
    for figure in prefix_reuse.measure(prefix_reuse.SMOKE if smoke else prefix_reuse.FULL):
        print(figure, flush=True)
    for figure in throughput.measure(throughput.SMOKE if smoke else throughput.FULL):
        print(figure, flush=True)


if __name__ == "__main__":
    main()
