"""A ``recursive_gpt`` network of the public one's sizes writes with and without its cache.

The weights are random: how long it takes does not depend on them. Both write the same tokens.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.figure import Figure, middle_ratio


class Counts(NamedTuple):
    """How much is measured: the network's width, tokens of prompt and answer, and pairs."""

    width: int
    prompt: int
    written: int
    pairs: int


FULL, SMOKE = Counts(640, 16, 256, 1), Counts(64, 8, 16, 1)
WARMUP_TOKENS = 4


def measure(counts: Counts) -> Iterator[Figure]:
    """Yield seconds without the cache over seconds with it, in turns."""
    import torch

    from function.backends.local.transformers.recursive_gpt import (
        RecursiveGPTConfig,
        RecursiveGPTForCausalLM,
    )

    torch.manual_seed(1)
    network = RecursiveGPTForCausalLM(RecursiveGPTConfig(n_embd=counts.width)).eval()
    prompt = torch.randint(network.config.vocab_size, (1, counts.prompt))

    def seconds(cached: bool, tokens: int) -> float:
        started = time.perf_counter()
        network.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=False,
            use_cache=cached,
            pad_token_id=0,
        )
        return time.perf_counter() - started

    for cached in (True, False):
        seconds(cached, WARMUP_TOKENS)
    runs = [
        (seconds(False, counts.written), seconds(True, counts.written)) for _ in range(counts.pairs)
    ]
    yield Figure(
        "recursive_gpt, cache against none",
        middle_ratio(runs),
        "at least",
        8.0,
        f"{counts.written} tokens after {counts.prompt}: cached {min(b for _, b in runs):.1f} s   "
        f"uncached {min(a for a, _ in runs):.1f} s",
    )
