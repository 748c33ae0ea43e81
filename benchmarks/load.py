"""A light closed-loop client: every connection sends its next event when it has the reply.

Raw sockets on one ``epoll``, requests laid out beforehand: a tenth of what a server spends on the
same event, so that the server is what is measured.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles

REPLY_SECONDS = 60.0

Verdict = Callable[[bytes, bytes, str], bool]
"""Head and body of a reply, and the id of its request: whether it is the reply to that request."""


@dataclass(frozen=True)
class Load:
    """What one run of the client saw; times in seconds, ``client_share`` of one core."""

    events_per_second: float
    p50: float
    p99: float
    client_share: float


def request_bytes(event_id: str, event_type: str, data: bytes) -> bytes:
    """Return one event in binary mode, with the headers that a Knative broker sends."""
    return (
        "POST / HTTP/1.1\r\n"
        "Host: trm.agents.svc.cluster.local\r\n"
        "User-Agent: Go-http-client/1.1\r\n"
        f"Content-Length: {len(data)}\r\n"
        f"Ce-Id: {event_id}\r\n"
        "Ce-Source: /agents/bench\r\n"
        "Ce-Specversion: 1.0\r\n"
        f"Ce-Type: {event_type}\r\n"
        "Ce-Time: 2026-01-02T03:04:05.678Z\r\n"
        "Ce-Correlationid: 4d5c0f7e-7c55-4a41-8f4e-6d0f0a2f4f11\r\n"
        "Ce-Knativearrivaltime: 2026-01-02T03:04:05.679Z\r\n"
        "Content-Type: application/json\r\n"
        "Kn-Namespace: agents\r\n"
        "Prefer: reply\r\n"
        "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
        "Accept-Encoding: gzip\r\n\r\n"
    ).encode() + data


class _Connection:
    """One socket with at most one event under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), REPLY_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self.event_id = ""
        self._received = b""

    def send(self, event_id: str, request: bytes) -> None:
        self.event_id = event_id
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[bytes, bytes] | None:
        """Return head and body once the reply is whole."""
        chunk = self.socket.recv(65_536)
        if not chunk:
            raise RuntimeError("the server closed a connection")
        self._received += chunk
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self._received[:end].lower()
        start = head.index(b"content-length:") + 15
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self._received) < end + 4 + length:
            return None
        body, self._received = self._received[end + 4 :], b""
        return head, body


def drive(port: int, requests: list[tuple[str, bytes]], connections: int, right: Verdict) -> Load:
    """Send every request once over ``connections`` sockets and judge each reply.

    Keep it under 1,000 requests a connection: then the template's server closes it.

    :param requests: event ids with the bytes to send.
    :raises RuntimeError: a wrong reply, a closed connection or a silent server.
    """
    waiting = iter(requests)
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    sockets = [_Connection(port) for _ in range(min(connections, len(requests)))]
    cpu, started = time.process_time(), time.perf_counter()
    for connection in sockets:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(*next(waiting))
    while len(latencies) < len(requests):
        ready = selector.select(REPLY_SECONDS)
        if not ready:
            raise RuntimeError("the server does not answer")
        for key, _ in ready:
            connection = key.data
            reply = connection.receive()
            if reply is None:
                continue
            latencies.append(time.perf_counter() - connection.sent)
            head, body = reply
            if not right(head, body, connection.event_id):
                raise RuntimeError(f"wrong reply to {connection.event_id}: {reply}")
            if following := next(waiting, None):
                connection.send(*following)
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    for connection in sockets:
        connection.socket.close()
    selector.close()
    cuts = quantiles(latencies, n=100)
    return Load(len(requests) / elapsed, cuts[49], cuts[98], cpu / elapsed)
