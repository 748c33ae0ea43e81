"""A real redis-server for the tests of what replicas share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.timing import wait_until

PATIENCE = 10.0
"""Seconds after which a test gives up; none should need them."""


class RedisServer:
    """A redis-server of its own on a socket of its own, which keeps nothing on disk."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self.path = f"{directory}/redis.sock"
        self.strict_url = f"unix://{self.path}"
        # A busy machine can be slow, and only some tests want to know.
        self.url = f"{self.strict_url}?socket_timeout=5&socket_connect_timeout=5"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis.from_url(self.url)

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", self.path]
        options += ["--dir", self._directory, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Yield one that has started; ends with the block. Skips the test where there is none."""
    if shutil.which("redis-server") is None:
        if "CI" in os.environ:
            pytest.fail("redis-server is not installed, and CI has to run these tests")
        pytest.skip("redis-server is not installed")
    # Not tmp_path: the name of a socket may be no longer than 107 bytes.
    with tempfile.TemporaryDirectory() as directory:
        running = RedisServer(directory)
        try:
            running.start()
            yield running
        finally:
            running.kill()
            running.client.close()
