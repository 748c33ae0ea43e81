"""Requests side by side: tokens per second of the function's model beside its engine's own best.

The peer is the same engine without the function: no queue, no stream, no deadline, no
log-probabilities. Both run with the default number of slots. Every prompt is new, and each answer
has as many tokens.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any, NamedTuple

from benchmarks.figure import Figure, middle_ratio
from benchmarks.full_length import FullLength
from function.backends.base import Turn
from function.backends.local.embedded import embedded_weights
from function.deadline import Deadline
from function.settings import Settings

REQUESTS = 8


class Counts(NamedTuple):
    """How much is measured: tokens of each answer, and rounds of all sides."""

    tokens: int
    rounds: int


FULL, SMOKE = Counts(96, 5), Counts(4, 1)


def measure(counts: Counts) -> Iterator[Figure]:
    """Yield tokens written per second by both, in turns."""
    settings = Settings()
    # Ours first, because it decides how the threads of all engines wait.
    model = FullLength()
    engine = _engine(settings.slots, settings.window)

    def through_function(question: str) -> int:
        turns, deadline = [Turn("user", question)], Deadline.after(600)
        return model.generate(
            turns, max_tokens=counts.tokens, temperature=0, seed=1, deadline=deadline
        ).tokens.completion

    def straight(question: str) -> int:
        reply = engine.handle_chat_completions(
            {
                "messages": [{"role": "user", "content": question}],
                "max_tokens": counts.tokens,
                "temperature": 0,
                "seed": 1,
                "ignore_eos": True,
            }
        )
        return int(reply["usage"]["completion_tokens"])

    for side in (through_function, straight):
        _rate(side, "warm")
    rates = [
        (_rate(through_function, str(number)), _rate(straight, str(number)))
        for number in range(counts.rounds)
    ]
    model.close()
    yield Figure(
        f"{REQUESTS} at once, tokens/s",
        middle_ratio(rates),
        "at least",
        0.9,
        f"function {median(ours for ours, _ in rates):.0f}/s   "
        f"engine alone {median(direct for _, direct in rates):.0f}/s   "
        f"({settings.slots} slots, {counts.rounds} rounds)",
    )


def _rate(answer: Callable[[str], int], name: str) -> float:
    questions = [f"Round {name}, story {place}: tell it at length." for place in range(REQUESTS)]
    with ThreadPoolExecutor(REQUESTS) as pool:
        started = time.perf_counter()
        written = sum(pool.map(answer, questions))
        return written / (time.perf_counter() - started)


def _engine(slots: int, window: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(embedded_weights())
    params.n_parallel = slots
    params.n_ctx = slots * window
    threads = len(os.sched_getaffinity(0))
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.warmup = False
    params.verbosity = -1
    return xllamacpp.Server(params)
