"""The server by itself: every connection is settled, and what all of them hold is bounded."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from function.events.message import line
from function.http.api.base import Response
from function.http.event_loop import HttpServer
from function.http.routes import Routes
from function.telemetry import Log
from tests.attacks import HALF_HEAD, connect, event, exchange, held, read_all
from tests.conftest import Running
from tests.timing import wait_until

Run = Callable[..., Running]
BODY = b'{"prompt": "x"}'


class Breaking(Routes):
    """Raises what a bug would, for the path that says so."""

    def answer(self, method: str, path: str, *rest: Any, **more: Any) -> Response | None:
        if path == "/break":
            raise RecursionError("a bug")
        if path == "/long":
            return line(200, "x" * 20_000_000)
        return super().answer(method, path, *rest, **more)


class Served:
    """A server in threads of this process."""

    def __init__(self, http: HttpServer, port: int, stream: io.StringIO) -> None:
        self.http, self.port, self._stream = http, port, stream

    @property
    def logged(self) -> list[dict[str, Any]]:
        """Every log line so far."""
        return [json.loads(text) for text in self._stream.getvalue().splitlines()]

    @property
    def connections(self) -> int:
        """Those that are open."""
        return len(self.http._connections)


@pytest.fixture
def served(run: Run) -> Callable[..., Any]:
    """Serve a scripted model with limits of a test."""
    routes = Breaking(run().service)

    @contextmanager
    def start(**limits: Any) -> Iterator[Served]:
        stream = io.StringIO()
        with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
            http = HttpServer([listener], routes, Log("DEBUG", stream), **limits)
            http.start()
            ended = threading.Event()

            def turn() -> None:
                while not ended.is_set():
                    http.turn(0.02)

            turning = threading.Thread(target=turn)
            turning.start()
            try:
                yield Served(http, listener.getsockname()[1], stream)
            finally:
                ended.set()
                turning.join()
                http.stop()

    return start


def is_well(served: Served) -> bool:
    return exchange(served.port, event(BODY, f"{time.monotonic_ns()}")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("threads", [1, 4])
def test_a_bug_is_answered_logged_once_and_its_connection_settled(
    served: Callable[..., Any], threads: int
) -> None:
    with served(threads=threads) as running:
        for _ in range(5):
            asked = b"GET /break HTTP/1.1\r\nhost: x\r\n\r\n"
            assert exchange(running.port, asked).startswith(b"HTTP/1.1 500 ")
        wait_until(lambda: running.connections == 0)
        bugs = [each for each in running.logged if each["event"] == "trm_bug"]
        assert [each["error"] for each in bugs] == ["RecursionError"] * 5
        assert is_well(running)


@pytest.mark.parametrize(
    "last",
    [
        b"GARBAGE",
        b"TRACE / HTTP/1.0\r\n\r\n",
        b"GET /health/liveness HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" + BODY,
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\nx",
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_pipeline_whose_last_request_ends_the_connection(
    served: Callable[..., Any], last: bytes, count: int
) -> None:
    asked = b"GET /health/liveness HTTP/1.1\r\nhost: x\r\n\r\n"
    with served() as running:
        assert exchange(running.port, asked * count + last).count(b"HTTP/1.1 ") == count + 1
        wait_until(lambda: running.connections == 0)
        assert [each for each in running.logged if each["event"] == "trm_bug"] == []


def test_the_longest_idle_connections_are_closed_for_new_ones(served: Callable[..., Any]) -> None:
    with served(max_connections=20) as running, connect(running.port) as used:
        with held(running.port, 60, HALF_HEAD):
            wait_until(lambda: running.connections <= 21)
            assert is_well(running)
        used.settimeout(5)
        assert used.recv(1) == b""  # closed: it came first and never asked


def test_incomplete_requests_hold_a_bounded_memory(served: Callable[..., Any]) -> None:
    part = event(b"x" * 900_000, "big")[:-1]
    with served(max_buffered_bytes=3_000_000) as running, held(running.port, 12, part):
        wait_until(lambda: running.http._buffered <= 3_000_000 and running.connections <= 4)
        assert is_well(running)
        assert 0 < running.http._buffered <= 3_000_000
    with served(max_buffered_bytes=3_000_000) as running:
        with held(running.port, 2, part):
            wait_until(lambda: running.http._buffered > 1_000_000)
        wait_until(lambda: running.connections == 0)
        assert running.http._buffered == 0


def test_a_peer_that_takes_no_answer_is_left_after_a_while(served: Callable[..., Any]) -> None:
    with served(receive_seconds=0.5) as running, connect(running.port) as peer:
        peer.sendall(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n")
        wait_until(lambda: running.connections == 1)
        assert is_well(running)
        wait_until(lambda: running.connections == 0)


def test_a_long_answer_arrives_whole(served: Callable[..., Any]) -> None:
    with served() as running, connect(running.port) as peer:
        peer.sendall(b"GET /long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        time.sleep(0.2)
        assert len(read_all(peer)) > 20_000_000


def test_while_it_drains_each_connection_ends_with_its_answer(served: Callable[..., Any]) -> None:
    with served() as running, connect(running.port) as peer:
        for draining, said in ((False, b"keep-alive"), (True, b"close")):
            running.http.draining = draining
            peer.sendall(event(BODY, f"drain-{draining}"))
            assert b"\r\nconnection: " + said + b"\r\n" in peer.recv(65_536)
        assert peer.recv(1) == b""
