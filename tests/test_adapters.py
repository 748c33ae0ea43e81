"""One suite over both adapters: Flask under gunicorn, and the func-python middleware.

Where the middleware does not do what gunicorn does, the table says so and why.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from function.contract import InferenceRequest
from function.events.codec import reply_id
from function.events.types import schemas
from tests.adapters import (
    PATIENCE,
    SCAFFOLD,
    Adapter,
    Client,
    Headers,
    Server,
    installed,
    scripted,
    serve,
)

REQUEST = "io.homelab.trm.inference.requested"
JSON = ("content-type", "application/json")
STRUCTURED = ("content-type", "application/cloudevents+json")
SOURCE = "/agents/oncall"
HELLO = b'{"message":"Hello World"}'
"""What ``func invoke`` sends when it is told nothing."""
_numbers = itertools.count()


def attributes_of_an_event(without: str) -> dict[str, str]:
    """Return what every event has, less one; no two of them are the same event."""
    every = {
        "specversion": "1.0",
        "id": f"request-{next(_numbers)}",
        "source": SOURCE,
        "type": REQUEST,
    }
    return {name: value for name, value in every.items() if name != without}


def binary(without: str = "", **attributes: str) -> list[tuple[str, str]]:
    """Return headers of an event in binary mode."""
    wanted = attributes_of_an_event(without) | attributes
    return [JSON, *((f"ce-{name}", value) for name, value in wanted.items())]


def envelope(data: object, without: str = "", **attributes: object) -> bytes:
    """Body of an event in structured mode."""
    wanted = {**attributes_of_an_event(without), **attributes}
    return json.dumps({**wanted, "data": data}).encode()


def body(**fields: object) -> bytes:
    """Request data with a prompt."""
    return json.dumps({"prompt": "sing", **fields}).encode()


@dataclass(frozen=True)
class Expected:
    """What comes back: a status, and for an event its outcome and the fields it blames."""

    status: int
    outcome: str | None = None
    blamed: frozenset[str] = frozenset()


COMPLETED = Expected(200, "completed")
IGNORED = Expected(204)


def failed(*blamed: str) -> Expected:
    """Return a failed reply that names exactly these fields."""
    return Expected(200, "failed", frozenset(blamed))


def refused(status: int) -> Expected:
    """No event, one short line."""
    return Expected(status)


@dataclass(frozen=True)
class Case:
    """A message and what comes back; ``because`` says why the adapters differ."""

    name: str
    headers: Headers
    body: bytes
    gunicorn: Expected
    middleware: Expected | None = None
    because: str = ""

    def __post_init__(self) -> None:
        assert bool(self.because) == (self.middleware is not None), self.name

    def expected(self, adapter: Adapter) -> Expected:
        """Return what this adapter answers."""
        if adapter == "middleware" and self.middleware is not None:
            return self.middleware
        return self.gunicorn


WRONG: dict[str, object] = {
    name: [[]] for name in InferenceRequest.model_fields if name not in ("puzzle", "alert")
}
"""Every field but those that may be anything, with a value that none of them can have."""
NEGATIVE = {
    **dict.fromkeys(("max_tokens", "max_reflection_steps", "deadline_ms", "samples", "seed"), -1),
    **dict.fromkeys(("temperature", "confidence_threshold", "min_improvement"), -0.5),
}
NO_SCHEMA = {"type": "json_schema", "schema": {"type": "dance"}}
SHOWS_ERRORS = "the middleware fails while it reads the event, and calls that a 500"

CASES = [
    # Events as they should be.
    Case("binary", binary(), body(), COMPLETED),
    Case("binary with a charset", [("content-type", "application/json; charset=UTF-8"),
        *binary()[1:]], body(), COMPLETED),
    Case("binary without a content type", binary()[1:], body(), COMPLETED),
    Case("structured", [STRUCTURED], envelope({"prompt": "sing"}), COMPLETED),
    Case("structured, data in base64", [STRUCTURED],
        envelope(None, data_base64="eyJwcm9tcHQiOiJoaSJ9"), COMPLETED),
    Case("mixed: structured with ce-* headers", [STRUCTURED, *binary(id="another")[1:]],
        envelope({"prompt": "sing"}), COMPLETED),
    Case("mixed: structured with a ce-* header", [STRUCTURED, ("ce-id", "another")],
        envelope({"prompt": "sing"}), COMPLETED, refused(400),
        "to the middleware one ce-* header makes it binary, with attributes missing"),
    Case("older name", binary(type="io.homelab.reasoning.requested"), body(), COMPLETED),
    Case("func invoke", binary(type="boson.fn"), HELLO, COMPLETED),
    Case("camel case", binary(), body(maxReflectionSteps=1, maxTokens=9), COMPLETED),
    Case("600 kB of Cyrillic", binary(), body(context={"text": "ж" * 100_000}), COMPLETED),
    Case("raw UTF-8 of 3 bytes, 780 kB", binary(),
        json.dumps({"prompt": "x", "context": {"a": "語" * 260_000}}, ensure_ascii=False).encode(),
        COMPLETED),
    Case("context of 10,000 keys", binary(),
        body(context={f"key {n}": n for n in range(10_000)}), COMPLETED),
    # Not ours.
    Case("another type", binary(type="com.example.other"), body(), IGNORED),
    Case("another type, structured", [STRUCTURED], envelope(1, type="com.example.x"), IGNORED),
    Case("another type, nonsense in it", binary(type="com.example.other"), b"{", IGNORED),
    Case("our own reply", binary(type="io.homelab.trm.inference.completed"), body(), IGNORED),
    # Plain JSON, with nothing around it.
    Case("plain JSON, bad data", [JSON], body(max_tokens="9"), refused(400)),
    Case("plain JSON, truncated", [JSON], b'{"prompt', refused(400)),
    Case("an event called plain JSON", [JSON], envelope({"prompt": "sing"}), refused(400)),
    # Data that is not a request: the sender hears of it.
    Case("empty body", binary(), b"", failed("data")),
    Case("truncated JSON", binary(), b'{"prompt": "h', failed("data")),
    Case("no UTF-8", binary(), b'{"prompt": "\xff"}', failed("data")),
    Case("NaN", binary(), b'{"prompt": "sing", "temperature": NaN}', failed("data")),
    Case("number beyond a double", binary(), b'{"prompt": "sing", "seed": 1e999}', failed("data")),
    Case("lone surrogate", binary(), b'{"prompt": "\\ud800"}', failed("data")),
    Case("lone surrogate alone", binary(), b'"\\ud800"', failed("data")),
    Case("an array", binary(), b"[1]", failed("data")),
    Case("a string", binary(), b'"hi"', failed("data")),
    Case("null", binary(), b"null", failed("data")),
    Case("200 levels", binary(), b'{"prompt":' + b"[" * 200 + b"]" * 200 + b"}", failed("data")),
    Case("100,000 levels", binary(), b"[" * 100_000, failed("data"), refused(500), SHOWS_ERRORS),
    Case("text in an event", [("content-type", "text/plain"), *binary()[1:]], b"hi",
        failed("datacontenttype")),
    Case("no prompt", binary(), b"{}", failed("prompt")),
    Case("empty prompt", binary(), body(prompt=""), failed("prompt")),
    Case("65,537 characters", binary(), body(prompt="x" * 65_537), failed("prompt")),
    Case("unknown task", binary(), body(task="dance"), failed("task")),
    Case("no schema", binary(), body(response_format=NO_SCHEMA), failed("response_format")),
    Case("negative limits", binary(), body(**NEGATIVE), failed(*NEGATIVE)),
    Case("every field of the wrong type", binary(), json.dumps(WRONG).encode(), failed(*WRONG)),
    Case("the same, structured", [STRUCTURED], envelope(WRONG), failed(*WRONG)),
    Case("structured without data", [STRUCTURED], envelope(None), failed("data")),
    # No event at all.
    Case("text", [("content-type", "text/plain")], b"hi", refused(400)),
    Case("a form", [("content-type", "application/x-www-form-urlencoded")], b"a=b", refused(400)),
    Case("an event called text", [("content-type", "text/plain")], envelope({}), refused(400)),
    Case("no content type that exists", [("content-type", "nonsense")], envelope({}), refused(400)),
    Case("Avro", [("content-type", "application/cloudevents+avro")], envelope({}), refused(415)),
    Case("another charset", [("content-type", "application/cloudevents+json; charset=latin-1")],
        envelope({}), refused(400)),
    Case("structured, empty", [STRUCTURED], b"", refused(400)),
    Case("structured, truncated", [STRUCTURED], envelope({})[:-5], refused(400)),
    Case("structured, NaN", [STRUCTURED], envelope(float("nan")), refused(400)),
    Case("structured, lone surrogate", [STRUCTURED], envelope("\ud800"), refused(400)),
    Case("structured, an array", [STRUCTURED], b"[" + envelope({}) + b"]",
        refused(400), refused(500), SHOWS_ERRORS),
    Case("a batch", [("content-type", "application/cloudevents-batch+json")],
        b"[" + envelope({}) + b"]", refused(415), refused(500), SHOWS_ERRORS),
    Case("missing id", binary(without="id"), body(), refused(400)),
    Case("missing id, structured", [STRUCTURED], envelope({"prompt": "sing"}, without="id"),
        refused(400), COMPLETED, "the middleware invents an id"),
    Case("empty id", binary(id=""), body(), refused(400)),
    Case("missing type", binary(without="type"), body(), refused(400)),
    Case("missing source", [STRUCTURED], envelope({"prompt": "sing"}, without="source"),
        refused(400)),
    Case("missing specversion, structured", [STRUCTURED],
        envelope({"prompt": "sing"}, without="specversion"), refused(400), COMPLETED,
        "the middleware invents a specversion"),
    Case("another specversion", binary(specversion="2.0"), body(), refused(400)),
    Case("older specversion", [STRUCTURED], envelope({}, specversion="0.3"), refused(400)),
    Case("no time", binary(time="yesterday"), body(), refused(400)),
    Case("time without a zone", [STRUCTURED], envelope({}, time="2026-01-01T00:00:00"),
        refused(400)),
    Case("an extension that is an array", [STRUCTURED], envelope({}, other=[1]), refused(400)),
    Case("Latin-1 in a header", [*binary(), ("ce-subject", b"\xff")], body(),
        COMPLETED, refused(500), SHOWS_ERRORS),
    Case("encoded bytes that are not UTF-8", [*binary(), ("ce-subject", "%FF")], body(),
        refused(400)),
    Case("2 MB", binary(), body(prompt="x" * 2_000_000), refused(413)),
    Case("2 MB, structured", [STRUCTURED], envelope("x" * 2_000_000), refused(413)),
    # The function's own mistake is not a mistake of the sender.
    Case("ValueError in the core", binary(), body(prompt="break"), refused(500)),
    Case("ValueError in the core, structured", [STRUCTURED], envelope({"prompt": "break"}),
        refused(500)),
]  # fmt: skip


@pytest.fixture(scope="module", params=["gunicorn", "middleware"])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """Return the adapter under test."""
    name: Adapter = request.param
    return name


@pytest.fixture(scope="module")
def server(adapter: Adapter) -> Iterator[Server]:
    """Yield the function with a scripted model, ready."""
    with serve(adapter, scripted(adapter), {"TRM_SLOTS": "8"}) as running:
        running.wait_for("/health/readiness", 200)
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """Yield a connection to the scripted model."""
    with server.client() as connected:
        yield connected


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answer(adapter: Adapter, client: Client, case: Case, chunked: bool) -> None:
    """Both framings, because the server answers ordinary events before WSGI sees them."""
    expected = case.expected(adapter)
    sent = iter([case.body]) if chunked and case.body else case.body
    if case.headers == [JSON]:
        # What came without an event is answered without one, errors too.
        assert client.send("POST", "/", case.headers, sent).status == expected.status
        return
    response = client.post(case.headers, sent)
    assert response.status == expected.status
    if expected.outcome is None:
        return
    reply = response.reply
    assert reply.structured == (STRUCTURED in case.headers)
    assert reply.outcome == expected.outcome
    if expected.outcome == "failed":
        assert reply.bad_fields == expected.blamed
        assert reply.data["request_id"] == reply.attributes["causationid"]
        assert reply.data["request_source"] == SOURCE
        assert reply.data["error"]["retryable"] is False


def test_plain_json(adapter: Adapter, client: Client) -> None:
    for headers in ([JSON], []):
        response = client.send("POST", "/", headers, HELLO)
        if adapter == "middleware":
            # It takes events only: plain JSON never reaches the function.
            assert response.status == 400
            continue
        assert response.status == 200
        assert response.headers["content-type"] == "application/json"
        assert response.json()["answer"] == "Hello! How can I help?"


def test_reply_to_func_invoke(client: Client) -> None:
    reply = client.post(binary(type="boson.fn"), HELLO).reply
    assert reply.attributes["type"] == "io.homelab.trm.inference.completed"
    assert reply.data["answer"] == "Hello! How can I help?"


def test_attributes_of_the_reply(client: Client) -> None:
    headers = binary(
        id="attributes", subject="ünits", conversationid="c-1", correlationid="r-1", agent="oncall"
    )
    headers = [(name, value.replace("ü", "%C3%BC")) for name, value in headers]
    expected = {
        "id": reply_id(SOURCE, "attributes", "io.homelab.trm.inference.completed"),
        "causationid": "attributes",
        "subject": "ünits",
        "conversationid": "c-1",
        "partitionkey": "c-1",
        "correlationid": "r-1",
        "replyid": "r-1",
        "agent": "oncall",
    }
    attributes = client.post(headers, body()).reply.attributes
    assert expected.items() <= attributes.items()


def test_redelivery_has_the_same_reply_id(client: Client) -> None:
    answers = [client.post(binary(id="twice"), body()) for _ in range(2)]
    assert [answer.headers.get("trm-replayed") for answer in answers] == [None, "true"]
    first, second = (answer.reply for answer in answers)
    again = client.post([STRUCTURED], envelope({"prompt": "sing"}, id="twice")).reply
    other = client.post(binary(id="once"), body()).reply
    assert first.attributes["id"] == second.attributes["id"] == again.attributes["id"]
    reused = client.post(binary(id="twice"), body(prompt="else"))
    assert "trm-replayed" not in reused.headers
    assert reused.reply.data["answer"] == "echo: else"
    assert reused.reply.attributes["id"] != first.attributes["id"]
    assert other.attributes["id"] != first.attributes["id"]


@pytest.mark.parametrize("structured", [False, True], ids=["binary", "structured"])
def test_trace_of_the_request_goes_on(client: Client, structured: bool) -> None:
    trace = {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "vendor=value",
    }
    headers = [STRUCTURED] if structured else binary()
    sent = envelope({"prompt": "sing"}) if structured else body()
    reply = client.post([*headers, *trace.items()], sent).reply
    assert trace.items() <= reply.attributes.items()


def test_retries_are_asked_for_only_where_they_help(client: Client) -> None:
    assert "retry-after" not in client.post(binary(), body(prompt="break")).headers
    assert "retry-after" not in client.post(binary(without="id"), body()).headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(adapter: Adapter, client: Client, method: str) -> None:
    response = client.send(method)
    # The middleware refuses what is not an event before it looks at the method.
    assert response.status == (405 if adapter == "gunicorn" else 400)
    response.pass_filter()
    as_event = client.send(method, headers=binary())
    assert as_event.status == 405
    assert as_event.headers["allow"] == "POST"
    as_event.pass_filter()
    # Nothing of the answers is left in the connection.
    assert client.post(binary(), body()).status == 200


def test_other_paths(client: Client) -> None:
    """A Trigger or a route may name a path; nobody's event is lost by it."""
    for path in ("/trm", "/a/b%20c/", "//", "/?a=b", "/health", "/ready", "/alerts", "/v1/x"):
        assert client.post(binary(), body(), path).reply.outcome == "completed"
    for path in ("/schemas/other", "/health/other", "/playground/ask"):
        response = client.post(binary(), body(), path)
        assert response.status == 404


