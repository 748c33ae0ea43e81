"""From the start of the process to the first completed event, beside the bare engine.

Both answer the same messages with the same engine parameters, greedily; the function's messages
come from its own prompt code. Only one of the two runs at a time.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import Figure, middle_ratio
from benchmarks.processes import ROOT, START_SECONDS, free_port, peak_mib, running
from function.backends.base import Model
from function.backends.local.embedded import embedded_weights
from function.backends.local.llama_cpp import KEPT_PROMPTS_MIB, PREFILL_CHUNK
from function.contract import parse_request
from function.reflection.prompt.prompts import conversation
from function.settings import Settings

POLL_SECONDS = 0.01
REQUEST: dict[str, Any] = {
    "prompt": "Which service fails and since when? Answer in one sentence.",
    "context": {"service": "loki", "error_rate": 0.03, "since": "03:04", "namespace": "logging"},
    "max_tokens": 24,
    "temperature": 0,
}
FULL, SMOKE = 7, 1
"""Pairs of starts; where there are several, one more before them reads files into memory."""


def measure(pairs: int) -> Iterator[Figure]:
    """Measure time and peak memory of as many starts of each, alternating."""
    task = json.dumps({"engine": _engine(), "request": _bare_request()})
    warming = 1 if pairs > 1 else 0
    runs = [(start_function(REQUEST), _bare(task)) for _ in range(warming + pairs)][warming:]
    for place, name, bar, unit in (
        (0, "cold start to first event, time", 1.8, "s"),
        (1, "cold start to first event, memory", 1.6, "MiB"),
    ):
        values = [(ours[place], bare[place]) for ours, bare in runs]
        digits = 2 if unit == "s" else 0
        yield Figure(
            name,
            middle_ratio(values),
            "at most",
            bar,
            f"function {median(a for a, _ in values):.{digits}f} {unit}   "
            f"bare engine {median(b for _, b in values):.{digits}f} {unit}   "
            f"({len(values)} pairs)",
        )


def _engine() -> dict[str, Any]:
    settings = Settings()
    return {
        "path": str(embedded_weights()),
        "slots": settings.slots,
        "window": settings.window,
        "batch": PREFILL_CHUNK,
        "kept_mib": KEPT_PROMPTS_MIB,
        "threads": settings.engine_threads or len(os.sched_getaffinity(0)),
    }


def _bare_request() -> dict[str, Any]:
    model: Model = _Unused()  # type: ignore[assignment]
    turns = conversation(parse_request(REQUEST), model).turns
    return {
        "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
        "max_tokens": REQUEST["max_tokens"],
        "temperature": REQUEST["temperature"],
    }


class _Unused:
    """A short prompt is laid out without asking the model anything but its window."""

    window = Settings().window

    def count_tokens(self, text: str) -> int:
        """Return at most one token a character, so that nothing is counted exactly."""
        return len(text)


def _bare(task: str) -> tuple[float, float]:
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_engine", task],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        answer = process.stdout.readline()
        elapsed = time.perf_counter() - started
        if not (answer and json.loads(answer)):
            raise RuntimeError("the bare engine gave no answer")
        return elapsed, peak_mib(process.pid)


def start_function(request: dict[str, Any], **environment: str) -> tuple[float, float]:
    """Return seconds from the start of the process to the answer of its first event, and peak
    MiB."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with running(
            ["-m", "function", "serve"],
            Path(folder) / "output",
            HOST="127.0.0.1",
            PORT=str(port),
            **environment,
        ) as process:
            _ask_until_answered(port, request)
            return time.perf_counter() - started, peak_mib(process.pid)


def _ask_until_answered(port: int, request: dict[str, Any]) -> None:
    """Send the event as an impatient broker would, until it is answered.

    :raises RuntimeError: a wrong answer, or none.
    """
    headers = {
        "ce-id": "cold-start",
        "ce-source": "/benchmarks",
        "ce-specversion": "1.0",
        "ce-type": "io.homelab.trm.inference.requested",
        "content-type": "application/json",
    }
    body = json.dumps(request)
    give_up = time.perf_counter() + START_SECONDS
    while time.perf_counter() < give_up:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            content = response.read()
        except OSError:
            time.sleep(POLL_SECONDS)
            continue
        finally:
            connection.close()
        if response.status == 503:
            time.sleep(POLL_SECONDS)
            continue
        right = (
            response.status == 200
            and str(response.getheader("ce-type")).endswith(".completed")
            and response.getheader("ce-causationid") == "cold-start"
            and json.loads(content)["answer"]
        )
        if not right:
            raise RuntimeError(f"wrong answer: {response.status} {content[:500]!r}")
        return
    raise RuntimeError("the function never answered")
