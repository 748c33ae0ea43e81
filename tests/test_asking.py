"""``trm ask``: what it sends, what it prints, and its exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from function.asking import shown
from function.cli import main
from tests.adapters import ROOT, Server, clean_environment, scripted, serve

TOKEN = "a-token-of-sixteen"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn"), {"TRM_BEARER_TOKENS": TOKEN}) as running:
        running.wait_for("/health/readiness", 200)
        yield running


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process."""

    def done(
        *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> Done:
        given = clean_environment() | {"TRM_TOKEN": TOKEN} | dict(environment or {})
        with monkeypatch.context() as patched:
            patched.setattr("os.environ", given)
            patched.setattr("sys.stdin", io.StringIO(stdin))
            status = main(["ask", *arguments])
        written = capsys.readouterr()
        return Done(status, written.out, written.err)

    return done


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def test_the_answer_and_its_checks_are_printed(server: Server, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"service": "Loki"}', "utf-8")
    options = ["--context", str(facts), "--must-contain", "Loki", "--url", url(server)]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "function", "ask", "Which service?", *options],
        cwd=ROOT,
        env=clean_environment() | {"TRM_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Loki" in done.stdout and "passed  must_contain" in done.stdout
    assert "confidence" in done.stdout and "scripted" in done.stdout


def test_a_failed_check_is_exit_status_1(server: Server, run: Run) -> None:
    done = run("sing", "--must-contain", "Loki", "--must-not-contain", "x", "--url", url(server))
    assert done.returncode == 1
    assert "FAILED  must_contain: " in done.stdout and "passed  must_not_contain" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read(server: Server, run: Run, arguments: list[str]) -> None:
    done = run(*arguments, "--json", stdin="sing\n", environment={"TRM_FUNCTION_URL": url(server)})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["answer"] == "echo: sing"


def test_what_is_wrong_is_one_line_and_exit_status_2(
    server: Server, run: Run, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("[1]", "utf-8")
    for arguments, told in [
        (["x", "--url", "http://127.0.0.1:9"], "does not answer"),
        (["x", "--context", str(tmp_path / "none.json"), "--url", url(server)], "cannot be read"),
        (["x", "--context", str(broken), "--url", url(server)], "JSON object"),
        (["", "--url", url(server)], "answered 400"),
    ]:
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert told in done.stderr and done.stderr.count("\n") == 1 and not done.stdout
    done = run("x", "--url", url(server), environment={"TRM_TOKEN": "guess-guess-guess"})
    assert done.returncode == 2 and "403" in done.stderr


def test_an_answer_without_checks_says_so() -> None:
    assert shown({"answer": "yes", "confidence": None})[-2:] == [
        "no checks",
        "confidence unknown, unknown model",
    ]


def test_in_process_only_what_is_wrong_is_logged_unless_more_is_asked_for(run: Run) -> None:
    nothing = {"TRM_BACKENDS": "ollama", "OLLAMA_URL": "http://127.0.0.1:9"}
    done = run("x", environment=nothing)
    assert done.returncode == 2 and "no model can answer" in done.stderr
    assert "INFO" not in done.stderr and "WARNING" in done.stderr
    assert '"level":"INFO"' in run("x", environment={**nothing, "LOG_LEVEL": "INFO"}).stderr