def test_paths_that_can_only_be_read(adapter: Adapter, client: Client) -> None:
    probes = ["/health/liveness", "/health/readiness"]
    for path in ["/metrics", "/health/backends", "/schemas/"] + probes * (adapter == "gunicorn"):
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            response = client.send(method, path, binary(), b"{}")
            response.pass_filter()
            assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


def test_a_sender_of_webhooks_is_given_permission(adapter: Adapter, client: Client) -> None:
    """CloudEvents HTTP 1.1 Web Hooks for Event Delivery, section 4.1."""
    asked = [("WebHook-Request-Origin", "eventgrid.azure.net"), ("WebHook-Request-Rate", "120")]
    dressed = asked if adapter == "gunicorn" else [*binary(), *asked]
    for path in ("/", "/trm"):
        response = client.send("OPTIONS", path, dressed)
        assert response.status == 200 and response.body == b""
        assert response.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
        assert response.headers["webhook-allowed-rate"] == "*"
        assert response.headers["allow"] == "POST"
    refused = client.send("OPTIONS", "/", [*dressed[:-2], ("WebHook-Request-Origin", "x" * 300)])
    assert refused.status in (400, 405)


def test_repeated_header(client: Client) -> None:
    twice = [("ce-subject", "one"), ("ce-subject", "two")]
    assert client.post([*binary(), *twice], body()).status == 400


