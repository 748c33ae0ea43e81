"""What the server does between its start and its first event."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, sys, time
from function.server import GARBAGE_THRESHOLD, Server
from function.settings import load_settings
server = Server(load_settings({"TRM_MODEL_NAME": "trm:sudoku-6x6", "LOG_LEVEL": "ERROR"}))
server.load()
assert not gc.isenabled()
until = time.monotonic() + 60
while not gc.isenabled():
    assert time.monotonic() < until, "nobody looks for garbage"
    time.sleep(0.01)
assert "torch" in sys.modules
assert gc.get_threshold()[0] == GARBAGE_THRESHOLD
# Torch alone brings hundreds of thousands of objects.
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
"""


def test_garbage_is_looked_for_again_once_the_network_is_there_but_not_in_what_was_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
