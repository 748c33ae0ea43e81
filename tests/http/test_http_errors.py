"""What the server itself answers: one short line, the same however TCP has cut the request."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest

from function.http.http1 import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from tests.adapters import LONGEST_LINE, ROOT, Server, scripted, serve
from tests.attacks import connect, event, exchange, read_all

BODY = b'{"prompt": "hi"}'
LIMIT = 20_000


class Row(NamedTuple):
    """A request as it is on the wire, and the status it gets."""

    name: str
    sent: bytes
    status: int


def post(*lines: str, start: str = "POST / HTTP/1.1", body: bytes = BODY) -> bytes:
    head = "\r\n".join([start, "host: x", *lines])
    return head.encode("latin-1") + b"\r\n\r\n" + body


LENGTH = f"content-length: {len(BODY)}"
TABLE = [
    Row("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    Row("HTTP/2 by prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    Row("HTTP/0.9", post(LENGTH, start="POST /"), 400),
    Row("an unknown version", post(LENGTH, start="POST / HTTP/1.7"), 400),
    Row("a low-case method", post(LENGTH, start="post / HTTP/1.1"), 400),
    Row("lines without CR", post(LENGTH).replace(b"\r\n", b"\n"), 400),
    Row("a header without a colon", post(LENGTH, "nonsense"), 400),
    Row("a header without a name", post(LENGTH, ": x"), 400),
    Row("a blank before the colon", post(LENGTH, "ce-id : 1"), 400),
    Row("a folded line", post(LENGTH, "ce-id: 1", " folded"), 400),
    Row("NUL in a header", post(LENGTH, "ce-id: \x00"), 400),
    Row("two lengths", post(LENGTH, "content-length: 3"), 400),
    Row("a length that is not a number", post("content-length: many"), 400),
    Row("a signed length", post("content-length: +16"), 400),
    Row("a length beyond 64 bits", post("content-length: " + "9" * 40), 400),
    Row("length and chunks", post(LENGTH, "transfer-encoding: chunked"), 400),
    Row("an unknown coding", post("transfer-encoding: gzip"), 400),
    Row("gzip in chunks", post("transfer-encoding: gzip, chunked"), 400),
    Row("chunks in HTTP/1.0", post("transfer-encoding: chunked", start="POST / HTTP/1.0"), 400),
    Row("a bad chunk", post("transfer-encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"), 400),
    Row("a chunk without its end",
        post("transfer-encoding: chunked", body=b"2\r\n{}garbage\r\n0\r\n\r\n"), 400),
    Row("a body that ends early", post("content-length: 17"), 400),
    Row("no event", post(LENGTH, "content-type: text/plain"), 400),
    Row("an unknown path", post(start="GET /nothing HTTP/1.1", body=b""), 404),
    Row("an unknown path below /health", post(LENGTH, start="POST /health/x HTTP/1.1"), 404),
    Row("an unknown schema", post(start="GET /schemas/<b> HTTP/1.1", body=b""), 404),
    Row("an unknown method", post(start="BREW / HTTP/1.1", body=b""), 405),
    Row("CONNECT", post(start="CONNECT x:80 HTTP/1.1", body=b""), 405),
    Row("TRACE", post(start="TRACE / HTTP/1.1", body=b""), 405),
    Row("PUT", post(LENGTH, start="PUT / HTTP/1.1"), 405),
    Row("PUT to a path", post(LENGTH, start="PUT /trm HTTP/1.1"), 405),
    Row("POST to a probe", post(LENGTH, start="POST /metrics HTTP/1.1"), 405),
    Row("OPTIONS *", post(start="OPTIONS * HTTP/1.1", body=b""), 405),
    Row("no length", post(body=b""), 411),
    Row("a body that is too long",
        post(f"content-length: {LIMIT + 1}", body=b"x" * (LIMIT + 1)), 413),
    Row("a body that is too long, announced",
        post(f"content-length: {LIMIT + 1}", "expect: 100-continue", body=b""), 413),
    Row("chunks that are too long", post("transfer-encoding: chunked",
        body=b"".join([b"%x\r\n%b\r\n" % (9_999, b"x" * 9_999)] * 3) + b"0\r\n\r\n"), 413),
    Row("a long target", post(start=f"GET /{'x' * MAX_TARGET_BYTES} HTTP/1.1", body=b""), 414),
    Row("a target without end", b"GET /" + b"x" * (MAX_TARGET_BYTES * 3), 414),
    Row("a compressed body",
        event(gzip.compress(BODY), "gz", b"content-encoding: gzip\r\n"), 415),
    Row("a body in an unknown coding", event(BODY, "br", b"content-encoding: br\r\n"), 415),
    Row("a batch", post(LENGTH, "content-type: application/cloudevents-batch+json"), 415),
    Row("an unknown expectation", post(LENGTH, "expect: the-unexpected"), 417),
    Row("many headers", post(LENGTH, *["x: y"] * MAX_HEADERS), 431),
    Row("a long header", post(LENGTH, f"x: {'y' * MAX_HEAD_BYTES}"), 431),
    Row("a head without end", post(LENGTH, f"x: {'y' * 2 * MAX_HEAD_BYTES}")[:-20], 431),
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yield a function that takes short bodies."""
    environment = {"TRM_MAX_BODY_BYTES": str(LIMIT)}
    with serve("gunicorn", scripted("gunicorn"), environment) as running:
        running.wait_for("/health/readiness", 200)
        yield running