def test_long_body_is_answered_and_not_cut_off(client: Client) -> None:
    """The sender is still writing when it is clear that the body is too long."""
    assert client.post(binary(), b'"' + b"x" * 10_000_000 + b'"').status == 413
    assert client.post(binary(), body()).status == 200


def test_events_sent_without_waiting(server: Server) -> None:
    sent = [raw(body(prompt=f"number {number}")) for number in range(4)]
    last = raw(body(prompt="number 4"), ("connection", "close"))
    received = server.receive(b"".join([*sent, last]))
    found = [received.find(f"echo: number {number}".encode()) for number in range(5)]
    assert -1 not in found and found == sorted(found)


def test_body_that_ends_early(adapter: Adapter, server: Server) -> None:
    received = server.receive(raw(body())[:-5])
    if adapter == "gunicorn":
        assert received.startswith(b"HTTP/1.1 400 ")
    else:
        # It may take the part for the whole, which is not JSON, or see the end first.
        assert received.startswith(b"HTTP/1.1 400 ") or b".failed\r\n" in received


def raw(sent: bytes, *more: tuple[str, str]) -> bytes:
    """Return an event in binary mode as it is on the wire."""
    length = ("content-length", str(len(sent)))
    headers = [*binary(), ("host", "function"), length, *more]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return b"POST / HTTP/1.1\r\n" + lines.encode() + b"\r\n" + sent


