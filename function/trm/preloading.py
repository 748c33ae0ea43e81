"""What has to happen before torch is imported."""

from __future__ import annotations

import ctypes
import os
import threading
from importlib.util import find_spec
from pathlib import Path


def wait_asleep() -> None:
    """Let torch's threads sleep while they wait for each other, unless the environment says else.

    They spin by default: where something else needs a core, as in a container with a limit, each
    waits for one that is not running. Triage of an alert beside two busy processes on two cores
    took 332 ms so, and takes 5.6 ms asleep. It is read when torch's libraries are loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def preload_torch() -> None:
    """Begin to load the library in a thread of its own; returns at once.

    Linking libtorch takes 0.17 s of a start. ``import torch`` would hold the interpreter all the
    time; a foreign call does not, so that other modules are imported meanwhile. Nothing happens
    where torch has no such file, as on other systems than Linux: its import then takes longer.
    """
    wait_asleep()
    spec = find_spec("torch")
    for folder in (spec and spec.submodule_search_locations) or ():
        library = Path(folder, "lib", "libtorch_cpu.so")
        if library.is_file():
            threading.Thread(
                target=_link, args=(library,), name="torch-linker", daemon=True
            ).start()


def _link(library: Path) -> None:
    # Not ctypes.CDLL(library), which holds the interpreter while it links. A failure is for
    # `import torch` to tell.
    open_library = ctypes.CDLL(None).dlopen
    open_library.restype = ctypes.c_void_p
    open_library(os.fsencode(library), os.RTLD_NOW)
