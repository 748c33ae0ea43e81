"""Senders that misbehave, on raw sockets: each opens connections to one port and leaves them open.

Everything is on the loopback interface and bounded in number; close what is returned.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

TIMEOUT = 20.0
EVENT_HEAD = (
    b"POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"ce-specversion: 1.0\r\nce-source: /attack\r\n"
    b"ce-type: io.homelab.trm.inference.requested\r\n"
)


def event(body: bytes, event_id: str, extra: bytes = b"") -> bytes:
    """Return one event in binary mode as it is on the wire."""
    length = b"ce-id: %b\r\ncontent-length: %d\r\n" % (event_id.encode(), len(body))
    return EVENT_HEAD + length + extra + b"\r\n" + body


def connect(port: int) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)


@contextmanager
def held(port: int, count: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    """Hold so many connections that have each sent the same bytes, whole or in part."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(port)) for _ in range(count)]
        for connection in connections:
            if sent:
                connection.sendall(sent)
        yield connections


_HOLD = """
import socket, sys
port, count, sent = int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
held = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(count)]
for connection in held:
    connection.sendall(sent)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_a_process(port: int, count: int, sent: bytes) -> Iterator[None]:
    """Hold connections as :func:`held` does, with the file descriptors of another process."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(port), str(count), sent.hex()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()


HALF_HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_BODY = EVENT_HEAD + b'ce-id: half\r\ncontent-length: 20\r\n\r\n{"prompt": "x"'
HALF_CHUNK = EVENT_HEAD + b"ce-id: half\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"


def drip(connections: list[socket.socket]) -> None:
    """Send one more byte on each connection that still takes it."""
    for connection in connections:
        with suppress(OSError):
            connection.sendall(b"x")


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes on a connection of its own and return all that comes until it is closed."""
    with connect(port) as connection:
        with suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the peer closes or resets."""
    found = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            found += part
    return found


def upgrade(port: int, protocol: bytes = b"h2c", body: bytes = b'{"prompt": "x"}') -> bytes:
    """Send an event that offers another protocol; returns the answer."""
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: %b\r\nhttp2-settings: AA\r\n"
    return exchange(port, event(body, f"upgrade-{time.monotonic_ns()}", offer % protocol))


@dataclass(frozen=True)
class Answered:
    """One answer, and how long it took."""

    status: int
    text: str
    seconds: float


def probe(port: int, path: str = "/health/liveness") -> Answered:
    """Ask a probe on a connection of its own, as a kubelet does."""
    started = time.monotonic()
    with connect(port) as connection:
        connection.sendall(
            b"GET %b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % path.encode()
        )
        found = read_all(connection)
    head, _, text = found.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return Answered(status, text.decode(), time.monotonic() - started)