def test_schemas(adapter: Adapter, client: Client) -> None:
    names = client.send("GET", "/schemas/")
    if adapter == "middleware":
        # Whatever is not a probe and no event is refused before the function sees it.
        assert names.status == 400
        return
    assert names.json() == {name: f"/schemas/{name}" for name in schemas()}
    for name, path in names.json().items():
        assert client.send("GET", path).json() == schemas()[name]
    assert client.send("GET", "/schemas/other").status == 404


def test_backends(adapter: Adapter, client: Client) -> None:
    # The middleware passes nothing on that is not dressed as an event.
    dress = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/x"), ("ce-type", "x")]
    shown = client.send("GET", "/health/backends", dress if adapter == "middleware" else ())
    assert shown.status == 200
    assert shown.headers["content-type"] == "application/json"
    (backend,) = shown.json()
    latency = backend.pop("latency_ms")
    assert backend["last_error"] in (None, "ValueError")  # of a test before this one
    backend["last_error"] = None
    assert latency is None or latency > 0
    assert backend == {
        "label": "scripted",
        "backend": "test",
        "model": "scripted",
        "state": "closed",
        "last_error": None,
    }


def test_chunks(client: Client) -> None:
    response = client.post(binary(), iter([b'{"pro', b'mpt": ', b'"sing"}']))
    assert response.reply.data["answer"] == "echo: sing"
    response = client.post([STRUCTURED], iter([envelope({"prompt": "sing"})]))
    assert response.reply.data["answer"] == "echo: sing"
    assert client.post(binary(), (b"x" * 65_536 for _ in range(32))).status == 413
    assert client.post(binary(), body()).status == 200


