"""Link torch's largest library while the interpreter imports other things."""

from __future__ import annotations

import ctypes
import os
import threading
from importlib.util import find_spec
from pathlib import Path

from function.waiting import wait_briefly


def preload_torch() -> None:
    """Begin to load the library in a thread of its own; returns at once.

    Linking libtorch takes 0.17 s of a start. ``import torch`` would hold the interpreter all the
    time; a foreign call does not, so that other modules are imported meanwhile. Nothing happens
    where torch has no such file, as on other systems than Linux: its import then takes longer.
    """
    wait_briefly()
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
