"""The backend and the check of docs/extending.md, installed as packages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from function.contract import parse_request
from function.errors import ConfigurationError, InvalidRequest
from function.settings import load_settings
from tests.adapters import ROOT, clean_environment

PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
ANSWER = """
import json, sys
from function.service import Service
from function.settings import load_settings
service = Service(load_settings({"TRM_BACKENDS": "parrot", "LOG_LEVEL": "ERROR"}))
service.start()
assert service.chain.wait(30), service.chain.state
checks = {"installed": ["no_shouting"]}
data = {"prompt": "POLLY WANTS A CRACKER", "checks": checks, "max_reflection_steps": 0}
print(service.handler.answer_plain(data).model_dump_json())
service.close()
"""


def install(folder: Path) -> None:
    """Install both code blocks of the page, with the entry points that it names."""
    backend, check = re.findall(r"^```python run\n(.*?)^```$", PAGE, re.M | re.S)
    (folder / "parrot.py").write_text(backend.partition("\nservice = ")[0])
    (folder / "shouting.py").write_text(check.partition("\n(result,)")[0])
    points = "\n".join(re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S))
    entries = re.sub(r'\[project\.entry-points\."(.+)"\]', r"[\1]", points).replace('"', "")
    info = folder / "birds-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: birds\nVersion: 1\n")
    (info / "entry_points.txt").write_text(entries)


@pytest.mark.slow
def test_an_installed_backend_and_check_answer(tmp_path: Path) -> None:
    install(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", ANSWER],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    reply: dict[str, Any] = json.loads(done.stdout)
    assert (reply["answer"], reply["backend"]) == ("POLLY WANTS A CRACKER", "birds")
    (check,) = [each for each in reply["checks"] if each["name"] == "no_shouting"]
    assert (check["passed"], check["reason"]) == (False, "the answer must not be in capitals")


def test_a_backend_that_is_not_installed_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="TRM_BACKENDS: only local, ollama"):
        load_settings({"TRM_BACKENDS": "parrot"})


def test_a_check_that_is_not_installed_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request({"prompt": "x", "checks": {"installed": ["no_shouting"]}})
    assert [item.field for item in refused.value.fields] == ["checks.installed"]
