"""What stands around an agent in its cluster: the function, and the Ollama that answers first."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.adapters import Server, serve
from tests.backends.servers import SHOWN, ollama_answer

Say = Callable[[list[dict[str, str]]], str]
SERVE = ["-m", "function", "serve"]
PATIENCE = 120.0


@dataclass
class Ollama:
    """An Ollama server whose model says what a test wrote down."""

    port: int
    say: Say = lambda turns: "done"
    asked: list[list[dict[str, str]]] = field(default_factory=list)

    def writes(self, *texts: str) -> None:
        """Answer in turn with these texts, then with the last one."""
        self.asked.clear()
        self.say = lambda turns: texts[min(len(self.asked), len(texts)) - 1]

    @property
    def url(self) -> str:
        """As the cluster's operator writes it into OLLAMA_URL."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def ollama() -> Iterator[Ollama]:
    """Serve a scripted Ollama."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/api/show":
                sent = json.dumps(SHOWN).encode()
            else:
                served.asked.append(body["messages"])
                read = sum(len(turn["content"].split()) for turn in body["messages"])
                parts = ollama_answer(served.say(body["messages"]))
                last = {**json.loads(parts[-1]), "prompt_eval_count": 2 * read}
                sent = b"".join([*parts[:-1], json.dumps(last).encode() + b"\n"])
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Ollama(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Cluster:
    """The served function as an agent reaches it."""

    url: str
    ollama: Ollama
    patience: float = PATIENCE

    def get(self, path: str) -> httpx.Response:
        """Return what a probe gets."""
        return httpx.get(f"{self.url}{path}", timeout=self.patience)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON that a call gets; a status of 400 and more is an error, as to agents."""
        answer = httpx.post(f"{self.url}{path}", json=body, timeout=self.patience)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def generate(self, prompt: str, model: str = "llama3.2:3b", **fields: Any) -> Any:
        """Ask as most agents do: by Ollama's API, the answer as one line."""
        body = {"model": model, "prompt": prompt, "stream": False, **fields}
        return self.post("/api/generate", body)

    def send(self, event_type: str, source: str, data: dict[str, Any]) -> tuple[str, Any]:
        """Return the type and the data of the reply to an event in binary mode."""
        headers = {
            "content-type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": str(uuid.uuid4()),
            "ce-source": source,
            "ce-type": event_type,
        }
        answer = httpx.post(self.url, json=data, headers=headers, timeout=self.patience)
        assert answer.status_code == 200, answer.text
        return answer.headers["ce-type"], answer.json()


@contextmanager
def cluster(**environment: str) -> Iterator[Cluster]:
    """Serve the function behind a scripted Ollama; it is ready when this yields."""
    with ollama() as asked:
        ours = {"OLLAMA_URL": asked.url, "TRM_BACKENDS": "ollama", **environment}
        with serve("gunicorn", SERVE, ours) as server:
            wait_until_ready(server)
            asked.asked.clear()
            yield Cluster(f"http://127.0.0.1:{server.port}", asked)


def wait_until_ready(server: Server) -> None:
    """Return when the function can answer."""
    server.wait_for("/health/readiness", 200)
