"""Try a GGUF file in a process of its own, because llama.cpp aborts on some files and hangs on
some chat templates. Also that process: ``python -m function.backends.local.trial``."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import re
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from function.backends.chat_templates import Message, forms_of
from function.backends.local.cache_folder import cache_folder
from function.backends.local.footprint import MIB, gguf_bytes
from function.backends.local.gguf_check import check_gguf, parts_of
from function.backends.local.gguf_header import shown
from function.errors import ModelUnavailable
from function.threads import wait_briefly

TRIAL_SECONDS = 60
"""Of processor time; a template that hangs takes as long by the clock."""
BYTES_A_SECOND = 20 * MIB
"""A trial gets a second more for each of these."""
PATIENCE = 5
"""Seconds by the clock for each of processor time, on a busy machine or a slow disk."""
WORK_BYTES = 2048 * MIB
"""Memory of a trial beside three times the model: the weights, repacked, and room to compute."""
HEAD_BYTES = MIB
LONGEST_REASON = 200
CONVERSATION: list[Message] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Say: ready."},
    {"role": "assistant", "content": "Ready."},
    {"role": "user", "content": "Again."},
]
ROOT = Path(__file__).parents[3]
PLAIN_TEMPLATE = "{% for m in messages %}{{ m['role'] ~ ': ' ~ m['content'] ~ '\\n' }}{% endfor %}"

REFUSED = "trial: "
"""Begins the line that the process of a trial writes when the model is refused."""
_REASONS = (
    r"error loading model: (.+)",
    r"GGML_ASSERT\((.+)\) failed",
    r"^Error: (.+)",
    r"common_chat_templates_init: error: (.+)",
    r"chat template parsing error: (?!std::exception)(.+)",
    rf"^{REFUSED}(.+)",
)
_remembered: dict[str, str] = {}
"""What trials of this process found, by file; empty for a model that works."""


@dataclass(frozen=True)
class Task:
    """What the process of a trial is given; ``template`` replaces the file's own unless empty."""

    path: str
    window: int
    threads: int
    seconds: int
    memory: int
    template: str = ""


@dataclass(frozen=True)
class _Verdict:
    """What a trial found: the problem, empty for none, and how long that will be so."""

    problem: str = ""
    kept: Literal["on disk", "by this process", "not at all"] = "on disk"


def try_out(path: Path, *, window: int, threads: int, seconds: int = 0) -> None:
    """Load a model, render its chat template and write one token, all in a process of its own.

    Once for a file: what works, and what aborts llama.cpp, is remembered in the cache folder.

    :param seconds: processor time that it may take; 0 for :data:`TRIAL_SECONDS`, and more for a
        large file.
    :raises ModelUnavailable: the model cannot be served; one line says why.
    """
    header = check_gguf(path)
    parts = parts_of(path, header)
    key = _key(parts)
    problem = _recall(key)
    if problem is None:
        size = sum(part.stat().st_size for part in parts)
        task = Task(
            str(path),
            min(window, header.context_length),
            threads,
            seconds or TRIAL_SECONDS + size // BYTES_A_SECOND,
            WORK_BYTES + 3 * gguf_bytes(path, 1, window),
        )
        verdict = _run(task)
        problem = verdict.problem
        own = header.text("tokenizer.chat_template")
        if problem and own and not _run(replace(task, template=PLAIN_TEMPLATE)).problem:
            problem = f"cannot be used with its chat template: it {problem}"
        _remember(key, problem, verdict.kept)
    if problem:
        raise ModelUnavailable(f"{path.name} {problem}")


