"""The protocol of a task that the native TRM answers, and what tasks on grids share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from function.contract import InferenceRequest, ReflectionStep
from function.deadline import Deadline
from function.errors import FieldError, InvalidRequest, ModelRefused, RequestExpired
from function.reflection.answer import Outcome
from function.trm.errors import CheckpointError, DeadlineError, PuzzleError


class NativeTask(Protocol):
    """Answers the requests of one kind; safe to call from many threads."""

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Answer a request; returns the network's name and what came of it.

        :raises InvalidRequest: what the request holds is nothing that this task can read.
        :raises ModelRefused: there is no network for it.
        :raises RequestExpired: the deadline passed before the first step.
        """

    def close(self) -> None:
        """Stop what is running and give back memory; no call may follow."""


NAMED_CELLS = 12
"""Changed cells that a trace entry names one by one."""


class GridStep(Protocol):
    """One supervision step of a grid: see the steps of each task's answer."""

    @property
    def attempt(self) -> int: ...

    @property
    def changed(self) -> Sequence[tuple[int, int]]: ...

    @property
    def confidence(self) -> float: ...


def given_puzzle(request: InferenceRequest) -> object:
    """Return the puzzle of a request, or its prompt where it brings none."""
    return request.question if request.puzzle is None else request.puzzle


@contextmanager
def request_errors(request: InferenceRequest) -> Iterator[None]:
    """Raise the TRM's errors as errors of requests.

    :raises InvalidRequest: the puzzle is none; names the field that held it.
    :raises ModelRefused: there is no network for it.
    :raises RequestExpired: the deadline passed before the first step.
    """
    try:
        yield
    except PuzzleError as error:
        field = "prompt" if request.puzzle is None else "puzzle"
        raise InvalidRequest([FieldError(field, str(error))]) from None
    except CheckpointError as error:
        raise ModelRefused(str(error)) from None
    except DeadlineError as error:
        raise RequestExpired(str(error)) from None


class TraceEntry(NamedTuple):
    """One supervision step: the answer after it, what it changed, and how sure the network is."""

    answer: str
    change: str
    confidence: float
    attempt: int = 0


def trace_of(entries: Iterable[TraceEntry]) -> list[ReflectionStep]:
    """Return the reflection steps of a reply, one a supervision step."""
    trace: list[ReflectionStep] = []
    before, confidence, attempt = "", 0.0, 0
    for entry in entries:
        if entry.attempt != attempt:  # another attempt begins with the puzzle as given
            before, attempt = "", entry.attempt
        trace.append(
            ReflectionStep(
                step=len(trace) + 1,
                initial_answer=before,
                reflection=entry.change,
                refined_answer=entry.answer,
                confidence=entry.confidence,
                improvement_score=round(entry.confidence - confidence, 6),
                accepted=True,
            )
        )
        before, confidence = entry.answer, entry.confidence
    return trace


def grid_trace(steps: Sequence[GridStep], grids: Sequence[str]) -> list[ReflectionStep]:
    """Return the trace of a task on grids: the cells that each step changed."""
    return trace_of(
        TraceEntry(grid, _changes(step), step.confidence, step.attempt)
        for step, grid in zip(steps, grids, strict=True)
    )


def _changes(step: GridStep) -> str:
    count = len(step.changed)
    text = f"{count} {'cell' if count == 1 else 'cells'} changed"
    if step.attempt:
        text += f" in attempt {step.attempt}"
    if not count:
        return text
    named = ", ".join(f"r{row + 1}c{column + 1}" for row, column in step.changed[:NAMED_CELLS])
    return f"{text}: {named}" + (" and more" if count > NAMED_CELLS else "")
