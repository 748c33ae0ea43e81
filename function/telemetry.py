"""What every room writes: structured log lines, and spans that record nothing without a collector.

A log line is one JSON object, and every name of a log event stands here once. On a terminal a line
is for people: the time, the level, the event and its fields. A line never holds a prompt, an answer
or personal data. Callers pass identifiers, counts, names of models and durations only.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal, ParamSpec, Self, TypeVar

from pydantic_core import to_json

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent

    from function.backends.base import Model, Turn
    from function.contract import InferenceRequest

P = ParamSpec("P")
T = TypeVar("T")
LogEvent = Literal[
    "trm_client_initialized",
    "trm_model_loaded",
    "trm_model_load_failed",
    "trm_model_evicted",
    "trm_model_unavailable",
    "trm_backend_failed",
    "trm_generation_started",
    "trm_reflection_steps",
    "trm_generation_completed",
    "trm_generation_failed",
    "trm_event_ignored",
    "trm_event_refused",
    "trm_id_reused",
    "trm_bug",
    "trm_verifier_failed",
    "trm_dedupe_degraded",
    "trm_dedupe_recovered",
    "trm_dedupe_foreign",
    "trm_sink_failed",
    "trm_step_dropped",
    "trm_dead_letter",
    "trm_dead_letter_dropped",
    "trm_dead_letter_refused",
    "trm_dead_letter_resent",
    "trm_dead_letters_resent",
    "trm_dead_letters_started",
    "trm_setting_unknown",
    "trm_telemetry_failed",
    "trm_stopped",
]

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
_STANDARD_OUTPUT = 1
GATHER_SECONDS = 0.05
LONGEST_LIST = 3
"""Items of a list that a line for people spells out; of a longer one it has the number."""
LONGEST_FIELD = 200
"""Characters of a field: ids and types are as long as their sender likes."""
Field = str | int | float | bool | None | list[str]


class Log:
    """Writes one JSON line an event; safe to share between threads.

    The standard library's logging costs several times the rest of a line, and an event writes
    three of them. Lines for standard output are gathered for a moment and written by a thread of
    their own, because every write of an answering thread lets another one run and waits for its
    turn again. An error is written at once, with all lines before it.

    :param stream: where lines go, each at once, instead of standard output.
    :param for_people: whether lines are text instead of JSON; as a rule, on a terminal.
    """

    def __init__(
        self, level: str = "INFO", stream: IO[str] | None = None, for_people: bool | None = None
    ) -> None:
        self.context: Callable[[], dict[str, str]] | None = None
        """What every line says besides, where something is traced."""
        self._threshold = _LEVELS[level]
        self._stream = stream
        self._for_people = _on_terminal(stream) if for_people is None else for_people
        self._lines: deque[bytes] = deque()
        self._writing = threading.Lock()
        self._pending = threading.Event()
        self._writer: threading.Thread | None = None

    def debug(self, event: LogEvent, **fields: Field) -> None:
        """Log what helps to find a fault."""
        self._write("DEBUG", event, fields)

    def info(self, event: LogEvent, **fields: Field) -> None:
        """Log what happened as it should."""
        self._write("INFO", event, fields)

    def warning(self, event: LogEvent, **fields: Field) -> None:
        """Log what an operator should look at one day."""
        self._write("WARNING", event, fields)

    def error(self, event: LogEvent, **fields: Field) -> None:
        """Log what an operator should look at now."""
        self._write("ERROR", event, fields)

    def _write(self, level: str, event: LogEvent, fields: dict[str, Field]) -> None:
        if _LEVELS[level] < self._threshold:
            return
        now = time.time()
        moment = f"{_second(int(now))}.{int(now % 1 * 1000):03}Z"
        if self.context is not None:
            fields |= self.context()
        for name, value in fields.items():
            if value.__class__ is str and len(value) > LONGEST_FIELD:
                fields[name] = _cut(value)
        if self._for_people:
            line = _for_people(moment, level, event, fields)
        else:
            line = to_json({"time": moment, "level": level, "event": event, **fields})
        if self._stream is not None:
            self._stream.write(f"{line.decode()}\n")
            self._stream.flush()
            return
        self._lines.append(line)
        if level == "ERROR":
            self.flush()
        elif not self._pending.is_set():
            self._pending.set()
            if self._writer is None:
                self._start_writer()

    def flush(self) -> None:
        """Write what was gathered; nothing may be lost at the end of the process."""
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            text = b"".join([line + b"\n" for line in lines])
            while text:
                text = text[os.write(_STANDARD_OUTPUT, text) :]

    def _start_writer(self) -> None:
        with self._writing:
            if self._writer is None:
                # Begun with the first line, so after the fork of the server's process.
                self._writer = threading.Thread(target=self._write_on, name="log", daemon=True)
                self._writer.start()
                atexit.register(self.flush)

    def _write_on(self) -> None:
        while True:
            self._pending.wait()
            time.sleep(GATHER_SECONDS)
            self._pending.clear()
            self.flush()


def _on_terminal(stream: IO[str] | None) -> bool:
    return os.isatty(_STANDARD_OUTPUT) if stream is None else stream.isatty()


def _for_people(moment: str, level: str, event: str, fields: dict[str, Field]) -> bytes:
    """Return a line without characters that could steer a terminal."""
    pairs = [f"{name}={_short(value)}" for name, value in fields.items() if value is not None]
    text = f"{moment[11:19]} {level:<7} {event.removeprefix('trm_')} {'  '.join(pairs)}"
    return "".join(each if each.isprintable() else "?" for each in text).rstrip().encode()


def _short(value: Field) -> Field:
    return len(value) if isinstance(value, list) and len(value) > LONGEST_LIST else value


def _cut(text: str) -> str:
    return f"{text[:LONGEST_FIELD]}... ({len(text)} characters)"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


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