def _run(task: Task) -> _Verdict:
    command = [
        sys.executable,
        "-P",
        "-m",
        "function.backends.local.trial",
        json.dumps(asdict(task)),
    ]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GGML_NO_BACKTRACE": "1"}
    with tempfile.TemporaryFile() as log:  # unlike a pipe it cannot fill up
        try:
            status = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=PATIENCE * task.seconds,
            ).returncode
        except subprocess.TimeoutExpired:
            status = -signal.SIGALRM
        log.seek(max(log.seek(0, os.SEEK_END) - HEAD_BYTES, 0))
        written = log.read().decode("utf-8", "replace")
    reason = _reason(written, task.path)
    if status == 0:
        return _Verdict()
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return _Verdict(f"does not answer within {task.seconds} s", "by this process")
    if status < 0 and f"\n{REFUSED}" not in f"\n{written}":
        detail = f" ({reason})" if reason else ""
        # What the kernel kills for want of memory may find more of it another time.
        kept: Literal["on disk", "by this process"] = (
            "by this process" if status == -signal.SIGKILL else "on disk"
        )
        return _Verdict(f"ends llama.cpp with {signal.Signals(-status).name}{detail}", kept)
    return _Verdict(f"is refused by llama.cpp: {reason or 'it gives no reason'}", "not at all")


def _reason(log: str, path: str) -> str:
    """Return why llama.cpp refused, from what it wrote."""
    for pattern in _REASONS:
        if found := re.search(pattern, log, re.MULTILINE):
            return shown(found[1].replace(path, Path(path).name), LONGEST_REASON)
    return ""


def _key(parts: list[Path]) -> str:
    """Return what the verdict depends on: the files by size, time and first bytes, the engine."""
    digest = hashlib.sha256(importlib.metadata.version("xllamacpp").encode())
    for part in parts:
        found = part.stat()
        digest.update(f" {found.st_size} {found.st_mtime_ns} ".encode())
        with part.open("rb") as file:
            digest.update(file.read(HEAD_BYTES))
    return digest.hexdigest()


def _recall(key: str) -> str | None:
    if key not in _remembered:
        with contextlib.suppress(OSError, ValueError):
            _remembered[key] = (cache_folder() / "trials" / key).read_text("utf-8")
    return _remembered.get(key)


def _remember(key: str, problem: str, kept: str) -> None:
    if kept != "not at all":
        _remembered[key] = problem
    if kept == "on disk":
        with contextlib.suppress(OSError):  # without a cache the next start tries it again
            folder = cache_folder() / "trials"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
                file.write(problem)
            Path(file.name).replace(folder / key)


def _work(task: Task) -> str:
    """Load the model and write one token; returns the problem, empty for none."""
    # Ends also code that never returns to Python, and when the parent is gone.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE * task.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (task.seconds, task.seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (task.memory, task.memory))
    with contextlib.suppress(OSError):  # where memory runs out this process goes, not the parent
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    wait_briefly()
    import xllamacpp

    from function.backends.local.llama_cpp import engine_parameters

    params = engine_parameters(Path(task.path), slots=1, window=task.window, threads=task.threads)
    params.verbosity = 1
    params.api_keys = [secrets.token_urlsafe(24)]
    if task.template:
        params.chat_template = task.template
    try:
        server = xllamacpp.Server(params)
    except RuntimeError:  # its message names no reason, but the log may
        return "it gives no reason"
    problem = ""
    for form in forms_of(CONVERSATION):
        answers: list[dict[str, Any]] = []
        try:
            server.handle_chat_completions({"messages": form, "max_tokens": 1}, answers.append)
        except (RuntimeError, ValueError) as error:
            problem = f"its chat template writes no conversation: {error}"
        else:
            reported = next((answer["error"] for answer in answers if "error" in answer), None)
            return "" if reported is None else str(reported.get("message", reported))
    return problem


def main() -> None:
    """Run one trial; the task is the argument, in JSON."""
    try:
        problem = _work(Task(**json.loads(sys.argv[1])))
    except Exception as error:  # the parent reads it
        problem = str(error) or type(error).__name__
    if problem:
        print(f"{REFUSED}{problem.splitlines()[0]}", file=sys.stderr, flush=True)
        sys.exit(1)  # in the usual way, so that llama.cpp writes what its log still holds
    os._exit(0)  # without the engine's own end


if __name__ == "__main__":
    main()
