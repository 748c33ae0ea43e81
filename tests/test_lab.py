"""The laboratory stays out of what is shipped; its commands are forwarded for one release."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.adapters import ROOT, clean_environment, installed

MOVED = ["eval", "train", "judge"]


def run(command: str, *, with_lab: bool) -> subprocess.CompletedProcess[str]:
    """Run ``python -m function COMMAND --help`` from a checkout, or as installed."""
    place = ROOT if with_lab else installed().site
    return subprocess.run(
        [sys.executable, "-m", "function", command, "--help"],
        cwd=place,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_wheel_holds_nothing_of_the_lab() -> None:
    files = [path.relative_to(installed().site) for path in installed().site.rglob("*")]
    assert not [path for path in files if path.parts[0] == "lab"]


def test_the_image_holds_nothing_of_the_lab() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    assert not [line for line in ignored if line.startswith(("!lab", "!*", "!."))]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    sources = {source.split("/")[0] for line in copied for source in line.split()}
    assert sources == {
        *("function", "requirements.txt", "requirements.lock", "requirements-weights.txt"),
        "LICENSE",
    }


@pytest.mark.parametrize("command", MOVED)
def test_a_moved_command_is_forwarded_in_a_checkout(command: str) -> None:
    done = run(command, with_lab=True)
    assert done.returncode == 0, done.stderr
    assert f"deprecated: run `python -m lab {command}`" in done.stderr
    assert "usage: " in done.stdout


@pytest.mark.parametrize("command", MOVED)
def test_a_moved_command_says_where_it_went_in_an_installation(command: str) -> None:
    done = run(command, with_lab=False)
    assert done.returncode == 2
    assert f"run `python -m lab {command}` in a checkout" in done.stderr
    assert done.stdout == ""
