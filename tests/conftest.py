"""What several test files need: request events, and the function around a scripted model."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent

from function.backends.base import Model
from function.backends.registry import Member
from function.delivery.sink import Sink
from function.events.codec import decode
from function.reflection.checks.facts.faults import listen
from function.service import Service
from function.settings import CANONICAL_REQUEST, load_settings
from function.telemetry import Log
from function.threads import wait_briefly
from tests.adapters import ROOT
from tests.scripted import ScriptedModel

wait_briefly()  # before any test imports torch, as the function does

TESTS = ROOT / "tests"
NEEDS = {
    "browser": ("playground/browser/",),
    "model": (
        *("backends/local/test_llama_cpp.py", "backends/local/test_embedded.py"),
        *("backends/local/test_trial.py", "examples/", "test_adapters.py", "test_docs.py"),
        "agents/test_embedded.py",
    ),
    "network": ("broker/", "delivery/test_redis.py", "test_replicas.py", "test_sdks.py"),
    "slow": (
        *(
            "agent_trm/",
            "agents/",
            "benchmarks/",
            "dead_letters/",
            "image/",
            "lab/",
            "http/test_stuck.py",
        ),
        *("http/test_http_errors.py", "http/test_killed.py", "http/test_slow_senders.py"),
        *("http/test_event_loop.py", "http/test_any_bytes.py", "delivery/test_sink.py"),
        *("backends/local/test_transformers.py", "backends/local/test_recursive_gpt.py"),
        *("backends/local/test_mlx.py", "backends/test_faults.py", "backends/test_pool.py"),
        *("observability/test_otlp.py", "reflection/test_growth.py", "events/test_properties.py"),
        *("tasks/", "trm/", "test_attacks.py", "test_delivery.py", "test_start.py", "test_lab.py"),
        *("test_packaging.py", "test_wrong_settings.py", "test_poison.py", "outbound/"),
        *("test_extras.py", "test_asking.py", "reflection/test_large_facts.py"),
        *("schemas/test_limits.py", "backends/hosted/test_openai.py", "http/api/test_mcp.py"),
        *("http/api/test_openai.py", "http/api/test_ollama.py"),
        *("profiles/test_own_profiles.py", "playground/test_pages.py", "test_imports.py"),
    ),
}
"""What the tests of these files need, as markers; ``make quick`` leaves them out."""
LONGEST = ("test_growth.py", "test_llama_cpp.py", "test_embedded.py", "test_docs.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files whose tests ``-m`` leaves out: some import torch, which takes seconds."""
    expression = config.option.markexpr
    if not expression or " or " in expression or not collection_path.is_relative_to(TESTS):
        return None
    path = collection_path.relative_to(TESTS).as_posix()
    unwanted = re.findall(r"\bnot (\w+)", expression)
    return any(f"{path}/".startswith(NEEDS.get(marker, ())) for marker in unwanted) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they need, and begin with the files that take longest, so that no process
    of several is left with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        path = item.path.relative_to(TESTS).as_posix()
        for marker, places in NEEDS.items():
            if path.startswith(places):
                item.add_marker(marker)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where ``NO_SKIPS`` is set and a test was skipped because something is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("NO_SKIPS"):
        return
    reasons = {str(report.longrepr[2]) for report in reporter.stats.get("skipped", ())}
    missing = sorted(reason for reason in reasons if reason.endswith("is not installed"))
    if missing:
        reporter.write_line(f"NO_SKIPS: {'; '.join(missing)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


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


def data_in(event: CloudEvent | None) -> dict[str, Any]:
    """Return the data of a reply, which is an object."""
    assert event is not None
    data = event.get_data()
    assert isinstance(data, dict)
    return data


@pytest.fixture(autouse=True)
def faults() -> Iterator[list[list[str]]]:
    """Fail a test in which a verifier failed, which costs a served event nothing but its check.

    A test of such a fault clears the list.
    """
    found: list[list[str]] = []
    end = listen(lambda error, places: found.append([error, *places]))
    yield found
    end()
    assert found == []


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