def test_many_events_over_one_connection(client: Client) -> None:
    ports = set()
    for number in range(200):
        reply = client.post(binary(id=f"many-{number}"), body(prompt=f"number {number}")).reply
        assert reply.data["answer"] == f"echo: number {number}"
        assert reply.attributes["causationid"] == f"many-{number}"
        ports.add(client.local_port)
    assert len(ports) == 1


def test_parallel_events(server: Server) -> None:
    """40 at once; the model answers none of a group before the whole group has come."""

    def ask(number: int) -> str:
        with server.client() as client:
            sent = body(prompt="meet 8", conversation_id=str(number))
            reply = client.post(binary(), sent).reply
            assert reply.data["answer"] == "echo: meet 8"
            return reply.attributes["conversationid"]

    numbers = range(40)
    with ThreadPoolExecutor(len(numbers)) as threads:
        assert list(threads.map(ask, numbers)) == [str(number) for number in numbers]


def test_log_holds_nothing_of_the_sender(server: Server, client: Client) -> None:
    secret = "+491701234567"
    for fields in ({"prompt": secret}, {"prompt": f"break {secret}"}, {"task": secret}):
        client.post(binary(), body(**fields))
        client.post([STRUCTURED], envelope({"prompt": "sing", **fields}))
    client.post(binary(), f'{{"prompt": "{secret}'.encode())
    client.post([STRUCTURED], secret.encode())
    assert '"trm_bug"' in server.log
    assert secret not in server.log


