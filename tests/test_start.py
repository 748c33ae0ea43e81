"""What the server does between its start and its first event."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

PROGRAM = """
import gc, sys, time
from function.http.server import GARBAGE_THRESHOLD, Server
from function.settings import load_settings
server = Server(load_settings({"TRM_MODEL_NAME": "trm:sudoku-6x6", "LOG_LEVEL": "ERROR"}))
server.load()
assert not gc.isenabled()
until = time.monotonic() + 60
while not gc.isenabled():
    assert time.monotonic() < until, "nobody looks for garbage"
    time.sleep(0.01)
assert gc.get_threshold()[0] == GARBAGE_THRESHOLD
assert gc.get_freeze_count() > 10_000, gc.get_freeze_count()
"""


def test_garbage_is_looked_for_again_once_the_network_is_there_but_not_in_what_was_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def started(command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        executable="/bin/bash",
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("command", ["serve", "dead-letters /tmp"])
def test_an_address_that_cannot_be_had_ends_the_start_with_one_line(command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for host in ("127.0.0.1", "999.1.1.1", "192.0.2.1"):
            done = started(f"{sys.executable} -m function {command}", HOST=host, PORT=str(port))
            assert done.returncode == 2
            assert done.stderr.startswith(f"wrong setting: HOST {host}, PORT {port}: ")
            assert done.stderr.count("\n") == 1 and done.stdout == ""


def test_who_reads_the_output_may_stop_before_its_end() -> None:
    done = started(f"{sys.executable} -m function settings | head -1")
    assert done.stdout.startswith("| variable |")
    assert done.stderr == ""
