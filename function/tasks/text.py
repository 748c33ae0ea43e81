"""Text by a network over bytes, whose supervision steps are the reflection steps.

The layout of ``ordlibrary/x402``: 258 symbols, of which 0 pads, 1 ends and byte b is b + 2, on 512
positions. The prompt fills the first ones; the network writes the whole answer at once, one symbol
a position, and revises it in every step.
"""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from function.backends.base import Tokens
from function.contract import InferenceRequest, ReflectionStep, StopReason
from function.deadline import Deadline
from function.errors import ModelRefused, PromptTooLong
from function.reflection.answer import Answer, Confidence, Outcome, share_passed
from function.reflection.checks.checks import checks_of, run_checks
from function.tasks.base import TraceEntry, request_errors, trace_of
from function.trm.attempt import Sample, Step
from function.trm.names import PREFIX
from function.trm.registry import Networks
from function.trm.text_networks import FIRST_BYTE, reads_bytes

if TYPE_CHECKING:
    from function.trm.loading import Network


class TextTask:
    """Answers prompts with the chosen network, where that one reads bytes."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Answer the prompt; see :class:`function.tasks.base.NativeTask`.

        Earlier messages and the system prompt are not read: there is no room for them.

        :raises PromptTooLong: the prompt has more bytes than the network has positions.
        """
        with request_errors(request):
            asked = request.model if (request.model or "").startswith(PREFIX) else None
            network = self._networks.find(asked, reads_bytes, shipped=[], purpose="text")
            name = PREFIX + network.name
            if request.response_format is not None:
                raise ModelRefused(f"{name} answers in plain text: it cannot follow a format")
            prompt, limit = request.question.encode(), network.config.seq_len
            if len(prompt) > limit:
                raise PromptTooLong(f"{len(prompt)} bytes do not fit {limit} positions of {name}")
            attempt = _run(network, prompt, deadline)
        return name, _outcome(request, network, attempt)

    def close(self) -> None:
        """Do nothing: the service closes its networks."""


def to_tokens(text: bytes, positions: int) -> NDArray[np.int64]:
    """Return the symbols of a text, padded to all positions."""
    tokens = np.zeros(positions, dtype=np.int64)
    tokens[: len(text)] = np.frombuffer(text, dtype=np.uint8).astype(np.int64) + FIRST_BYTE
    return tokens


def from_tokens(tokens: NDArray[np.int64]) -> str:
    """Return the text of the first run of bytes."""
    return written_bytes(tokens).decode(errors="replace").strip()


def written_bytes(tokens: NDArray[np.int64]) -> bytes:
    """Return the first run of bytes: what follows an end or padding is not trained."""
    is_byte = tokens >= FIRST_BYTE
    start = int(is_byte.argmax())
    rest = is_byte[start:]
    end = start + (int((~rest).argmax()) if not rest.all() else len(rest))
    return (tokens[start:end] - FIRST_BYTE).astype(np.uint8).tobytes()


def _run(network: Network, prompt: bytes, deadline: Deadline) -> Sample:
    """Return the attempt after its last supervision step."""
    attempt = Sample(
        tokens=to_tokens(prompt, network.config.seq_len),
        deadline=deadline,
        finished=SimpleQueue(),
        max_steps=network.config.halt_max_steps,
        halt_above=network.halt_above,
        identifier=0,
    )
    network.engine.submit([attempt])
    attempt.wait()
    return attempt


def _outcome(request: InferenceRequest, network: Network, attempt: Sample) -> Outcome:
    steps = list(attempt.steps)
    answer = from_tokens(steps[-1].tokens)
    checks = run_checks(checks_of(request), Answer(answer))
    sure = network.calibration.probability(steps[-1].halt)
    confidence = Confidence(sure, "halting", calibrated=network.calibrated)
    if share_passed(checks) < 1:
        confidence = Confidence(0.0, "failed_checks")
    reasons: dict[str | None, StopReason] = {"confident": "confident", "max_steps": "max_steps"}
    return Outcome(
        answer=answer,
        checks=checks,
        confidence=confidence,
        stop_reason=reasons.get(attempt.ending, "deadline"),
        tokens=Tokens(len(request.question.encode()), len(written_bytes(steps[-1].tokens))),
        trace=_trace(network, steps),
    )


def _trace(network: Network, steps: list[Step]) -> list[ReflectionStep]:
    entries: list[TraceEntry] = []
    tokens = None
    for step in steps:
        changed = len(step.tokens) if tokens is None else int((step.tokens != tokens).sum())
        change = f"{changed} of {len(step.tokens)} positions changed"
        sure = network.calibration.probability(step.halt)
        entries.append(TraceEntry(from_tokens(step.tokens), change, sure))
        tokens = step.tokens
    return trace_of(entries)
