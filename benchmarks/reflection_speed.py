"""The whole reflection loop beside generate, reflect, refine as it is plainly written.

The peers draft, have the model criticise its answer and write it again, step by step, with nothing
but the last answer in view (source: "Self-Refine", arXiv 2303.17651): one with transformers, which
computes each prompt from its first token, one over HTTP in front of a llama.cpp server with default
settings. In the function's loop the reason of a failed check is the reflection, so a step of it
writes one text where theirs writes two. What the ratio is when both sides write the very same texts
stands behind it. All run the same weights, and each text has as many tokens; the check is one that
no answer passes, so every step is taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

import httpx

from benchmarks.figure import Figure, middle_ratio
from benchmarks.full_length import FullLength, FullLengthServed
from benchmarks.llama_server import llama_server
from benchmarks.plain_transformers import plain_transformers
from benchmarks.prefix_reuse import CONTEXT_TOKENS, STEPS, request_over
from function.backends.base import Model, Turn, plain_messages
from function.backends.local.embedded import embedded_weights
from function.contract import parse_request
from function.deadline import Deadline
from function.reflection.loop import ReflectionLoop
from function.reflection.prompt.prompts import CRITIQUE, conversation
from lab.evaluation.baselines import REVISE

SECONDS = 600
Messages = list[dict[str, str]]


class Counts(NamedTuple):
    """How much is measured: tokens of each text, steps, rounds with transformers and a server."""

    tokens: int
    steps: int
    plain_rounds: int
    server_rounds: int


FULL, SMOKE = Counts(96, STEPS, 3, 5), Counts(4, 1, 1, 1)


class Round(NamedTuple):
    """Seconds of the peer's loop, of the peer writing the function's texts, and of the function."""

    plain: float
    same: float
    ours: float


def measure(counts: Counts) -> Iterator[Figure]:
    """Yield seconds of each peer over those of the function, for the same request, in turns."""
    weights = embedded_weights()
    with plain_transformers(weights) as plain, llama_server(weights) as url:
        ours = FullLength()
        served = FullLengthServed(url, window=2_048)
        poster = _Poster(url, counts.tokens)
        numbers = iter(range(1_000))

        def write(messages: Messages) -> str:
            return plain.write(messages, counts.tokens)

        def beside_plain() -> Round:
            number = next(numbers)
            ours.prompts.clear()
            mine = _loop(ours, ours, number, counts)
            prompts: list[Messages] = [prompt["messages"] for prompt in ours.prompts]
            same = _seconds(lambda: [write(prompt) for prompt in prompts])
            return Round(_plain_loop(write, ours, number, counts.steps), same, mine)

        def beside_server() -> Round:
            number = next(numbers)
            mine = _loop(ours, ours, number, counts)
            # With facts of its own each, so that neither finds the other's prompt in the cache.
            same = _loop(served, ours, next(numbers), counts)
            return Round(_plain_loop(poster.write, ours, next(numbers), counts.steps), same, mine)

        for model in (ours, served):
            _loop(model, ours, next(numbers), counts)  # reads the weights into memory
        plain.write(ours.prompts[0]["messages"], tokens=2)
        plain_rounds = [beside_plain() for _ in range(counts.plain_rounds)]
        yield _figure("reflection loop, plain transformers", 6.0, plain_rounds, counts)
        server_rounds = [beside_server() for _ in range(counts.server_rounds)]
        yield _figure("reflection loop, llama.cpp server", 1.5, server_rounds, counts)
        poster.close()
        served.close()
        ours.close()


def _figure(name: str, bar: float, rounds: Sequence[Round], counts: Counts) -> Figure:
    same = middle_ratio([(each.same, each.ours) for each in rounds])
    return Figure(
        name,
        middle_ratio([(each.plain, each.ours) for each in rounds]),
        "at least",
        bar,
        f"{counts.steps} steps over {CONTEXT_TOKENS} tokens, {counts.tokens} a text: "
        f"function {median(each.ours for each in rounds):.2f} s   "
        f"peer {median(each.plain for each in rounds):.2f} s   "
        f"the same texts {same:.2f}   ({len(rounds)} rounds)",
    )


def _loop(model: Model, counter: Model, number: int, counts: Counts) -> float:
    """Return seconds of the function's loop in front of a model."""
    request = parse_request(request_over(counter, number, counts.tokens, counts.steps))
    started = time.perf_counter()
    outcome = ReflectionLoop(request, model, Deadline.after(SECONDS), seed=number + 1).run()
    taken = time.perf_counter() - started
    texts = counts.steps + 1
    if len(outcome.trace) != counts.steps or outcome.tokens.completion != texts * counts.tokens:
        raise RuntimeError("the loop did not take its steps, or an answer ended early")
    return taken


def _plain_loop(write: Callable[[Messages], str], counter: Model, number: int, steps: int) -> float:
    """Return seconds of generate, reflect, refine, where ``write`` says the next turn."""
    request = parse_request(request_over(counter, number, 1))
    turns = conversation(request, counter).turns
    started = time.perf_counter()
    answer = write(plain_messages(turns))
    for _ in range(steps):
        asked = [*turns, Turn("assistant", answer), Turn("user", CRITIQUE)]
        critique = write(plain_messages(asked))
        told = [*asked, Turn("assistant", critique), Turn("user", REVISE)]
        answer = write(plain_messages(told))
    return time.perf_counter() - started


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class _Poster:
    """The client that one writes first for an OpenAI-compatible server."""

    def __init__(self, url: str, tokens: int) -> None:
        self._client = httpx.Client(timeout=SECONDS)
        self._address = f"{url}/chat/completions"
        self._wish: dict[str, Any] = {"max_tokens": tokens, "temperature": 0, "ignore_eos": True}

    def write(self, messages: Messages) -> str:
        """Return the next turn, of its full length."""
        reply = self._client.post(self._address, json={**self._wish, "messages": messages})
        return str(reply.raise_for_status().json()["choices"][0]["message"]["content"])

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()
