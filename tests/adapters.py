"""Runs the function behind each of its adapters, in processes of their own, and talks to them."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from function.events.types import schemas

ROOT = Path(__file__).resolve().parent.parent
SCAFFOLD = ROOT / "tests" / "scaffold" / "main.py"
PATIENCE = 30.0
"""Seconds until something that never comes is a failure."""
LARGEST_EVENT = 65_536
LONGEST_LINE = 200

Adapter = Literal["gunicorn", "middleware"]
Headers = Sequence[tuple[str, str | bytes]]
Body = bytes | Iterable[bytes]
"""Bytes are sent with their length, parts as chunks."""

_ATTRIBUTE = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Reply:
    """A reply event: its attributes as strings, and its data."""

    attributes: dict[str, str]
    data: dict[str, Any]
    structured: bool

    @property
    def outcome(self) -> str:
        """``completed`` or ``failed``."""
        return self.attributes["type"].rpartition(".")[2]

    @property
    def bad_fields(self) -> set[str]:
        """The fields of the request that a failed reply names, without what is inside them."""
        return {item["field"].partition(".")[0] for item in self.data["error"]["fields"]}


@dataclass(frozen=True)
class Response:
    """An HTTP response; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def reply(self) -> Reply:
        """The reply event in it, judged as strictly as by a broker that has a bad day."""
        structured = self.headers["content-type"].startswith("application/cloudevents+json")
        if structured:
            attributes = self.json()
            data = attributes.pop("data")
        else:
            attributes = {
                name[3:]: unquote(value)
                for name, value in self.headers.items()
                if name.startswith("ce-")
            }
            data = self.json()
        assert attributes["specversion"] == "1.0"
        for name, value in attributes.items():
            assert _ATTRIBUTE.fullmatch(name)
            assert isinstance(value, str) and value
        assert {"id", "source", "type"} <= attributes.keys()
        assert datetime.fromisoformat(attributes["time"]).tzinfo is not None
        assert len(self.body) < LARGEST_EVENT
        reply = Reply(attributes, data, structured)
        Draft202012Validator(schemas()[reply.outcome]).validate(data)
        return reply

    def json(self) -> Any:
        """Return the body as JSON."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        return json.loads(self.body, parse_constant=refuse)

    def pass_filter(self) -> None:
        """Check what a broker demands of every answer to an event, and a person of every error.

        A 2xx with a body that is not an event becomes a 502 and another delivery.
        """
        assert self.status >= 200
        if self.status == 204 or self.status == 202:
            assert self.body == b""
        elif self.status < 300:
            assert self.reply.outcome in {"completed", "failed"}
        else:
            assert self.text.count("\n") <= 1 and len(self.text) <= LONGEST_LINE
            for inside in ("Traceback", "/srv", ".py"):
                assert inside not in self.text


class Client:
    """One connection to one server; every answer to an event has to pass a broker's filter."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *problem: object) -> None:
        self._connection.close()

    @property
    def local_port(self) -> int | None:
        """Tells connections apart; None while there is none."""
        return self._connection.sock.getsockname()[1] if self._connection.sock else None

    def post(self, headers: Headers, body: Body, path: str = "/") -> Response:
        """Send an event, or what is meant to be one."""
        response = self.send("POST", path, headers, body)
        response.pass_filter()
        return response

    def send(
        self, method: str, path: str = "/", headers: Headers = (), body: Body | None = None
    ) -> Response:
        """Send any request; its answer is not judged."""
        connection = self._connection
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if isinstance(body, bytes):
            connection.putheader("content-length", str(len(body)))
        elif body is not None:
            connection.putheader("transfer-encoding", "chunked")
        connection.endheaders(body, encode_chunked=not isinstance(body, bytes))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, found, response.read())


class Server:
    """A function that is being served by a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.port = port

    @property
    def pid(self) -> int:
        """Of the process that was started; gunicorn's worker is a child of it."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """All that the process has written."""
        return self._log.read_text("utf-8", "replace")

    def client(self) -> Client:
        """Return a connection of its own."""
        return Client(self.port)

    def receive(self, sent: bytes) -> bytes:
        """Return what comes back for raw bytes, until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def wait_for(self, path: str, status: int) -> None:
        """Wait until a probe has this status; a server that does not listen yet has none."""
        deadline = time.monotonic() + PATIENCE
        while self.running and time.monotonic() < deadline:
            with self.client() as client:
                try:
                    if client.send("GET", path).status == status:
                        return
                except OSError:
                    pass
            time.sleep(0.02)
        raise AssertionError(f"{path} is never {status}:\n{self.log}")

    def ask_to_stop(self) -> None:
        """Send SIGTERM, as Kubernetes does."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for the end; returns the exit status."""
        return self._process.wait(PATIENCE)


def scripted(adapter: Adapter) -> list[str]:
    """Return the command that serves the scripted model."""
    return ["-m", "tests.scaffold.scripted", adapter]


@contextmanager
def serve(
    adapter: Adapter,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    port: int | None = None,
) -> Iterator[Server]:
    """Run Python with these arguments; returns as soon as the server listens.

    :param port: to listen on, a reserved one; by default a free one.

    When the test is content, the process has to end with status 0 and without a stack trace.
    """
    reserved = reserved_port() if port is None else nullcontext(port)
    with reserved as port, tempfile.TemporaryDirectory() as scratch:
        listen = {
            "gunicorn": {"HOST": "127.0.0.1", "PORT": str(port)},
            "middleware": {"LISTEN_ADDRESS": f"127.0.0.1:{port}"},
        }
        log = Path(scratch) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", *arguments],
                cwd=folder,
                env=clean_environment() | listen[adapter] | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = Server(process, port, log)
        try:
            server.wait_for("/health/liveness", 200)
            yield server
            if server.running:
                server.ask_to_stop()
            assert server.wait() == 0, server.log
            assert "Traceback" not in server.log
        finally:
            end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has a session of its own, and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clean_environment() -> dict[str, str]:
    """Ours, without what would set the function up or lead Python astray."""
    ours = {"HOST", "PORT", "LISTEN_ADDRESS", "LOG_LEVEL", "LOAD_GATE", "PYTHONPATH"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith(("TRM_", "OLLAMA_", "OTEL_", "K_", "GUNICORN_"))
    }


@contextmanager
def reserved_port() -> Iterator[int]:
    """Yield a port that nobody is given while it is ours; a server that reuses addresses gets
    it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@dataclass(frozen=True)
class Installed:
    """The repository, installed as func does it: what was built from, and where it went."""

    source: Path
    site: Path


_scratch = tempfile.TemporaryDirectory(prefix="function-installed-")


@cache
def installed() -> Installed:
    """Return the repository's root, pip-installed without its dependencies."""
    here = Installed(Path(_scratch.name) / "source", Path(_scratch.name) / "site")
    # The build leaves its own files where it works.
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info")
    shutil.copytree(ROOT, here.source, ignore=ignored)
    offline = (
        ["--no-build-isolation", "--no-index"] if importlib.util.find_spec("setuptools") else []
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *offline),
            *("--disable-pip-version-check", "--target", str(here.site), str(here.source)),
        ],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return here
