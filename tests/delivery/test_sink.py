"""The sink: what is retried, what is not, how long it may take, and that events arrive intact."""

from __future__ import annotations

import io
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from function.deadline import Deadline
from function.delivery.sink import ATTEMPTS, DRAIN_BYTES, Sink, SinkUnavailable
from function.errors import ConfigurationError, TryAgain
from function.events.codec import decode, encode
from function.events.message import message_of
from function.events.overrides import parse_overrides, with_overrides
from function.telemetry import Log
from tests.conftest import request_event

DATA = {"answer": "Grüße, the pump 7 is hot", "nothing": None}
EVENT = request_event(DATA, id="reply-1", causationid="request-1", subject="pump 7 ü%")
Answers = Callable[[httpx.Request], httpx.Response]


class Posting:
    """A sink over scripted answers and a clock that only pauses move."""

    def __init__(self, answers: Answers, jitter: float = 1.0) -> None:
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []
        self.time = 1000.0
        self.stream = io.StringIO()
        self.answers = answers
        self.sink = Sink(
            "http://broker.test/default",
            transport=httpx.MockTransport(self._answer),
            sleep=self._pause,
            random=lambda: jitter,
            now=lambda: 784_111_777.0,  # Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110
            log=Log(stream=self.stream),
        )

    def send(self, seconds: float = 60.0) -> None:
        self.sink.send(EVENT, Deadline.after(seconds, lambda: self.time))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers(request)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    @property
    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.stream.getvalue().splitlines()]


def always(status: int, **headers: str) -> Answers:
    given_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(status, headers=given_headers)


def test_every_status_is_accepted_retried_or_final() -> None:
    posting = Posting(always(200))
    for status in range(200, 600):
        # A redirect is never followed: only one request goes out, to the address of K_SINK.
        posting.answers = always(status, location="http://elsewhere.test/")
        posting.requests.clear()
        if status < 300:
            posting.send()
        else:
            with pytest.raises(SinkUnavailable) as failure:
                posting.send()
            assert failure.value.status == 503
        retried = status >= 500 or status in (404, 408, 409, 425, 429)
        assert len(posting.requests) == (ATTEMPTS if retried else 1), status
        assert {str(request.url) for request in posting.requests} == {"http://broker.test/default"}
    assert len(posting.logged) == 300


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.PoolTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.ProxyError,
        httpx.RemoteProtocolError,
        TimeoutError,
    ],
)
def test_a_fault_is_retried_with_the_same_event(fault: type[Exception]) -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        if len(posting.requests) <= 2:
            raise fault("secret place")
        return httpx.Response(202)

    posting = Posting(answers)
    posting.send()
    sent = {(r.content, tuple(sorted(r.headers.items()))) for r in posting.requests}
    assert len(posting.requests) == 3 and len(sent) == 1
    assert posting.requests[2].headers["ce-id"] == "reply-1"
    assert posting.logged == []


def test_a_fault_that_is_a_bug_is_not_hidden() -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Posting(answers).send()


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_pauses_double_and_are_jittered_in_full(jitter: float) -> None:
    posting = Posting(always(503), jitter)
    with pytest.raises(SinkUnavailable):
        posting.send()
    assert posting.pauses == [jitter * ceiling for ceiling in (0.2, 0.4, 0.8, 1.6, 3.2)]


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "Sun, 06 Nov 1994 08:49:47 GMT"}, 10.0),
        ({"retry_after": "Sunday, 06-Nov-94 08:49:47 GMT"}, 10.0),
        ({"retry_after": "Sun Nov  6 08:49:47 1994"}, 10.0),
        # The sink's clock is an hour ahead: its own Date says what it means.
        (
            {
                "retry_after": "Sun, 06 Nov 1994 09:49:41 GMT",
                "date": "Sun, 06 Nov 1994 09:49:37 GMT",
            },
            4.0,
        ),
        ({"retry_after": "0"}, 0.2),
        ({"retry_after": "Sun, 06 Nov 1994 08:00:00 GMT"}, 0.2),
        ({"retry_after": "-3"}, 0.2),
        ({"retry_after": "1.5"}, 0.2),
        ({"retry_after": "soon"}, 0.2),
    ],
)
def test_retry_after_is_honoured(headers: dict[str, str], pause: float) -> None:
    refused, accepted = always(429, **headers), always(202)
    posting = Posting(lambda request: (accepted if posting.pauses else refused)(request))
    posting.send()
    assert posting.pauses == [pause]