def test_life(adapter: Adapter, tmp_path: Path) -> None:
    """Alive at once, ready when the model answers, gone on SIGTERM."""
    gate = tmp_path / "open"
    with serve(adapter, scripted(adapter), {"LOAD_GATE": str(gate)}) as server:
        with server.client() as client:
            assert client.send("GET", "/health/liveness").status == 200
            # The middleware has one status for everything that is not ready; probes take both.
            loading = client.send("GET", "/health/readiness")
            assert loading.status == (503 if adapter == "gunicorn" else 500)
            assert "loading" in loading.text
            for headers, sent in ((binary(), body()), ([STRUCTURED], envelope({"prompt": "sing"}))):
                response = client.post(headers, sent)
                assert response.status == 503
                assert int(response.headers["retry-after"]) >= 1
            # No model is needed to see that an event is not ours, or none.
            assert client.post(binary(type="com.example.other"), body()).status == 204
            assert client.post(binary(without="id"), body()).status == 400
        gate.touch()
        server.wait_for("/health/readiness", 200)
        with server.client() as client:
            assert client.post(binary(), body()).reply.outcome == "completed"
            assert client.send("GET", "/health/liveness").status == 200


def test_sigterm_lets_running_events_finish(adapter: Adapter, tmp_path: Path) -> None:
    held = tmp_path / "held"
    with serve(adapter, scripted(adapter)) as server, ThreadPoolExecutor(1) as threads:
        server.wait_for("/health/readiness", 200)

        def ask() -> str:
            with server.client() as client:
                answer: str = client.post(binary(), body(prompt=f"hold {held}")).reply.data[
                    "answer"
                ]
                return answer

        asked = threads.submit(ask)
        wait_for(held.with_suffix(".begun"))
        with server.client() as client:
            assert client.send("GET", "/health/liveness").status == 200
        server.ask_to_stop()
        threading.Event().wait(0.3)
        assert server.running and not asked.done()
        if adapter == "gunicorn":  # the middleware's server takes no more connections
            with server.client() as client:
                refused = client.post(binary(), body())
            assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        held.with_suffix(".open").touch()
        assert asked.result(PATIENCE) == f"echo: hold {held}"
        assert server.wait() == 0


def wait_for(path: Path) -> None:
    """Wait until another process has made the file."""
    for _ in range(int(PATIENCE / 0.01)):
        if path.exists():
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{path.name} never came")


def test_embedded_model(adapter: Adapter, tmp_path: Path) -> None:
    """As it is really run: by its own command, and by func's scaffolding around the package."""
    if adapter == "gunicorn":
        running = serve(adapter, ["-m", "function", "serve"])
    else:
        site = {"PYTHONPATH": str(installed().site)}
        running = serve(adapter, [str(SCAFFOLD)], site, tmp_path)
    with running as server:
        server.wait_for("/health/readiness", 200)
        with server.client() as client:
            reply = client.post(
                binary(type="boson.fn"),
                b'{"message":"Hello World","max_tokens":12,"reflection_mode":"never"}',
            ).reply
            assert reply.outcome == "completed"
            assert reply.data["answer"].strip()
            assert reply.data["backend"] == "llama.cpp"
            chosen = client.post(
                [STRUCTURED],
                envelope({"prompt": "Is fire hot or cold?", "choices": ["hot", "cold"]}),
            ).reply
            assert chosen.data["choice"] in {"hot", "cold", None}
