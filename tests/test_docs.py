"""Every command block of the documentation that is marked ``run`` does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from function.extras import is_installed
from function.profiles.profile import Profile
from function.profiles.registry import read_profiles
from function.reflection.prompt.facts import Rendering
from tests.adapters import PATIENCE, ROOT, Server, serve

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^( *)```(sh|python) run\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
ADDRESS = "http://localhost:8080"


def blocks() -> list[Any]:
    """Language and text of every block to run, under the page and its number there."""
    return [
        pytest.param(found[2], dedent(found[3]), id=f"{page.name}-{number}")
        for page in PAGES
        for number, found in enumerate(BLOCK.finditer(page.read_text("utf-8")), 1)
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yield the function with its shipped model, as ``make serve`` runs it."""
    tools = {"TRM_MCP": "true"} if is_installed("mcp") else {}
    with serve("gunicorn", ["-m", "function", "serve"], tools) as running:
        running.wait_for("/health/readiness", 200)
        yield running


def test_there_are_some_in_every_language() -> None:
    assert {block.values[0] for block in blocks()} == {"sh", "python"}


@pytest.mark.parametrize(("language", "text"), blocks())
def test_block(server: Server, language: str, text: str, tmp_path: Path) -> None:
    if "from mcp" in text:
        pytest.importorskip("mcp", reason="mcp is not installed")
    command = ["bash", "-euo", "pipefail", "-c"] if language == "sh" else [sys.executable, "-c"]
    done = subprocess.run(
        [*command, text.replace(ADDRESS, f"http://127.0.0.1:{server.port}")],
        cwd=tmp_path if language == "python" else ROOT,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE * 4,
    )
    assert done.returncode == 0, done.stderr
    if language == "sh":
        assert done.stdout.strip()


def test_no_example_repeats_an_id() -> None:
    # The second of two requests with one id and the same data gets the stored reply.
    fixed = re.compile(r"""ce-id: (?!\$)[^"']+|"id": "(?!'\$)[^"]+""")
    for block in blocks():
        assert not fixed.search(block.values[1]), block.id


def test_the_profile_on_its_page_has_every_field() -> None:
    page = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    text, _ = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    profile = read_profiles({"release-notes": text})["release-notes"]
    assert profile.model_fields_set == Profile.model_fields.keys()
    assert profile.context.model_fields_set == Rendering.model_fields.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
