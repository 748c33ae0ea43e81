"""A real llama.cpp server with the embedded weights, in a process of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys

PROGRAM = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, key, window = sys.argv[1], sys.argv[2], int(sys.argv[3])
params.n_parallel, params.n_ctx = 1, window
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
params.warmup, params.verbosity, params.api_keys = False, -1, [key]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


class LlamaServer:
    """Listens on a free port until it is closed."""

    window = 1_024

    def __init__(self) -> None:
        from function.backends.local.embedded import embedded_weights

        self.key = secrets.token_hex(8)
        weights = str(embedded_weights())
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, weights, self.key, str(self.window)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "GOMP_SPINCOUNT": "1000"},
            text=True,
        )
        assert self._process.stdout is not None
        self.url = f"{self._process.stdout.readline().strip()}/v1"

    def kill(self) -> None:
        """End it as a crash would, in the middle of whatever it does."""
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        """End it, if it still runs."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
