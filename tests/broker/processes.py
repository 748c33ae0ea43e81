"""The function and the dead letter sink as processes that can be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.adapters import ROOT, Server, clean_environment, end_group, reserved_port

SERVE = ("-m", "function", "serve")


class FunctionProcess:
    """Serves on one port through all its lives; ready when the block begins.

    :param log: gets what all of them write.
    """

    def __init__(
        self, port: int, log: Path, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._log = log
        self._arguments = arguments
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start and wait until it is ready."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments],
                cwd=ROOT,
                env=clean_environment()
                | {"HOST": "127.0.0.1", "PORT": str(self._port)}
                | dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        Server(self._process, self._port, self._log).wait_for("/health/readiness", 200)

    def kill(self) -> None:
        """End everything of it at once, as a node that loses its power does."""
        assert self._process is not None
        end_group(self._process)

    def stop(self) -> int:
        """Ask it to end; returns the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)


@contextmanager
def function(
    log: Path, arguments: Sequence[str] = SERVE, **environment: str
) -> Iterator[FunctionProcess]:
    """Yield the function on a port of its own."""
    with reserved_port() as port, FunctionProcess(port, log, arguments, environment) as process:
        yield process


@contextmanager
def dead_letters(folder: Path, sink: str | None = None) -> Iterator[str]:
    """Yield the dead letter sink over a folder, by its URL. It has to end well."""
    environment = clean_environment() | ({"K_SINK": sink} if sink else {})
    with reserved_port() as port:
        environment |= {"HOST": "127.0.0.1", "PORT": str(port)}
        log = folder.parent / f"{folder.name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "function", "dead-letters", str(folder)],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            Server(process, port, log).wait_for("/health/liveness", 200)
            yield f"http://127.0.0.1:{port}"
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text()
        finally:
            end_group(process)
