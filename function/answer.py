"""What goes back over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Answer:
    """One HTTP response."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def line(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    """An answer of one short line for a person."""
    return Answer(status, [("content-type", "text/plain"), *headers], f"{text}\n".encode())
