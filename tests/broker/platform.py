"""What stands around a broker: RequestReply and JobSink, after Knative Eventing's own code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.adapters import ROOT, clean_environment
from tests.broker.broker import Broker
from tests.broker.event import Event, read_event
from tests.broker.subscriber import ACCEPTED, Saying, Subscriber
from tests.broker.triggers import Trigger, delivery_of

Object = Mapping[str, Any]
NAME = "request-reply"
MINUTE = 60.0
"""Seconds; fixed upstream, whatever the manifest says."""


@dataclass(frozen=True)
class ReplyTrigger(Trigger):
    """RequestReply's own Trigger: an expression that verifies the attribute of replies."""

    reply_attribute: str = "replyid"
    signed: Collection[str] = ()

    def takes(self, event: Event) -> bool:
        return verified(event.attributes.get(self.reply_attribute, ""), self.signed)


def verified(reply_id: str, signed: Collection[str]) -> bool:
    """After VerifyReplyId in pkg/requestreply/correlation_id.go: three parts, or it is none."""
    return len(reply_id.split(":")) == 3 and reply_id in signed


class RequestReply:
    """Holds a caller's request until the reply to it comes by; see pkg/requestreply.

    :param spec: of the RequestReply's manifest.
    :param minute: what stands for upstream's minute.
    """

    def __init__(self, spec: Object, minute: float = MINUTE) -> None:
        self._spec = spec
        self._minute = minute
        self._signed: set[str] = set()
        self._waiting: dict[str, tuple[threading.Event, list[Event]]] = {}
        self._replies = Subscriber(self._take)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _caller_door(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.publish: Callable[[Event], None] = lambda event: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def join(self, broker: Broker) -> None:
        """Publish to this broker, which needs :attr:`trigger` among its Triggers."""
        self.publish = broker.accept
        broker.addresses[NAME] = self._replies.url

    @property
    def trigger(self) -> Trigger:
        delivery = delivery_of(self._spec["delivery"])
        attribute = self._spec["replyAttribute"]
        return ReplyTrigger(
            NAME, {}, NAME, "/", delivery, 4, reply_attribute=attribute, signed=self._signed
        )

    def __enter__(self) -> Self:
        self._replies.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._replies.__exit__()

    def ask(self, event: Event) -> Event | None:
        """Publish an event with a signed correlation id; the reply, or None after a minute."""
        # 12 bytes of nonce, the id encrypted, 16 of tag.
        code = urlsafe_b64encode(os.urandom(12 + len(event.id.encode()) + 16)).decode()
        correlation = f"{event.id}:{code}:0"
        self._signed.add(correlation)
        come, found = self._waiting[event.id] = threading.Event(), []
        self.publish(event.marked(**{self._spec["correlationAttribute"]: correlation}))
        come.wait(self._minute)
        del self._waiting[event.id]
        return found[0] if found else None

    def _take(self, event: Event) -> Saying:
        reply_id = event.attributes.get(self._spec["replyAttribute"], "")
        if not verified(reply_id, self._signed):
            return 400, {}, b""
        waiting = self._waiting.get(reply_id.split(":")[0])
        if waiting is not None:
            waiting[1].append(event)
            waiting[0].set()
        return ACCEPTED


def _caller_door(request_reply: RequestReply) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            reply = request_reply.ask(read_event(dict(self.headers.items()), body))
            # After its minute upstream's handler returns without a word: 200 and nothing.
            self.send_response(200)
            for name, value in (reply.headers() if reply else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body if reply else b"")

        def log_message(self, format: str, *args: object) -> None:
            """The test looks at the answer."""

    return Door


class JobSink:
    """Runs the Job of a manifest for every new event; see cmd/jobsink.

    :param spec: of the JobSink's manifest.
    :param sink: what the SinkBinding puts into ``K_SINK``.
    :param folder: of the events' files.
    """

    def __init__(self, spec: Object, sink: str, folder: Path) -> None:
        (container,) = spec["job"]["spec"]["template"]["spec"]["containers"]
        self._command = [sys.executable, *container["command"][1:]]
        self._environment = {item["name"]: item["value"] for item in container["env"]}
        self._sink = sink
        self._folder = folder
        self._lock = threading.Lock()
        self.jobs: dict[tuple[str, str], subprocess.Popen[bytes]] = {}

    def say(self, event: Event) -> Saying:
        """Start the event's job unless it is known, and accept the event."""
        with self._lock:
            if event.key not in self.jobs:
                self.jobs[event.key] = self._start(event)
        return ACCEPTED

    def _start(self, event: Event) -> subprocess.Popen[bytes]:
        folder = self._folder / f"job-{len(self.jobs)}"
        folder.mkdir()
        data = json.loads(event.body)
        envelope = {**event.attributes, "datacontenttype": event.content_type, "data": data}
        (folder / "event").write_text(json.dumps(envelope))
        environment = clean_environment() | self._environment
        environment |= {"K_SINK": self._sink, "K_EVENT_PATH": os.fspath(folder)}
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                self._command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def wait(self) -> list[int]:
        """Return the exit statuses of all jobs."""
        return [job.wait(120) for job in self.jobs.values()]
