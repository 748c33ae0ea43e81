"""Reflection steps over a long context, beside the same prompts without prefix reuse.

The function's loop drafts and refines a few times, because its request has a check that no answer
can pass. The very prompts that it sent then go one by one to a second engine of the same parameters
that computes each prompt from its first token. Both write the same number of tokens.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

import xllamacpp

from benchmarks.figure import Figure, middle_ratio
from benchmarks.full_length import Embedded
from function.backends.base import Model
from function.backends.local.embedded import embedded_weights
from function.backends.local.llama_cpp import engine_parameters
from function.contract import parse_request
from function.deadline import Deadline
from function.reflection.loop import ReflectionLoop
from function.settings import Settings

STEPS = 3
CONTEXT_TOKENS = 200
ANSWER_TOKENS = 24
SERVICES = ("gateway", "checkout", "search", "mailer", "indexer")


class Counts(NamedTuple):
    """How many pairs are measured, and the reflection steps of each request."""

    pairs: int
    steps: int


FULL, SMOKE = Counts(7, STEPS), Counts(1, 1)


def measure(counts: Counts) -> Iterator[Figure]:
    """Yield seconds of both for as many requests, in turns; each request has facts of its own."""
    model = Embedded()
    engine = _engine()
    runs: list[tuple[float, float]] = []
    for number in range(counts.pairs + 1):
        model.prompts.clear()
        started = time.perf_counter()
        loop = ReflectionLoop(
            parse_request(request_over(model, number, ANSWER_TOKENS, counts.steps)),
            model,
            Deadline.after(600),
            seed=number + 1,
        )
        outcome = loop.run()
        ours = time.perf_counter() - started
        if len(outcome.trace) != counts.steps:
            raise RuntimeError("the loop did not take its steps")
        started = time.perf_counter()
        for prompt in model.prompts:
            engine.handle_chat_completions(
                {**prompt, "logprobs": True, "top_logprobs": 1, "cache_prompt": False}
            )
        runs.append((ours, time.perf_counter() - started))
    model.close()
    del engine
    runs = runs[1:]  # the first of both reads the weights into memory
    yield Figure(
        f"{counts.steps} steps over {CONTEXT_TOKENS} tokens, time",
        middle_ratio(runs),
        "at most",
        0.6,
        f"with prefix reuse {median(a for a, _ in runs):.2f} s   "
        f"without {median(b for _, b in runs):.2f} s   ({len(runs)} pairs)",
    )


def _engine() -> xllamacpp.Server:
    settings = Settings()
    return xllamacpp.Server(
        engine_parameters(
            embedded_weights(),
            slots=settings.slots,
            window=settings.window,
            threads=settings.engine_threads,
        )
    )


def request_over(
    model: Model, number: int, answer_tokens: int, steps: int = STEPS
) -> dict[str, Any]:
    """Return a request over ``CONTEXT_TOKENS`` of facts that no other number has; no answer
    passes."""
    notes: dict[str, str] = {}
    while model.count_tokens(str(notes)) < CONTEXT_TOKENS:
        place = len(notes)
        name = SERVICES[place % len(SERVICES)]
        notes[f"{number}-{place}"] = (
            f"{name} answered {97 * place + 13 * number} requests, no error"
        )
    return {
        "prompt": "Which service answered most requests? Tell it in two sentences.",
        "context": {"notes": notes},
        "checks": {"regex": "(?!)"},
        "max_reflection_steps": steps,
        "max_tokens": answer_tokens,
    }
