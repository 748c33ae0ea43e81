"""Every wrong setting ends the start with one line, status 2 and no secret."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from function.backends.registry import Member
from function.errors import ConfigurationError
from function.service import Service
from function.settings import load_settings
from tests.adapters import ROOT, clean_environment, reserved_port
from tests.scripted import ScriptedModel

SECRET = "hunter2-hunter2-hunter2"
SINK = {"K_SINK": "http://127.0.0.1:9/"}
OTLP = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"

READ = [
    {"K_SINK": "http://a b/"},
    {"K_SINK": f"http://user:{SECRET}@/"},
    {"K_SINK": "http://x:99999/"},
    {"K_SINK": "http://a\nb/"},
    {"K_SINK": "ftp://x/"},
    {"TRM_DEDUPE_URL": "redis://a b/"},
    {"TRM_SOURCE": "/a\nb"},
    {"TRM_SOURCE": "/a b"},
    {"TRM_REQUEST_TYPES": "a\nb"},
    {"TRM_REQUEST_TYPES": "x.completed\n.completed"},
    {"TRM_MODEL_CONFIG": "{}x"},
    {"TRM_MODEL_CONFIG": "/no/such.yaml"},
    {"TRM_MODEL_CONFIG": '{"name": "other@Model"}'},
    {"TRM_MODEL_CONFIG": '{"H_cycles": 2}'},
    {"TRM_MODEL_CONFIG": '{"H_cycles": 2}', "TRM_MODEL_NAME": "trm:sudoku"},
    {"TRM_MODEL_CONFIG": '{"H_cycles": 2}', "TRM_MODEL_NAME": "trm:maze"},
    {"TRM_WINDOW": "999999999"},
    {"TRM_RECEIVE_SECONDS": "9" * 30},
    {"TRM_GRACE_SECONDS": "9" * 30},
    {"TRM_MAX_DEADLINE_MS": "9" * 30},
    {"TRM_DEDUPE_SECONDS": "9" * 30},
    {"TRM_MAX_BODY_BYTES": "9" * 30},
    {"OLLAMA_URL": "http://x y"},
    {"OLLAMA_URL": "http://x\ty"},
    {"OPENAI_BASE_URL": f"http://user:{SECRET}@"},
    {"TRM_BEARER_TOKENS": ","},
    {"TRM_BEARER_TOKENS": " "},
    {"TRM_BEARER_TOKENS": f"{SECRET},"},
    {"TRM_BEARER_TOKENS": f",{SECRET}"},
    {"TRM_BEARER_TOKENS": f"{SECRET},,{SECRET}"},
    {"TRM_DEAD_LETTERS_TOKENS": f"{SECRET},"},
]
BUILT = [
    {**SINK, "K_CA_CERTS": PEM},
    {"K_SINK": f"http://{'a' * 80}.example/"},
    {"K_CE_OVERRIDES": '{"extensions": {"id": "x"}}'},
    {"TRM_DEDUPE_URL": "http://x"},
    {"TRM_DEDUPE_URL": f"redis://:{SECRET}@x:99999999/0"},
    {"TRM_DEDUPE_URL": "redis://x/0?nonsense=1"},
    {"TRM_DEDUPE_URL": "redis://x/first"},
]
STARTED = [
    {**SINK, "K_CA_CERTS": "nonsense"},
    {"K_CE_OVERRIDES": "{"},
    {**SINK, "ALL_PROXY": "socks5://127.0.0.1:9"},
    {**SINK, "HTTP_PROXY": f"http://user:{SECRET}@a b/"},
    {**OTLP, "OTEL_EXPORTER_OTLP_TIMEOUT": "soon"},
    {**OTLP, "OTEL_EXPORTER_OTLP_COMPRESSION": "best"},
    {**OTLP, "OTEL_METRIC_EXPORT_INTERVAL": "often"},
    {"HOST": "a..b"},
    {"HOST": "a\nb"},
    {"PORT": "high"},
]


@pytest.mark.parametrize("environment", READ, ids=str)
def test_settings_are_refused_in_one_line(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as problem:
        load_settings(environment)
    text = str(problem.value)
    variable = next(iter(environment))
    assert text.startswith(f"wrong setting: {variable}")
    assert text.isprintable() and SECRET not in text


@pytest.mark.parametrize("environment", BUILT, ids=str)
def test_the_service_is_refused_in_one_line(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as problem:
        Service(load_settings(environment), [Member("test", ScriptedModel)])
    text = str(problem.value)
    assert list(environment)[-1] in text and len(text) < 230
    assert text.isprintable() and SECRET not in text


def started(environment: dict[str, str], *arguments: str) -> list[str]:
    """Return what a start with these variables has to say; it must end with status 2."""
    with reserved_port() as port:
        listen = {"HOST": "127.0.0.1", "PORT": str(port), "LISTEN_ADDRESS": f"127.0.0.1:{port}"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**clean_environment(), **listen, "PYTHONPATH": str(ROOT)} | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2, done.stderr
    assert done.stdout == "" and SECRET not in done.stderr and "Traceback" not in done.stderr
    return done.stderr.splitlines()


@pytest.mark.parametrize("environment", STARTED, ids=str)
def test_the_server_does_not_start(environment: dict[str, str]) -> None:
    (line,) = started(environment, "-m", "function", "serve")
    named = list(environment)[-1]
    assert len(line) < 250
    assert named in line or (named.startswith("OTEL_") and "OTEL_" in line)


@pytest.mark.parametrize("environment", [{"K_CE_OVERRIDES": "{"}, {"TRM_SLOTS": "0"}], ids=str)
def test_nor_does_the_function_under_the_middleware(environment: dict[str, str]) -> None:
    first, line = started(environment, "tests/scaffold/main.py")
    assert "starting the function instance" in first  # of the scaffolding
    assert next(iter(environment)) in line


def test_a_range_of_addresses_in_no_proxy_is_none_of_ours() -> None:
    """Container tools put it there; the sink is reached directly all the same."""
    program = (
        "from function.delivery.sink import Sink\nfrom function.telemetry import Log\n"
        "Sink('http://127.0.0.1:9/', log=Log()).close()"
    )
    excepted = "localhost,127.0.0.1,fd07:b51a:cc66:f0::/64"
    environment = {"NO_PROXY": excepted, "ALL_PROXY": "socks5://x"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
