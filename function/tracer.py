"""Spans that record nothing, for a process without a collector."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent

    from function.backends.base import Model, Turn
    from function.contract import InferenceRequest

P = ParamSpec("P")
T = TypeVar("T")


class Span:
    """The span of one piece of work, as a context manager."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def end(self, result: Any) -> None:
        """Record what the work returned."""


NO_SPAN = Span()


class Tracer:
    """Opens a span for each piece of work; see :class:`function.observability.spans.Spans`."""

    __slots__ = ()

    def request(
        self, headers: Iterable[tuple[str, str]], method: str = "POST", route: str = "/"
    ) -> Span:
        """Open the span of an HTTP request; it ends with an answer."""
        return NO_SPAN

    def process(self, event: CloudEvent) -> Span:
        """Open the span of an event of an accepted type."""
        return NO_SPAN

    def reflect(self, request: InferenceRequest) -> Span:
        """Open the span of all work on one request; it ends with an outcome."""
        return NO_SPAN

    def attempt(self, model: Model) -> Span:
        """Open the span of one backend that a request is tried with."""
        return NO_SPAN

    def native(self, backend: str, request: InferenceRequest) -> Span:
        """Open the span of a network's work; it ends with its name and its outcome."""
        return NO_SPAN

    def step(self, number: int) -> Span:
        """Open the span of one reflection step; it ends with the step."""
        return NO_SPAN

    def check(self, name: str) -> Span:
        """Open the span of one check of one candidate; it ends with the result."""
        return NO_SPAN

    def generate(self, model: Model, turns: Sequence[Turn], options: Mapping[str, Any]) -> Span:
        """Open the span of a call that writes; it ends with a list of answers."""
        return NO_SPAN

    def score(self, model: Model) -> Span:
        """Open the span of a call that scores given texts; it ends with the scores."""
        return NO_SPAN

    def send(self, event: CloudEvent) -> Span:
        """Open the span of an event on its way to the sink."""
        return NO_SPAN

    def mark_duplicate(self) -> None:
        """Record that the current event was answered from memory, or joined another's work."""

    def mark_failure(self, code: str) -> None:
        """Record why the current event is answered for good without an answer."""

    def carried(self, work: Callable[P, T]) -> Callable[P, T]:
        """Return the same work for another thread, in the span of this one."""
        return work


NO_TRACER = Tracer()
