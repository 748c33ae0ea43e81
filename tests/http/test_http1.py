"""Which requests are taken on the short way, and which are left to the server."""

from __future__ import annotations

import pytest

from function.http.http1 import Refused, RequestReader, read_event

BODY = b'{"prompt": "x"}'


def request(
    line: str = "POST / HTTP/1.1", body: bytes = BODY, length: object = len(BODY), extra: str = ""
) -> bytes:
    head = f"{line}\r\nHost: x\r\nCE-Id: 1\r\nContent-Length: {length}\r\n{extra}\r\n"
    return head.encode("latin-1") + body


def test_an_ordinary_event_is_read() -> None:
    found = read_event(request(extra="ce-note: a\xe9b\r\n"))
    assert found is not None
    headers, body = found
    assert body == BODY
    assert ("ce-id", "1") in headers
    assert ("ce-note", "a\xe9b") in headers


def test_repeated_headers_stay_apart() -> None:
    found = read_event(request(extra="ce-id: 2\r\n"))
    assert found is not None
    assert [value for name, value in found[0] if name == "ce-id"] == ["1", "2"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        request()[:-1],
        request()[:40],
        request() + b"POST",
        request() + request(),
        request("GET / HTTP/1.1", b"", 0),
        request("POST /else HTTP/1.1"),
        request("POST /?q=1 HTTP/1.1"),
        request("POST / HTTP/1.0"),
        request("PUT / HTTP/1.1"),
        request("nonsense"),
        request(length="many"),
        request(length=f"+{len(BODY)}"),
        request(length=f"0{len(BODY)}"),
        request(extra=" folded: line\r\n"),
        request(extra="note : x\r\n"),
        request(extra="note: x\nevil: y\r\n"),
        request(extra="note: x\revil: y\r\n"),
        request(extra="note: \x00\r\n"),
        request(extra=": x\r\n"),
        request(length=f"{len(BODY)}\r\nContent-Length: {len(BODY)}"),
        request(extra="Expect: 100-continue\r\n"),
        request(extra="Connection: close\r\n"),
        request(extra="bad header\r\n"),
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_everything_else_is_left_to_the_server(data: bytes) -> None:
    assert read_event(data) is None


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
OFFERS = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
    b"UPGRADE: websocket\r\nupgrade: h2c\r\nConnection: keep-alive, upgrade\r\n",
)


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("cut", [1, 40, 90, 200])
def test_the_chunks_behind_an_offer_to_upgrade_are_read(offer: bytes, cut: int) -> None:
    reader = RequestReader(1_000)
    data = CHUNKED + offer + b"\r\n6\r\n" + BODY[:6] + b"\r\n9\r\n" + BODY[6:] + b"\r\n0\r\n\r\n"
    reader.feed(data[:cut])
    found = reader.next()
    if found is None:
        reader.feed(data[cut:])
        found = reader.next()
    assert found is not None
    assert found.body == BODY
    assert found.keep


def test_a_tunnel_is_refused() -> None:
    reader = RequestReader(1_000)
    reader.feed(b"CONNECT a:80 HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
    with pytest.raises(Refused, match="method is not supported"):
        reader.next()
