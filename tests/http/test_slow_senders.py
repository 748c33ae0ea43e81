"""Senders that never finish: they get 408, and others are answered all the while."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.adapters import PATIENCE, Adapter, Server, scripted, serve
from tests.test_adapters import binary, body
from tests.timing import timed

GUNICORN: Adapter = "gunicorn"
LIMIT = 1
THREADS = 16

HEAD = (
    b"POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"ce-specversion: 1.0\r\nce-id: slow\r\nce-source: /x\r\n"
    b"ce-type: io.homelab.trm.inference.requested\r\n"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yield a function that waits one second for a request, with hardly a thread to spare."""
    few = {
        "TRM_SLOTS": "2",
        "TRM_THREADS": str(THREADS),
        "TRM_QUEUE": "0",
        "TRM_RECEIVE_SECONDS": str(LIMIT),
    }
    with serve(GUNICORN, scripted(GUNICORN), few) as running:
        running.wait_for("/health/readiness", 200)
        yield running


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@timed
@pytest.mark.parametrize(
    "begun",
    [
        b"POST / HTTP/1.1\r\nhost:",
        HEAD + b"content-length: 40\r\n\r\n",
        HEAD + b'content-length: 40\r\n\r\n{"prompt": ',
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{",
        HEAD + b"content-length: 40\r\nexpect: 100-continue\r\n\r\n",
    ],
    ids=["half a head", "no body", "half a body", "half a chunk", "asked to go on"],
)
def test_half_a_request(server: Server, begun: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(begun)
        started = time.monotonic()
        answer = read_all(connection).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        waited = time.monotonic() - started
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"connection: close" in answer.lower()
    assert answer.endswith(b"the request did not arrive in time\n")
    assert LIMIT * 0.9 <= waited < PATIENCE / 2


@timed
def test_a_byte_now_and_then_wins_no_time(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: 1000\r\n\r\n")
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        started = time.monotonic()
        answer = connection.recv(65_536)
        waited = time.monotonic() - started
        ended.set()
        dripping.join()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert waited < PATIENCE / 2


def test_a_later_request_of_a_connection_has_its_own_time(server: Server) -> None:
    with server.client() as client:
        for _ in range(3):
            assert client.post(binary(), body()).status == 200
            time.sleep(LIMIT * 0.6)
        assert client.post(binary(), body()).status == 200


@timed
def test_idle_connections_hold_no_thread(server: Server) -> None:
    idle = [connect(server) for _ in range(THREADS * 3)]
    try:
        with server.client() as client:
            started = time.monotonic()
            assert client.post(binary(), body()).status == 200
            assert time.monotonic() - started < 3
    finally:
        for connection in idle:
            connection.close()
