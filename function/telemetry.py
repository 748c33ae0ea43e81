"""Structured logs: one JSON object a line, and every log-event name once.

A line never holds a prompt, an answer or personal data. Callers pass identifiers, counts, names
of models and durations only.
"""

from __future__ import annotations

import json
import os
import time
from functools import lru_cache
from typing import IO, Literal

LogEvent = Literal[
    "trm_client_initialized",
    "trm_model_loaded",
    "trm_model_load_failed",
    "trm_model_unavailable",
    "trm_generation_started",
    "trm_reflection_steps",
    "trm_generation_completed",
    "trm_generation_failed",
    "trm_event_ignored",
    "trm_event_refused",
    "trm_bug",
    "trm_dedupe_degraded",
    "trm_dedupe_recovered",
    "trm_sink_failed",
    "trm_stopped",
]

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
_STANDARD_OUTPUT = 1
_encode = json.JSONEncoder().encode
Field = str | int | float | bool | None | list[str]


class Log:
    """Writes one JSON line an event; safe to share between threads.

    The standard library's logging costs several times the rest of a line, and an event writes
    three of them. There is no lock either: threads that queue for one while its holder waits for
    the disk spent more time there than on everything else. One ``write`` call a line keeps lines
    whole.

    :param stream: where lines go instead of standard output.
    """

    def __init__(self, level: str = "INFO", stream: IO[str] | None = None) -> None:
        self._threshold = _LEVELS[level]
        self._stream = stream

    def info(self, event: LogEvent, **fields: Field) -> None:
        """What happened as it should."""
        self._write("INFO", event, fields)

    def warning(self, event: LogEvent, **fields: Field) -> None:
        """What somebody should look at one day."""
        self._write("WARNING", event, fields)

    def error(self, event: LogEvent, **fields: Field) -> None:
        """What somebody should look at now."""
        self._write("ERROR", event, fields)

    def _write(self, level: str, event: LogEvent, fields: dict[str, Field]) -> None:
        if _LEVELS[level] < self._threshold:
            return
        seconds, fraction = divmod(time.time(), 1)
        moment = f"{_second(int(seconds))}.{int(fraction * 1000):03d}Z"
        line = _encode({"time": moment, "level": level, "event": event, **fields}) + "\n"
        if self._stream is None:
            os.write(_STANDARD_OUTPUT, line.encode())
        else:
            self._stream.write(line)
            self._stream.flush()


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
