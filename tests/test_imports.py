"""What is imported, by whom: the light path stays light and the core knows no server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import function

ROOT = Path(function.__file__).parent.parent


def run_alone(code: str) -> Any:
    """Run the code in a process of its own; what its last line printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


MODULES = "json.dumps(sorted({name.partition('.')[0] for name in sys.modules}))"


def test_an_event_is_answered_without_torch_or_transformers() -> None:
    imported = run_alone(
        f"""
import json, sys
from cloudevents.core.v1.event import CloudEvent
from function.service import Service
from function.settings import load_settings
service = Service(load_settings({{"TRM_WINDOW": "512", "TRM_SLOTS": "1"}}))
service.start()
assert service.chain.wait(50), service.chain.state
headers = [
    ("ce-specversion", "1.0"),
    ("ce-id", "1"),
    ("ce-source", "/test"),
    ("ce-type", "io.homelab.trm.inference.requested"),
    ("content-type", "application/json"),
]
body = b'{{"prompt": "What is the capital of Japan?", "temperature": 0, "max_tokens": 16}}'
answer = service.exchange.answer(headers, body)
assert answer.status == 200, answer
assert "Tokyo" in json.loads(answer.body)["answer"], answer.body
service.close()
print({MODULES})
"""
    )
    assert {"xllamacpp", "function", "pydantic"} <= set(imported)
    heavy = {"torch", "transformers", "numpy", "flask", "func_python"}
    # Nobody set an endpoint.
    telemetry = {"opentelemetry", "grpc", "google", "requests"}
    assert not (heavy | telemetry) & set(imported)


def test_a_start_brings_in_no_validator_and_no_parser_that_few_requests_need() -> None:
    imported = set(run_alone(f"import json, sys\nimport function.service\nprint({MODULES})"))
    assert "function" in imported
    assert not {"jsonschema", "referencing", "regex", "yaml", "httpx", "redis"} & imported


def test_the_process_that_forks_the_worker_imports_neither_contract_nor_models() -> None:
    # They are imported in the worker, while torch is linked there.
    imported = run_alone(
        "import json, sys\nimport function.http.server\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('function.')]))"
    )
    assert not {"function.service", "function.contract", "function.backends.chain"} & set(imported)


CORE = [
    "pipeline.handler",
    "pipeline.endpoint",
    "events.types",
    "service",
    "reflection.loop",
    "reflection.choices",
    "backends.base",
    "backends.chain",
    "backends.local.llama_cpp",
    "backends.local.loader",
    "backends.registry",
    "backends.hosted.client",
    "backends.hosted.ollama",
    "backends.hosted.openai",
    "backends.hosted.huggingface",
    "backends.hosted.anthropic",
    "backends.local.mlx",
]


def test_the_core_knows_no_server() -> None:
    names = ", ".join(f"function.{name}" for name in CORE)
    imported = set(run_alone(f"import json, sys\nimport {names}\nprint({MODULES})"))
    servers = {"flask", "werkzeug", "gunicorn", "func_python", "hypercorn", "uvicorn"}
    heavy = {"torch", "transformers", "xllamacpp", "opentelemetry"}
    assert "function" in imported
    assert not (servers | heavy) & imported


@pytest.mark.parametrize("protocol, other", [("grpc", "requests"), ("http/protobuf", "grpc")])
def test_a_collector_brings_in_telemetry_over_one_transport(protocol: str, other: str) -> None:
    imported = run_alone(
        f"""
import json, sys
from function.service import Service
from function.settings import load_settings
settings = load_settings({{
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "{protocol}",
    "LOG_LEVEL": "ERROR",
}})
Service(settings, [])
print({MODULES})
"""
    )
    assert "opentelemetry" in imported
    assert other not in imported


def test_the_package_itself_imports_nothing() -> None:
    imported = set(run_alone(f"import json, sys, function\nprint({MODULES})"))
    assert "function" in imported
    assert not {"pydantic", "flask", "cloudevents", "xllamacpp", "torch"} & imported


def test_the_client_imports_the_function_beside_its_event_loop() -> None:
    on_the_loop, elsewhere = run_alone(
        """
import asyncio, json, sys, threading
import agent_trm
from agent_trm.local import LocalTransport

importing = {}

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "function":
            importing.setdefault(threading.current_thread() is threading.main_thread(), name)

async def look():
    try:
        # What is wrong with a setting is found out after all is imported, without any model.
        await LocalTransport({"TRM_SLOTS": "x"}).check()
    except agent_trm.Refused:
        return
    raise AssertionError("it was not refused")

sys.meta_path.insert(0, Watch())
asyncio.run(look())
print(json.dumps([importing.get(True), importing.get(False)]))
"""
    )
    assert (on_the_loop, elsewhere) == (None, "function")
