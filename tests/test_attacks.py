"""Whatever senders do, probes and other senders are answered, and the process ends in time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.adapters import Server, scripted, serve
from tests.attacks import (
    HALF_BODY,
    HALF_CHUNK,
    HALF_HEAD,
    connect,
    drip,
    event,
    exchange,
    held,
    held_by_a_process,
    probe,
    read_all,
    upgrade,
)
from tests.timing import timed

QUICK = 3.0
"""Seconds that a probe may take on a busy machine; where it has no thread it takes 20 or more."""
PROBES = ("/health/liveness", "/health/readiness", "/metrics", "/health/backends")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yield a function with few threads."""
    few = {"TRM_SLOTS": "2", "TRM_THREADS": "24", "TRM_QUEUE": "2"}
    with serve("gunicorn", scripted("gunicorn"), few) as running:
        running.wait_for("/health/readiness", 200)
        yield running


def all_is_well(port: int) -> None:
    for path in PROBES:
        found = probe(port, path)
        assert found.status == 200 and found.seconds < QUICK, (path, found.status, found.seconds)
    answer = exchange(port, event(b'{"prompt": "hi"}', f"well-{time.monotonic_ns()}"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"echo: hi" in answer


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.0", b"nonsense, h2c"])
def test_an_upgrade_is_declined(server: Server, protocol: bytes) -> None:
    answer = upgrade(server.port, protocol)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"echo: x" in answer


@timed
def test_upgrades_leave_the_server_accepting() -> None:
    with serve("gunicorn", scripted("gunicorn")) as running:
        running.wait_for("/health/readiness", 200)
        with ThreadPoolExecutor(4) as senders:
            answers = list(senders.map(lambda _: upgrade(running.port)[:12], range(1_100)))
        assert set(answers) == {b"HTTP/1.1 200"}
        all_is_well(running.port)
        running.ask_to_stop()
        started = time.monotonic()
        assert running.wait() == 0
        assert time.monotonic() - started < 10
        assert '"trm_stopped"' in running.log


@pytest.mark.parametrize(
    ("count", "begun"),
    [
        (150, HALF_HEAD),
        (1_100, HALF_HEAD),
        (200, HALF_BODY),
        (200, HALF_CHUNK),
        (1_100, b""),
        (200, b"\x16\x03\x01"),
        (200, b"\r\n"),
    ],
    ids=["heads", "many heads", "bodies", "chunks", "silent", "TLS", "empty lines"],
)
def test_unfinished_requests_hold_nothing(server: Server, count: int, begun: bytes) -> None:
    with held(server.port, count, begun) as connections:
        all_is_well(server.port)
        drip(connections)
        all_is_well(server.port)


def test_more_connections_than_the_server_keeps(server: Server) -> None:
    """New ones are accepted in place of those that have been idle for the longest."""
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(held_by_a_process(server.port, 900, HALF_HEAD))
            all_is_well(server.port)


def test_answers_that_are_not_taken_hold_nothing(server: Server) -> None:
    """Each sends requests for far more than its socket takes, and reads nothing."""
    asked = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n" * 400
    with held(server.port, 60, asked):
        all_is_well(server.port)


def test_duplicates_of_an_event_under_way_are_bounded(tmp_path: Path) -> None:
    """Probes and other events are answered all the while."""
    few = {"TRM_SLOTS": "2", "TRM_THREADS": "20", "TRM_QUEUE": "0"}
    name = tmp_path / "held"
    with serve("gunicorn", scripted("gunicorn"), few) as running:
        running.wait_for("/health/readiness", 200)
        same = event(b'{"prompt": "hold %b"}' % str(name).encode(), "same")
        with held(running.port, 1, same) as first:
            while not name.with_suffix(".begun").exists():
                time.sleep(0.01)
            with held(running.port, 160, same) as copies:
                for path in PROBES:
                    found = probe(running.port, path)
                    assert found.status == 200 and found.seconds < QUICK
                all_is_well(running.port)
                name.with_suffix(".open").touch()
                for connection in (*first, *copies):
                    connection.settimeout(30)
                    status = connection.recv(12)
                    assert status in (b"HTTP/1.1 200", b"HTTP/1.1 429"), status


def test_a_pipeline_is_answered_in_order_and_bounded(server: Server) -> None:
    many = b"".join(event(b'{"prompt": "n%d"}' % number, f"p{number}") for number in range(50))
    with connect(server.port) as connection:
        connection.sendall(many + event(b'{"prompt": "last"}', "p", b"connection: close\r\n"))
        found = read_all(connection)
    places = [found.find(b"echo: n%d" % number) for number in range(50)]
    assert -1 not in places and places == sorted(places)


def test_playground_streams_are_bounded(tmp_path: Path) -> None:
    few = {"TRM_SLOTS": "2", "TRM_THREADS": "40", "TRM_QUEUE": "8", "TRM_PLAYGROUND": "true"}
    name = tmp_path / "held"
    body = (
        b'{"specversion": "1.0", "id": "same", "source": "/x", "type": "boson.fn",'
        b' "data": {"prompt": "hold %b"}}' % str(name).encode()
    )
    asked = (
        b"POST /playground/ask HTTP/1.1\r\nhost: x\r\n"
        b"content-type: application/cloudevents+json\r\ncontent-length: %d\r\n\r\n" % len(body)
    ) + body
    with serve("gunicorn", scripted("gunicorn"), few) as running:
        running.wait_for("/health/readiness", 200)
        with held(running.port, 160, asked) as streams:
            statuses = [stream.recv(12) for stream in streams]
            assert set(statuses) == {b"HTTP/1.1 200", b"HTTP/1.1 429"}
            assert statuses.count(b"HTTP/1.1 200") == 10
            all_is_well(running.port)
            name.with_suffix(".open").touch()
        for _ in range(100):  # those who have hung up make room
            answer = exchange(running.port, asked)
            if answer.startswith(b"HTTP/1.1 200"):
                break
            time.sleep(0.1)
        assert b"event: reply" in answer


def ids_of_processes(server: Server) -> list[int]:
    """Return the supervisor and its worker."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [server.pid, *map(int, children)]


@timed
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
@pytest.mark.parametrize("idle", [0, 3])
def test_an_interrupt_ends_an_idle_server(number: int, idle: int) -> None:
    with serve("gunicorn", scripted("gunicorn")) as running:
        running.wait_for("/health/readiness", 200)
        with held(running.port, idle, event(b'{"prompt": "hi"}', "idle")):
            os.killpg(running.pid, number)  # as a terminal does
            started = time.monotonic()
            assert running.wait() == 0
        assert time.monotonic() - started < 5  # 30 when the worker had to be killed
        assert running.log.count('"trm_stopped"') == 1
        assert "SIGKILL" not in running.log


def test_no_core_is_dumped_and_the_log_says_whether_tokens_are_asked_for() -> None:
    with serve("gunicorn", scripted("gunicorn"), {"TRM_BEARER_TOKENS": "t" * 16}) as running:
        running.wait_for("/health/readiness", 200)
        for process in ids_of_processes(running):
            limits = Path(f"/proc/{process}/limits").read_text()
            (core,) = [line for line in limits.splitlines() if line.startswith("Max core file")]
            assert core.split()[4:6] == ["0", "0"]
        for _ in range(100):
            if '"trm_client_initialized"' in running.log:
                break
            time.sleep(0.05)
        assert '"tokens_required":true' in running.log
        for path in (*PROBES, "/schemas/"):
            assert probe(running.port, path).status == 200
        answer = exchange(running.port, event(b'{"prompt": "hi"}', "stranger"))
        assert answer.startswith(b"HTTP/1.1 401 ")


@timed
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_work_that_does_not_end_does_not_hold_up_the_end(number: int, tmp_path: Path) -> None:
    name = tmp_path / "held"
    with serve("gunicorn", scripted("gunicorn"), {"TRM_GRACE_SECONDS": "1"}) as running:
        running.wait_for("/health/readiness", 200)
        with held(running.port, 1, event(b'{"prompt": "hold %b"}' % str(name).encode(), "stuck")):
            while not name.with_suffix(".begun").exists():
                time.sleep(0.01)
            os.killpg(running.pid, number)
            started = time.monotonic()
            assert running.wait() == 0
        assert time.monotonic() - started < 5.5  # then the supervisor would have killed it
        assert '"trm_stopped"' in running.log


def test_few_file_descriptors_are_enough() -> None:
    """Idle connections give theirs up, also where the system allows hardly any."""
    limited = [
        "-c",
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))\n"
        "sys.argv = ['scripted', 'gunicorn']\n"
        "runpy.run_module('tests.scaffold.scripted', run_name='__main__')",
    ]
    with serve("gunicorn", limited) as running:
        running.wait_for("/health/readiness", 200)
        with held(running.port, 300, HALF_HEAD):
            all_is_well(running.port)
        all_is_well(running.port)
