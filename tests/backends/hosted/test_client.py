"""The connection to a server, over real sockets: cut at the deadline, else used again."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from function.backends.hosted.client import Network, Remote
from function.deadline import Deadline
from function.errors import ConfigurationError, ModelUnavailable
from function.outbound.call import OutOfTime

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
Talk = Callable[[socket.socket], None]


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(text), text)


class Listener:
    """Hands every connection to ``talk`` and counts them; ``hung_up`` when a peer left early."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        self.hung_up = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                self._talk(peer)
            except OSError:
                self.hung_up.set()


@pytest.fixture
def listen() -> Iterator[Callable[[Talk], tuple[Remote, Listener]]]:
    opened: list[tuple[Remote, Listener]] = []

    def start(talk: Talk) -> tuple[Remote, Listener]:
        listener = Listener(talk)
        opened.append((Remote("it", listener.url), listener))
        return opened[-1]

    yield start
    for remote, listener in opened:
        remote.close()
        listener.close()


Listen = Callable[[Talk], tuple[Remote, Listener]]


def read_request(peer: socket.socket) -> None:
    taken = b""
    while not taken.endswith(b"}"):
        part = peer.recv(65_536)
        if not part:
            raise ConnectionResetError
        taken += part


def heard(remote: Remote, seconds: float) -> tuple[list[str], float]:
    """Return the lines until the deadline, and how long it took."""
    lines: list[str] = []
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        for line in remote.lines("POST", "/", {"a": 1}, Deadline.after(seconds)):
            lines.append(line)  # noqa: PERF402  those before the error count
    return lines, time.monotonic() - started


def wait_for_end(peer: socket.socket) -> None:
    peer.settimeout(5)
    while True:
        peer.sendall(chunk(b"x"))
        time.sleep(0.02)


def test_a_server_that_says_nothing(listen: Listen) -> None:
    def silent(peer: socket.socket) -> None:
        read_request(peer)
        peer.settimeout(5)
        peer.recv(1)

    remote, _ = listen(silent)
    lines, seconds = heard(remote, 0.2)
    assert lines == [] and seconds < 1.5


def test_a_server_that_stops_talking_is_cut_off(listen: Listen) -> None:
    def stop(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(HEAD + chunk(b"one\ntwo"))
        peer.settimeout(5)
        if peer.recv(1) == b"":
            raise ConnectionResetError

    remote, listener = listen(stop)
    lines, seconds = heard(remote, 0.3)
    assert lines == ["one"] and seconds < 1.5
    assert listener.hung_up.wait(2)


def test_a_server_that_drips_is_cut_off(listen: Listen) -> None:
    def drip(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(HEAD)
        wait_for_end(peer)

    remote, listener = listen(drip)
    lines, seconds = heard(remote, 0.3)
    assert lines == [] and seconds < 1.5
    assert listener.hung_up.wait(2)


def test_a_caller_that_has_enough_is_cut_off_too(listen: Listen) -> None:
    def drip(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(HEAD + chunk(b"one\n"))
        wait_for_end(peer)

    remote, listener = listen(drip)
    lines = remote.lines("POST", "/", {"a": 1}, Deadline.after(30))
    assert next(lines) == "one"
    lines.close()
    assert listener.hung_up.wait(2)


def test_a_connection_is_used_again(listen: Listen) -> None:
    def answer(peer: socket.socket) -> None:
        while True:
            read_request(peer)
            peer.sendall(HEAD + chunk(b"one\n") + chunk(b"[DONE]\n") + b"0\r\n\r\n")

    remote, listener = listen(answer)
    for _ in range(5):
        lines = remote.lines("POST", "/", {"a": 1}, Deadline.after(30))
        assert [next(lines), next(lines)] == ["one", "[DONE]"]
        lines.close()
    assert listener.connections == 1


def test_a_pooled_connection_that_its_server_closed(listen: Listen) -> None:
    """The server hangs up after its first answer; what was sent to nobody is sent again."""

    def once(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(HEAD + chunk(b"one\n") + b"0\r\n\r\n")

    remote, listener = listen(once)
    for _ in range(3):
        assert list(remote.lines("POST", "/", {"a": 1}, Deadline.after(30))) == ["one"]
    assert listener.connections == 3


def reset(peer: socket.socket) -> None:
    """Close a connection as a server does that has given it up: its peer's read fails."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def test_a_kept_connection_that_is_reset_while_a_request_is_sent(listen: Listen) -> None:
    def twice(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(HEAD + chunk(b"one\n") + b"0\r\n\r\n")
        read_request(peer)
        reset(peer)

    remote, listener = listen(twice)
    for _ in range(3):
        assert list(remote.lines("POST", "/", {"a": 1}, Deadline.after(30))) == ["one"]
    assert listener.connections == 3


def test_a_new_connection_that_is_reset_is_not_tried_again(listen: Listen) -> None:
    """Its server may have worked on the request."""

    def never(peer: socket.socket) -> None:
        read_request(peer)
        reset(peer)

    remote, listener = listen(never)
    with pytest.raises(ModelUnavailable) as failure:
        list(remote.lines("POST", "/", {"a": 1}, Deadline.after(30)))
    assert failure.value.cause == "ReadError"
    assert listener.connections == 1


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    remote = Remote("it", url)
    with pytest.raises(ModelUnavailable) as failure:
        list(remote.lines("POST", "/", {"a": 1}, Deadline.after(30)))
    assert failure.value.cause == "ConnectError"
    remote.close()


def test_a_proxy_that_cannot_be_used_is_named() -> None:
    network = Network(environ={"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": "fd07::/64"})
    with pytest.raises(ConfigurationError, match="ALL_PROXY"):
        Remote("it", "http://ollama:11434", network=network)


@pytest.mark.parametrize(("key", "sent"), [("k", "Bearer k"), (None, "Basic dTpw")])
def test_a_key_goes_before_a_password_in_the_address(key: str | None, sent: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={})

    headers = {"authorization": f"Bearer {key}"} if key else None
    network = Network(httpx.MockTransport(answer))
    remote = Remote("it", "http://u:p@vllm:8000/v1", headers=headers, network=network)
    remote.ask("GET", "/models")
    remote.close()
    assert seen == [sent]


def test_a_body_without_end(listen: Listen) -> None:
    def flood(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(HEAD)
        while True:
            peer.sendall(chunk(b"x" * 1_048_576))

    remote, listener = listen(flood)
    with pytest.raises(ModelUnavailable) as failure:
        list(remote.lines("POST", "/", {"a": 1}, Deadline.after(30)))
    assert failure.value.cause == "DecodingError"
    assert listener.hung_up.wait(2)