@pytest.mark.parametrize(("advised", "passed_on"), [("61", 61), ("9" * 400, 300)])
def test_advice_beyond_the_deadline_is_passed_on_at_once(advised: str, passed_on: int) -> None:
    posting = Posting(always(503, retry_after=advised))
    with pytest.raises(TryAgain) as failure:
        posting.send(60.0)
    assert (posting.pauses, len(posting.requests)) == ([], 1)
    assert failure.value.retry_after == passed_on


WHATEVER = Posting(always(429))


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_advice_is_survived(advised: bytes, date: bytes) -> None:
    headers = [(b"retry-after", advised), (b"date", date)]
    WHATEVER.answers = lambda request: httpx.Response(429, headers=headers)
    WHATEVER.pauses.clear()
    with pytest.raises(SinkUnavailable):
        WHATEVER.send()
    assert all(pause >= 0.2 for pause in WHATEVER.pauses)


def test_the_deadline_ends_the_retries_and_is_never_slept_into() -> None:
    posting = Posting(always(500))
    with pytest.raises(SinkUnavailable):
        posting.send(1.0)
    assert posting.pauses == pytest.approx([0.2, 0.4])
    with pytest.raises(SinkUnavailable):
        posting.send(0.0)
    assert len(posting.requests) == 3
    assert [line["reason"] for line in posting.logged] == ["status 500", "DeadlinePassed"]


def test_a_refusal_is_one_log_line_without_content() -> None:
    posting = Posting(always(410))
    with pytest.raises(SinkUnavailable) as failure:
        posting.send()
    (line,) = posting.logged
    assert line.pop("time")
    assert line == {
        "level": "ERROR",
        "event": "trm_sink_failed",
        "id": "request-1",
        "reply": "reply-1",
        "status": 410,
        "reason": "status 410",
        "attempts": 1,
    }
    assert str(failure.value) == "the sink did not accept the event: status 410"


class Body(httpx.SyncByteStream):
    """A body that goes on for ever, breaks off, or stops coming without an end."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.read = 0
        self.over = Event()
        self.closed = Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.read += 1024
            yield b"x" * 1024
            if self.kind == "breaks":
                raise httpx.ReadError("gone")
            if self.kind == "stops":
                self.over.wait(10)

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("kind", ["endless", "breaks", "stops"])
def test_the_body_of_an_acceptance_is_read_with_a_limit(kind: str) -> None:
    body = Body(kind)
    headers = {"content-encoding": "gzip"}
    posting = Posting(lambda request: httpx.Response(200, headers=headers, stream=body))
    posting.send()
    assert not body.over.is_set() and len(posting.requests) == 1
    body.over.set()
    assert body.closed.wait(10) and body.read <= DRAIN_BYTES + 2048


class Broker:
    """A real HTTP server that keeps what it got; answers with ``statuses`` in turn, then 202."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        broker = self
        self.statuses: list[int] = []
        self.events: list[CloudEvent] = []
        self.connections: set[int] = set()
        self.dripping = False
        self.closing = Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                broker.connections.add(self.client_address[1])
                broker.events.append(decode(list(self.headers.items()), body))
                if broker.dripping:
                    return self.drip()
                self.send_response(broker.statuses.pop(0) if broker.statuses else 202)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"OK")

            def drip(self) -> None:
                """A status line that never ends, until the sink hangs up or the test is over."""
                self.close_connection = True
                self.wfile.write(b"HTTP/1.1 202 A")
                with suppress(OSError):
                    while not broker.closing.wait(0.02):
                        self.wfile.write(b"a")

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests look at what arrived."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False  # closing waits for the handlers
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/"
        self._thread = Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


