"""Threads that take turns at reading: nobody waits for somebody else's slow answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from function.http import leader_followers as crew
from function.http.leader_followers import Crew
from function.http.poller import READ, EpollPoller, Poller, PortablePoller
from tests.timing import wait_until

PATIENCE = 20.0
THREADS = 3


class Peer:
    """The far end of a connection."""

    def __init__(self, far: socket.socket, near: socket.socket) -> None:
        self._far, self.near = far, near

    def ask(self, text: bytes) -> None:
        self._far.sendall(text)

    def answer(self) -> bytes:
        return self._far.recv(100)

    def close(self) -> None:
        self._far.close()
        self.near.close()


class Desk:
    """A crew whose answers are those of a test; ``hold`` waits until the gate opens."""

    def __init__(self, poller: Poller) -> None:
        self.gate = threading.Event()
        self.threads: dict[bytes, int] = {}
        self.failed: list[socket.socket] = []
        self._peers: list[Peer] = []
        self.crew = Crew(self._serve, self._fail, THREADS, poller)
        self.crew.start()

    def connect(self) -> Peer:
        far, near = socket.socketpair()
        far.settimeout(PATIENCE)
        peer = Peer(far, near)
        self._peers.append(peer)
        self.crew.watch(near.fileno(), near)
        return peer

    def _serve(self, connection: socket.socket, busy: bool) -> int:
        text = connection.recv(100)
        if busy:
            connection.sendall(b"busy: " + text)
            return READ
        self.threads[text] = threading.get_ident()
        if text.startswith(b"hold"):
            assert self.gate.wait(PATIENCE)
        if text.startswith(b"break"):
            raise RuntimeError("a bug")
        connection.sendall(b"re: " + text)
        return 0 if text.startswith(b"last") else READ

    def _fail(self, connection: socket.socket, error: Exception) -> None:
        self.failed.append(connection)

    def close(self) -> None:
        self.gate.set()
        self.crew.stop()
        for peer in self._peers:
            peer.close()


@pytest.fixture(params=[EpollPoller, PortablePoller])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    opened = Desk(request.param())
    yield opened
    opened.close()


def test_every_request_of_every_connection_is_answered(desk: Desk) -> None:
    peers = [desk.connect() for _ in range(20)]
    for turn in range(30):
        for peer in peers:
            peer.ask(b"%d" % turn)
        assert [peer.answer() for peer in peers] == [b"re: %d" % turn] * len(peers)


def test_a_slow_answer_holds_up_nobody(desk: Desk) -> None:
    slow, quick = desk.connect(), desk.connect()
    slow.ask(b"hold")
    wait_until(lambda: b"hold" in desk.threads)
    for _ in range(3):
        quick.ask(b"quick")
        assert quick.answer() == b"re: quick"
    assert desk.threads[b"quick"] != desk.threads[b"hold"]
    desk.gate.set()
    assert slow.answer() == b"re: hold"
    slow.ask(b"again")
    assert slow.answer() == b"re: again"


def test_when_all_threads_are_busy_connections_are_still_read(desk: Desk) -> None:
    slow = [desk.connect() for _ in range(THREADS)]
    for number, peer in enumerate(slow):
        peer.ask(b"hold %d" % number)
    wait_until(lambda: len(desk.threads) == THREADS)
    late = desk.connect()
    for _ in range(3):
        late.ask(b"late")
        assert late.answer() == b"busy: late"
    desk.gate.set()
    assert [peer.answer() for peer in slow] == [b"re: hold %d" % n for n in range(THREADS)]

    def is_answered() -> bool:
        late.ask(b"again")
        return late.answer() == b"re: again"

    wait_until(is_answered)


def test_a_taken_connection_is_not_served(desk: Desk) -> None:
    peer = desk.connect()
    assert desk.crew.take(peer.near.fileno()) is peer.near
    assert desk.crew.take(peer.near.fileno()) is None
    peer.ask(b"silence")
    time.sleep(crew.MOMENT * 4)
    assert b"silence" not in desk.threads
    desk.crew.watch(peer.near.fileno(), peer.near)
    assert peer.answer() == b"re: silence"


def test_a_connection_that_is_passed_on_is_watched_no_more(desk: Desk) -> None:
    peer = desk.connect()
    peer.ask(b"last")
    assert peer.answer() == b"re: last"
    peer.ask(b"more")
    time.sleep(crew.MOMENT * 4)
    assert b"more" not in desk.threads
    assert desk.crew.watched == []


def test_a_bug_in_one_answer_does_not_end_the_others(desk: Desk) -> None:
    bad, good = desk.connect(), desk.connect()
    bad.ask(b"break")
    wait_until(lambda: b"break" in desk.threads)
    good.ask(b"good")
    assert good.answer() == b"re: good"
    assert desk.failed == [bad.near]


def test_at_the_end_answers_under_way_go_on(desk: Desk) -> None:
    slow = desk.connect()
    slow.ask(b"hold")
    wait_until(lambda: b"hold" in desk.threads)
    desk.crew.stop()
    desk.gate.set()
    assert slow.answer() == b"re: hold"
