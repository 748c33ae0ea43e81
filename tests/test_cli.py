"""The command line: what it lists, its options, its errors and its completion."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from function import __version__
from function.cli import main, settings_with
from tests.adapters import ROOT, clean_environment, end_group, reserved_port


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"trm, version {__version__}\n"


def test_help_names_trm_and_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: trm ")
    listed = {line.split()[0] for line in shown.partition("Commands:")[2].splitlines() if line}
    assert {"serve", "ask", "invoke", "network", "profiles", "settings", "job"} <= listed
    assert not {"eval", "train", "judge", "trm"} & listed  # moved, or renamed


def test_serve_lists_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(each in shown for each in ("--host", "--port", "--model", "--log-level"))


def test_options_stand_for_settings() -> None:
    options = {"port": 9123, "host": "::1", "playground": True, "log_level": None}
    settings = settings_with(options)
    assert (settings.port, settings.host, settings.playground) == (9123, "::1", True)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["frob"], "No such command 'frob'"),
        (["serve", "--port", "70000"], "70000 is not in the range"),
        (["schema", "answer"], "'answer' is not one of"),
        (["ask", "x", "--context", "none.json"], "cannot be read"),
        (["serve", "--log-level", "LOUD"], "LOG_LEVEL"),
        (["profiles", "nobody"], "no profile is named nobody"),
    ],
)
def test_errors_are_short_and_end_with_status_2(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert problem in told.err and "Traceback" not in told.err
    assert told.out == ""


@pytest.mark.parametrize("name", ["network", "trm"])
def test_a_lazy_command_passes_its_flags_on(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "show", "--help"])
    assert ended.value.code == 0
    assert "usage: trm network show" in capsys.readouterr().out


def test_the_shell_completes_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "function"],
        cwd=ROOT,
        env=clean_environment()
        | {"_TRM_COMPLETE": "bash_complete", "COMP_WORDS": "trm pro", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "plain,profiles\n", done.stderr


@pytest.mark.slow
def test_serve_prints_its_address_on_a_terminal() -> None:
    master, slave = os.openpty()
    with reserved_port() as port:
        process = subprocess.Popen(
            [sys.executable, "-m", "function", "serve", "--port", str(port)],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(slave)
        try:
            told = b""
            while b"client_initialized" not in told:
                told += os.read(master, 4_096)
        finally:
            end_group(process)
            os.close(master)
    assert f"http://localhost:{port}/".encode() in told
    assert b'"event"' not in told