def test_every_status_stands_in_the_table_of_the_documentation() -> None:
    page = (ROOT / "docs" / "events.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    told = {int(word) for row in rows for word in re.findall(r"\b[245]\d\d\b", row)}
    assert {row.status for row in TABLE} | {408, 429, 500, 503} <= told


def in_parts(port: int, sent: bytes) -> bytes:
    """Return the answer to bytes that arrive in three segments."""
    middle = sent.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in sent else len(sent) // 2
    with connect(port) as connection:
        with suppress(OSError):
            for part in (sent[: middle - 3], sent[middle - 3 : middle], sent[middle:]):
                connection.sendall(part)
                time.sleep(0.02)
            connection.shutdown(1)
        return read_all(connection)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_row(server: Server, row: Row) -> None:
    for answer in (exchange(server.port, row.sent), in_parts(server.port, row.sent)):
        head, _, text = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % row.status), answer[:300]
        assert b"\r\ncontent-type: text/plain\r\n" in head
        assert b"\r\nserver:" not in head.lower()
        assert text.count(b"\n") == 1 and text.endswith(b"\n") and len(text) <= LONGEST_LINE
        assert b"<" not in text
        if row.status == 405:
            assert b"\r\nallow: " in head
        if row.name in ("a compressed body", "a body in an unknown coding"):
            assert b"\r\naccept-encoding: identity\r\n" in head


@pytest.mark.parametrize(
    "extra",
    [
        b"ce-long: " + b"x" * 60_000 + b"\r\n",
        b"ce-long: " + b"%C3%BC" * 10_000 + b"\r\n",
        b"".join(b"ce-a%d: x\r\n" % number for number in range(120)),
        b"".join(b"x-a%d: x\r\n" % number for number in range(900)),
        b"content-encoding: identity\r\n",
    ],
    ids=["long", "long and encoded", "many attributes", "many headers", "identity"],
)
def test_an_event_of_64_kib_is_taken_however_it_comes(server: Server, extra: bytes) -> None:
    for number, send in enumerate((exchange, in_parts)):
        answer = send(server.port, event(BODY, f"{len(extra)}-{number}", extra))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer[:200]


def test_http_1_0_is_answered_and_hung_up(server: Server) -> None:
    old = post(LENGTH, "content-type: application/json", start="POST / HTTP/1.0")
    with connect(server.port) as connection:
        connection.sendall(old)
        assert b"\r\nconnection: close\r\n" in read_all(connection)


def test_a_target_in_absolute_form(server: Server) -> None:
    asked = post(
        "connection: close", start="GET http://f.example/health/liveness HTTP/1.1", body=b""
    )
    assert exchange(server.port, asked).startswith(b"HTTP/1.1 200 OK\r\n")


def test_nothing_is_logged_of_what_is_no_request(server: Server) -> None:
    assert "Traceback" not in server.log and "trm_bug" not in server.log
