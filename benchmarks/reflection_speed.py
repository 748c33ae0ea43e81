"""The whole reflection loop beside the two ways to have it without the function's own engine.

One is generate, reflect, refine as it is plainly written with transformers: the very prompts of the
loop, each computed from its first token by ``generate``, whose cache lasts for one call. The other
is the same loop in front of a llama.cpp server with default settings. All run the same weights, and
each answer has as many tokens; the check is one that no answer passes, so every step is taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.figure import Figure, middle_ratio
from benchmarks.full_length import FullLength, FullLengthServed
from benchmarks.llama_server import llama_server
from benchmarks.prefix_reuse import CONTEXT_TOKENS, STEPS, request_over
from function.contract import parse_request
from function.deadline import Deadline
from function.models.base import Model
from function.models.gguf import find_embedded_weights
from function.reflection.loop import ReflectionLoop


class Counts(NamedTuple):
    """How much is measured: tokens of each answer, pairs with transformers, pairs with a server."""

    tokens: int
    plain_pairs: int
    server_pairs: int


FULL, SMOKE = Counts(96, 2, 5), Counts(4, 1, 1)


def measure(counts: Counts) -> Iterator[Figure]:
    """Seconds of each peer over those of the function, for the same request, in turns."""
    # Before our engine, which has its threads wait in another way: each side keeps its own.
    plain = _Plain(find_embedded_weights())
    with llama_server(find_embedded_weights()) as url:
        ours, served = FullLength(), FullLengthServed(url, window=2_048)
        numbers = iter(range(1_000))

        def loop(model: Model, number: int) -> float:
            return _seconds(lambda: _reflect(model, ours, number, counts.tokens))

        def beside_plain() -> tuple[float, float]:
            ours.prompts.clear()
            mine = loop(ours, next(numbers))
            return _seconds(lambda: plain.answer(ours.prompts)), mine

        def beside_server() -> tuple[float, float]:
            number = next(numbers)
            mine = loop(ours, number)
            return loop(served, number), mine

        for model in (ours, served):
            loop(model, next(numbers))  # reads the weights into memory
        plain.answer([{**ours.prompts[0], "max_tokens": 2}])
        plain_runs = [beside_plain() for _ in range(counts.plain_pairs)]
        yield _figure("reflection loop, plain transformers", 6.0, plain_runs, counts.tokens)
        server_runs = [beside_server() for _ in range(counts.server_pairs)]
        yield _figure("reflection loop, llama.cpp server", 1.5, server_runs, counts.tokens)
        served.close()
        ours.close()


def _figure(name: str, bar: float, runs: list[tuple[float, float]], tokens: int) -> Figure:
    return Figure(
        name,
        middle_ratio(runs),
        "at least",
        bar,
        f"{STEPS} steps over {CONTEXT_TOKENS} tokens, {tokens} written each: "
        f"function {median(b for _, b in runs):.2f} s   "
        f"peer {median(a for a, _ in runs):.2f} s   ({len(runs)} pairs)",
    )


def _reflect(model: Model, counter: Model, number: int, tokens: int) -> None:
    request = parse_request(request_over(counter, number, tokens))
    outcome = ReflectionLoop(request, model, Deadline.after(600), seed=number + 1).run()
    if len(outcome.trace) != STEPS or outcome.tokens.completion != (STEPS + 1) * tokens:
        raise RuntimeError("the loop did not take its steps, or an answer ended early")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class _Plain:
    """The weights as transformers reads them, in float32."""

    def __init__(self, weights: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        file = {"gguf_file": weights.name}
        self._tokenizer = AutoTokenizer.from_pretrained(weights.parent, **file)
        self._network = AutoModelForCausalLM.from_pretrained(
            weights.parent, dtype=torch.float32, **file
        )

    def answer(self, prompts: list[dict[str, Any]]) -> None:
        """Write one answer after the other, each of its full length."""
        for prompt in prompts:
            inputs = self._tokenizer.apply_chat_template(
                prompt["messages"],
                add_generation_prompt=True,
                return_dict=True,
                return_tensors="pt",
            )
            warmth = prompt["temperature"]
            drawn = {"do_sample": True, "temperature": warmth} if warmth else {"do_sample": False}
            self._network.generate(
                **inputs,
                **drawn,
                min_new_tokens=prompt["max_tokens"],
                max_new_tokens=prompt["max_tokens"],
            )
