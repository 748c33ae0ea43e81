"""What several test files need: request events, and the function around a scripted model."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent

from function.backends.base import Model
from function.backends.registry import Member
from function.delivery.sink import Sink
from function.events.codec import decode
from function.logs import Log
from function.service import Service
from function.settings import CANONICAL_REQUEST, load_settings
from function.waiting import wait_briefly
from tests.scripted import ScriptedModel

wait_briefly()  # before any test imports torch, as the function does


def request_event(data: object, **attributes: object) -> CloudEvent:
    """Return a request event as it arrives: written by a sender, read by the strict codec."""
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": "request-1",
        "source": "/agents/oncall",
        "type": CANONICAL_REQUEST,
        "data": data,
    }
    headers = [("content-type", "application/cloudevents+json")]
    return decode(headers, json.dumps({**envelope, **attributes}).encode())


@dataclass
class Running:
    """The function around one model, with all that it logs."""

    service: Service
    stream: io.StringIO = field(repr=False)

    def reply(self, data: object, **attributes: object) -> CloudEvent:
        """Return the reply to one request of an accepted type."""
        reply = self.service.handler.handle(request_event(data, **attributes))
        assert reply is not None
        return reply

    @property
    def logged(self) -> list[dict[str, Any]]:
        """Every log line so far."""
        return [json.loads(text) for text in self.stream.getvalue().splitlines()]


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    """Build the function around a model, or around what the environment names."""
    running: list[Service] = []

    def build(model: Model | None = None, sink: Sink | None = None, **environment: str) -> Running:
        chosen = model or ScriptedModel()
        stream = io.StringIO()
        service = Service(
            load_settings(environment),
            [Member("test", lambda: chosen)],
            Log("DEBUG", stream),
            sink=sink,
        )
        running.append(service)
        service.start()
        assert service.chain.wait(10)
        if isinstance(chosen, ScriptedModel):
            chosen.calls.clear()  # so that the script begins with the request, not with the probe
        return Running(service, stream)

    yield build
    for service in running:
        service.close()
