"""The engine's threads follow the CPU quota of the container."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from function.cpus import usable_cpus

ALLOWED = len(os.sched_getaffinity(0))


def write(root: Path, files: dict[str, str], membership: str = "0::/\n") -> int:
    for name, text in files.items():
        path = root / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "membership").write_text(membership)
    return usable_cpus(root / "cgroup", root / "membership")


@pytest.mark.parametrize(
    "quota, cpus",
    [
        ("100000 100000", 1),
        ("50000 100000", 1),
        ("1000 100000", 1),
        ("110000 100000", 2),
        ("200000 100000", 2),
        ("20000 10000", 2),
        ("max 100000", ALLOWED),
        ("6400000 100000", ALLOWED),
        ("", ALLOWED),
        ("0 100000", ALLOWED),
        ("nonsense", ALLOWED),
        ("100000 0", ALLOWED),
        ("nan 100000", ALLOWED),
    ],
)
def test_cgroup_v2(tmp_path: Path, quota: str, cpus: int) -> None:
    assert write(tmp_path, {"cpu.max": quota}) == min(cpus, ALLOWED)


@pytest.mark.parametrize("controller", ["cpu", "cpu,cpuacct"])
@pytest.mark.parametrize("quota, cpus", [("-1", ALLOWED), ("50000", 1), ("150000", 2)])
def test_cgroup_v1(tmp_path: Path, controller: str, quota: str, cpus: int) -> None:
    files = {
        f"{controller}/cpu.cfs_quota_us": quota,
        f"{controller}/cpu.cfs_period_us": "100000\n",
    }
    assert write(tmp_path, files, "4:cpu,cpuacct:/docker/abc\n") == min(cpus, ALLOWED)


def test_the_quota_of_a_parent_binds_too(tmp_path: Path) -> None:
    files = {"pods/cpu.max": "100000 100000", "pods/one/cpu.max": "max 100000"}
    assert write(tmp_path, files, "0::/pods/one\n") == 1


def test_a_nested_cgroup_of_v1_binds(tmp_path: Path) -> None:
    files = {
        "cpu/docker/abc/cpu.cfs_quota_us": "100000",
        "cpu/docker/abc/cpu.cfs_period_us": "100000",
    }
    assert write(tmp_path, files, "3:cpu:/docker/abc\n2:memory:/docker/abc\n") == 1


@pytest.mark.parametrize("path", ["/../../etc", "", "/not/mounted/here"])
def test_a_path_that_is_not_mounted_is_skipped(tmp_path: Path, path: str) -> None:
    assert write(tmp_path, {"cpu.max": "100000 100000"}, f"0::{path}\n") == 1


def test_without_cgroups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cpus(tmp_path / "none", tmp_path / "none") == ALLOWED
