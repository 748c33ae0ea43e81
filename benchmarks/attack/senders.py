"""Raw HTTP requests over sockets of their own, so that nothing is corrected on the way."""

from __future__ import annotations

import json
import socket
import time
import uuid
from dataclasses import dataclass
from typing import Any

TABLE = frozenset(
    (200, 202, 204, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 429, 431, 503)
)
"""The statuses of docs/events.md that a sender can cause; a 500 is a bug."""
ANSWER_SECONDS = 60.0
LONGEST_LINE = 600
"""Bytes of the one line that an answer without an event is."""
REQUEST_TYPE = "io.homelab.trm.inference.requested"


@dataclass(frozen=True)
class Answer:
    """What came back: status 0 where nothing did."""

    status: int
    content_type: str
    body: bytes
    seconds: float


def event(data: Any, **attributes: str) -> bytes:
    """Return a whole request in binary mode with these data."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    head = {"id": uuid.uuid4().hex, "source": "/attack", "type": REQUEST_TYPE, "specversion": "1.0"}
    lines = [f"ce-{name}: {value}" for name, value in (head | attributes).items()]
    return post(lines, body)


def post(headers: list[str], body: bytes, path: str = "/", method: str = "POST") -> bytes:
    """Return a request with these header lines and the right length."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: attack",
        "Content-Type: application/json",
        *headers,
    ]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode("latin-1", "replace") + body


def exchange(port: int, request: bytes, seconds: float = ANSWER_SECONDS) -> Answer:
    """Send bytes on a connection of their own and read one answer."""
    started = time.perf_counter()
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as connection:
            connection.sendall(request)
            while not _whole(received):
                connection.settimeout(max(seconds - (time.perf_counter() - started), 0.01))
                chunk = connection.recv(65_536)
                if not chunk:
                    break
                received += chunk
    except OSError:
        pass  # counted as no answer, or as far as it came
    return _read(received, time.perf_counter() - started)


def outside_the_table(answer: Answer) -> str:
    """Return what is wrong with an answer, or an empty text."""
    if answer.status == 0:
        return "no answer"
    if answer.status not in TABLE:
        return f"status {answer.status}"
    if b"<html" in answer.body.lower():
        return f"status {answer.status} in HTML"
    lines = answer.body.count(b"\n")
    if "json" in answer.content_type or answer.status in (200, 202, 204):
        return ""
    if lines > 1 or len(answer.body) > LONGEST_LINE:
        return f"status {answer.status} with {lines} lines, {len(answer.body)} bytes"
    return ""


def _length(head: bytes) -> int | None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return None


def _whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    if head.startswith(b"HTTP/1.1 100"):
        return _whole(body)
    if head.split(b" ")[1:2] == [b"204"]:
        return True
    length = _length(head)
    return length is not None and len(body) >= length


def _read(received: bytes, seconds: float) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        return _read(body, seconds)
    parts = head.split(b" ", 2)
    if len(parts) < 2 or not parts[1].isdigit():
        return Answer(0, "", received, seconds)
    length = _length(head)
    if length is not None:
        body = body[:length]  # what follows answers what the server took for a second request
    kind = ""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-type:"):
            kind = line.split(b":", 1)[1].decode("latin-1").strip()
    return Answer(int(parts[1]), kind, body, seconds)
