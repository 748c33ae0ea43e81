"""Generation as it is plainly written with transformers, in a process of its own.

In one process torch's threads and llama.cpp's would share the OpenMP library, which makes threads
sleep sooner where there are more of them than cores. ``python -m benchmarks.plain_transformers
WEIGHTS`` reads a line of JSON for each text, ``{"messages": ..., "tokens": ...}``, and writes it as
another.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT


class Plain:
    """The process, seen from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def write(self, messages: list[dict[str, str]], tokens: int) -> str:
        """Return the next turn, greedily and of its full length; no cache outlives the call."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"messages": messages, "tokens": tokens}) + "\n")
        self._process.stdin.flush()
        return str(json.loads(self._process.stdout.readline()))


@contextmanager
def plain_transformers(weights: Path) -> Iterator[Plain]:
    """Yield the process while it runs."""
    command = [sys.executable, "-m", "benchmarks.plain_transformers", str(weights)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Plain(process)
        finally:
            process.kill()


def main() -> None:
    """Answer until the input ends, in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    weights = Path(sys.argv[1])
    file = {"gguf_file": weights.name}
    tokenizer: Any = AutoTokenizer.from_pretrained(weights.parent, **file)
    network: Any = AutoModelForCausalLM.from_pretrained(weights.parent, dtype=torch.float32, **file)
    for asked in map(json.loads, sys.stdin):
        inputs = tokenizer.apply_chat_template(
            asked["messages"], add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )
        length = asked["tokens"]
        written = network.generate(
            **inputs, do_sample=False, min_new_tokens=length, max_new_tokens=length
        )
        text = tokenizer.decode(written[0, inputs["input_ids"].shape[1] :])
        print(json.dumps(text), flush=True)


if __name__ == "__main__":
    main()
