"""Optional dependencies that are missing are named in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.adapters import clean_environment

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "redis", "opentelemetry", "mcp"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
from function.cli import run
sys.argv = ["function", "serve"]
sys.exit(run())
"""


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TRM_DEDUPE_URL", "redis://127.0.0.1:1", "TRM_DEDUPE_URL needs redis"),
        ("TRM_MCP", "true", "TRM_MCP needs mcp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", "needs opentelemetry"),
    ],
)
def test_a_setting_whose_extra_is_missing_stops_the_start(
    variable: str, value: str, message: str
) -> None:
    environment = {**clean_environment(), variable: value, "PORT": "0", "HOST": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert message in done.stderr and "pip install 'function[" in done.stderr
    assert "Traceback" not in done.stderr


MODEL = (
    BLOCKED.partition("from function.cli")[0]
    + """
from function.backends.local.loader import load_local
from function.errors import ModelUnavailable
from function.settings import load_settings
try:
    load_local(sys.argv[1], load_settings({}))
except ModelUnavailable as error:
    print(error)
"""
)


def test_a_model_of_transformers_names_the_extra(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MODEL, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert "needs torch" in done.stdout and "function[transformers]" in done.stdout, done.stderr
