"""Linking torch ahead of its import."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, threading
from function.trm.preloading import preload_torch
preload_torch()
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join()
assert "torch" not in sys.modules
mapped = open("/proc/self/maps").read()
assert "libtorch_cpu.so" in mapped, "nothing was linked"
assert os.environ["GOMP_SPINCOUNT"] == "1000"
import torch
assert torch.ones(2, 3).sum().item() == 6
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the libraries have other names there")
def test_torch_is_linked_before_it_is_imported() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60)