Start = Callable[..., tuple[Broker, Sink, io.StringIO]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a broker and a sink that posts to it; the proxies of this machine stay out of it."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    with ExitStack() as stack:

        def build(tls: ssl.SSLContext | None = None, ca_certs: str | None = None) -> Any:
            broker, stream = Broker(tls), io.StringIO()
            stack.callback(broker.close)
            sink = Sink(broker.url, ca_certs=ca_certs, sleep=lambda s: None, log=Log(stream=stream))
            stack.callback(sink.close)
            return broker, sink, stream

        yield build


def test_an_event_arrives_intact_after_failures_over_one_connection(start: Start) -> None:
    broker, sink, _ = start()
    broker.statuses = [503, 429]
    event = with_overrides(EVENT, parse_overrides('{"extensions": {"cluster": "köln %"}}'))
    sink.send(event, Deadline.after(10))
    sink.send(event, Deadline.after(10))
    assert len(broker.events) == 4 and len(broker.connections) == 1
    for arrived in broker.events:
        assert arrived.get_attributes() == {
            **EVENT.get_attributes(),
            "datacontenttype": "application/json",
            "cluster": "köln %",
        }
        assert arrived.get_data() == encode(EVENT).body


def test_threads_share_one_sink(start: Start) -> None:
    broker, sink, _ = start()
    with ThreadPoolExecutor(8) as pool:
        for number in range(64):
            event = request_event(DATA, id=str(number))
            pool.submit(sink.send, event, Deadline.after(10))
    assert sorted(int(event.get_id()) for event in broker.events) == list(range(64))


def test_a_sink_that_answers_byte_by_byte_cannot_outlast_the_deadline(start: Start) -> None:
    broker, sink, stream = start()
    broker.dripping = True
    deadline = Deadline.after(1.0)
    with pytest.raises(SinkUnavailable):
        sink.send(EVENT, deadline)
    assert -5 < deadline.left <= 0.1
    assert len(broker.events) == 1 and '"reason":"Timeout"' in stream.getvalue()
    broker.closing.set()  # ends the answer, for which closing the sink would wait


def test_a_post_that_outlasts_the_deadline_is_not_hung_up_on() -> None:
    """A synchronous broker would cancel every delivery of the event."""
    begun, go_on, read = Event(), Event(), Event()

    class Slow(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b""
            read.set()

    def answers(request: httpx.Request) -> httpx.Response:
        begun.set()
        assert go_on.wait(20)
        return httpx.Response(202, stream=Slow())

    posting = Posting(answers)
    with pytest.raises(SinkUnavailable, match="Timeout"):
        posting.sink.send(EVENT, Deadline.after(0.2))
    assert begun.wait(10) and not read.is_set()
    assert request_timeout(posting.requests[0]) > 255, "longer than deploy/ retries"
    go_on.set()
    posting.sink.close()
    assert read.wait(10)
    assert len(posting.requests) == 1


def request_timeout(request: httpx.Request) -> float:
    return float(request.extensions["timeout"]["read"])


def test_posts_under_way_are_bounded() -> None:
    go_on = Event()

    def answers(request: httpx.Request) -> httpx.Response:
        assert go_on.wait(20)
        return httpx.Response(202)

    posting = Posting(answers)
    for _ in range(2):
        with pytest.raises(SinkUnavailable, match="Timeout"):
            posting.sink.send(EVENT, Deadline.after(0.2), most=2)
    with pytest.raises(SinkUnavailable, match="TooManyPosts"):
        posting.sink.send(EVENT, Deadline.after(10), most=2)
    go_on.set()
    posting.sink.close()
    assert len(posting.requests) == 2


def test_the_log_names_a_request_as_a_request() -> None:
    posting = Posting(always(410))
    with pytest.raises(SinkUnavailable):
        posting.sink.send(request_event(DATA, id="asked-1"), Deadline.after(10))
    (line,) = posting.logged
    assert (line["id"], line["reply"]) == ("asked-1", None)


def test_header_values_beyond_ascii_leave_in_their_bytes() -> None:
    posting = Posting(always(202))
    raw = "Küche 50 %".encode().decode("latin-1")
    message = message_of([("ce-subject", raw)], b"{}")
    posting.sink.post(message, Deadline.after(10), {})
    assert (b"ce-subject", "Küche 50 %".encode()) in [
        (name.lower(), value) for name, value in posting.requests[0].headers.raw
    ]


def test_a_sink_that_is_not_there(start: Start) -> None:
    broker, sink, stream = start()
    broker.close()
    with pytest.raises(SinkUnavailable):
        sink.send(EVENT, Deadline.after(10))
    line = json.loads(stream.getvalue())
    assert (line["reason"], line["attempts"], line["status"]) == ("ConnectError", ATTEMPTS, None)


def make_authority(place: Path, name: str) -> tuple[str, ssl.SSLContext]:
    """Return a certificate authority as PEM text, and the TLS side of a server that it vouches
    for."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    ca = ["-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"]
    ca += ["-addext", "keyUsage=critical,keyCertSign"]
    leaf = ["-keyout", "leaf.key", "-out", f"{name}-leaf.pem", "-subj", "/CN=sink"]
    leaf += ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
    leaf += ["-CA", f"{name}.pem", "-CAkey", f"{name}.key"]
    for arguments in (ca, leaf):
        command = ["openssl", "req", "-x509", *key, *arguments]
        subprocess.run(command, cwd=place, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(place / f"{name}-leaf.pem", place / "leaf.key")
    return (place / f"{name}.pem").read_text(), tls


def test_k_ca_certs_is_trusted_in_addition_to_the_system(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, our_tls = make_authority(tmp_path, "ours")
    _, system_tls = make_authority(tmp_path, "system")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))

    broker, sink, stream = start(our_tls)
    with pytest.raises(SinkUnavailable):
        sink.send(EVENT, Deadline.after(10))
    assert json.loads(stream.getvalue())["reason"] == "CertificateVerifyFailed"
    assert broker.events == []

    for tls in (our_tls, system_tls):
        broker, sink, _ = start(tls, ca_certs=f"# Größte Zertifikate\n{ours}")
        sink.send(EVENT, Deadline.after(10))
        assert broker.events[0].get_id() == "reply-1"


@pytest.mark.parametrize(
    "ca_certs",
    [
        "ca.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
    ],
)
def test_ca_certs_without_a_certificate_stop_the_start(ca_certs: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\AK_CA_CERTS holds no usable .*\Z"):
        Sink("https://broker.test", ca_certs=ca_certs, log=Log())


@pytest.mark.parametrize(
    "url",
    ["", "broker", "ftp://broker", "http://", "http://b:99999", "http://[::1", "http://xn--/"]
    + [
        "http://a b/",
        "http://a/b c",
        "http://a\tb/",
        "http://a<b>/",
        "http://a\u00a0b/",
        "http://{host}/",
    ]
    + ["http://\x00", "http://..", f"http://{'a' * 64}.test"],
)
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\AK_SINK is not an http or https URL\Z"):
        Sink(url, log=Log())


@pytest.mark.parametrize(
    ("text", "overrides"),
    [
        ("", {}),
        (" ", {}),
        ("{}", {}),
        ('{"extensions": null}', {}),
        ('{"extensions": {}, "later": 1}', {}),
        ('{"extensions": {"a1": "x", "b": "ü"}}', {"a1": "x", "b": "ü"}),
    ],
)
def test_overrides_are_read(text: str, overrides: dict[str, str]) -> None:
    assert parse_overrides(text) == overrides


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", "\ud800", '{"extensions": []}', '{"extensions": "x"}']
    + [f'{{"extensions": {{"{name}": "x"}}}}' for name in ("", "A", "a-b", "a_b", "é", "a\\n")]
    + [f'{{"extensions": {{"{name}": "x"}}}}' for name in ("id", "type", "time", "data", "source")]
    + [f'{{"extensions": {{"a": {value}}}}}' for value in ("1", "null", "{}", '"\\u0007"', "NaN")],
)
def test_bad_overrides_stop_the_start(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\AK_CE_OVERRIDES[^\n]+\Z"):
        parse_overrides(text)


def test_overrides_make_a_new_event() -> None:
    before = dict(EVENT.get_attributes())
    merged = with_overrides(EVENT, {"causationid": "other", "cluster": "a"})
    assert merged.get_attributes() == {**before, "causationid": "other", "cluster": "a"}
    assert EVENT.get_attributes() == before and "time" not in before
    assert merged.get_data() == EVENT.get_data()
    assert with_overrides(EVENT, {}) is not EVENT
