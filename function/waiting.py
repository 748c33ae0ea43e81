"""How the threads of llama.cpp and of torch wait for each other."""

from __future__ import annotations

import os


def wait_briefly() -> None:
    """Let OpenMP's threads spin for a moment before they sleep, unless the environment says else.

    By default they spin for long: where something else needs a core, as on a shared node or in a
    container with a limit, each waits for one that is not running. Beside busy processes on two
    cores 20 tokens took 25 s so instead of 1, and the triage of an alert 346 ms instead of 7.
    Threads that never spin make llama.cpp a fifth slower on an idle machine. Read by the library
    when it is loaded.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
