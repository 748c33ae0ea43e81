"""Structured logs: one JSON object a line, and every log-event name once.

A line never holds a prompt, an answer or personal data. Callers pass identifiers, counts, names
of models and durations only.
"""

from __future__ import annotations

import json
import sys
import threading
import time
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
    "trm_stopped",
]

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
Field = str | int | float | bool | None | list[str]


class Log:
    """Writes one JSON line an event to a stream; safe to share between threads.

    The standard library's logging costs several times the rest of a line, and an event writes
    three of them.
    """

    def __init__(self, level: str = "INFO", stream: IO[str] | None = None) -> None:
        self._threshold = _LEVELS[level]
        self._stream = stream
        self._lock = threading.Lock()

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
        now = time.time()
        moment = (
            time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        )
        line = json.dumps({"time": moment, "level": level, "event": event, **fields})
        stream = self._stream or sys.stdout
        with self._lock:
            stream.write(line + "\n")
            stream.flush()
