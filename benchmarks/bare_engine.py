"""The peer of the cold start: llama.cpp answers one prompt in a process with nothing else in it.

Reads ``{"engine": ..., "request": ...}`` from the first argument, prints the answer, and ends when
its input does. Imports the engine and the standard library only.
"""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the function does

import xllamacpp


def main() -> None:
    """Load, answer, print."""
    task = json.loads(sys.argv[1])
    engine = task["engine"]
    params = xllamacpp.CommonParams()
    params.model.path = engine["path"]
    params.n_parallel = engine["slots"]
    params.n_ctx = engine["slots"] * engine["window"]
    params.n_batch = params.n_ubatch = engine["batch"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = engine["threads"]
    params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_BF16
    params.cache_ram_mib = engine["kept_mib"]
    params.warmup = False
    params.verbosity = -1
    params.force_pure_content_parser = True
    server = xllamacpp.Server(params)
    reply = server.handle_chat_completions(task["request"])
    print(json.dumps(reply["choices"][0]["message"]["content"]), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
