"""llama.cpp's server in a process of its own, with every setting as it comes.

``python -m benchmarks.llama_server WEIGHTS`` prints its address and ends when its input does.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import ROOT


@contextmanager
def llama_server(weights: Path) -> Iterator[str]:
    """Yield the base of its OpenAI-compatible API while it runs."""
    command = [sys.executable, "-m", "benchmarks.llama_server", str(weights)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


def main() -> None:
    """Serve one file."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.verbosity = -1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
