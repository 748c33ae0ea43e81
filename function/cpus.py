"""How many CPUs this process may use: its affinity, cut to the CPU quota of its cgroup.

A container's CPU limit is a quota (``cpu.max``, or ``cpu.cfs_quota_us`` in cgroup v1) and does not
show in the affinity. More threads than the quota pays for are throttled together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
V1_CONTROLLERS = ("cpu", "cpu,cpuacct", "cpuacct,cpu")
"""Where cgroup v1 mounts the controller ``cpu``, by distribution."""


def usable_cpus(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Return the number of CPUs, at least 1; a fractional quota is rounded up.

    :param cgroups: where cgroups are mounted.
    :param membership: which cgroups the process is in, as ``/proc/self/cgroup`` says.
    """
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:  # macOS
        allowed = os.cpu_count() or 1
    return max(1, min([allowed, *(ceil(quota) for quota in _quotas(cgroups, membership))]))


def _quotas(cgroups: Path, membership: Path) -> Iterator[float]:
    """Yield every quota that binds the process, in CPUs: its own and those of its parents."""
    for folder in _folders(cgroups, membership):
        with suppress(OSError, ValueError, ZeroDivisionError):
            if (unified := folder / "cpu.max").is_file():
                quota, period = unified.read_text().split()
            else:
                quota = (folder / "cpu.cfs_quota_us").read_text()
                period = (folder / "cpu.cfs_period_us").read_text()
            if (share := float(quota) / float(period)) > 0:  # "max" and -1 mean no quota
                yield share


def _folders(cgroups: Path, membership: Path) -> Iterator[Path]:
    yield cgroups
    yield from (cgroups / name for name in V1_CONTROLLERS)
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        # In a container the path may be one of the host that is not mounted here.
        inner = PurePosixPath(path.lstrip("/"))
        if ".." in inner.parts:
            continue
        for part in (inner, *inner.parents):
            roots = [cgroups / name for name in V1_CONTROLLERS] if controllers else [cgroups]
            yield from (root / part for root in roots)
