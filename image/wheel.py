"""Installs what `func build` installs and asks it something: ``python -m image.wheel``.

An empty environment gets the repository with its default dependencies and the middleware of func's
scaffolding, then the scaffolding's program has to become ready and to answer from the embedded
model and the networks. Needs a package index and a minute or two.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import yaml

from tests.adapters import ROOT, reserved_port

PATIENCE = 180.0
HEAVY = re.compile(r"^(torch|transformers|triton|nvidia-.*|redis|opentelemetry-.*)==", re.MULTILINE)
PUZZLE = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
REQUESTS: list[dict[str, object]] = [
    {"prompt": "What is the error rate?", "context": {"error_rate": "3.1 %"}, "max_tokens": 24},
    {"task": "sudoku", "puzzle": PUZZLE},
]
HEADERS = {"ce-specversion": "1.0", "ce-source": "/wheel", "content-type": "application/json",
           "ce-type": "io.homelab.trm.inference.requested"}  # fmt: skip


def main() -> None:
    """Install, ask, and print what was installed and answered; raises what is wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        python = install(folder)
        listed = run(python, "-m", "pip", "list", "--format", "freeze")
        if found := HEAVY.findall(listed):
            raise SystemExit(f"installed although nothing asks for them: {', '.join(found)}")
        size = sum(file.lstat().st_size for file in python.parent.parent.rglob("*"))
        print(f"{len(listed.split())} packages, {size / 1e6:.0f} MB with pip and bytecode")
        serve(python, folder)


def install(folder: Path) -> Path:
    """Install the repository as func's scaffolding does; returns the environment's Python."""
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info", "node_modules")
    shutil.copytree(ROOT, folder / "f", ignore=ignored)
    run(Path(sys.executable), "-m", "venv", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    pins = (ROOT / "tests" / "requirements.txt").read_text("utf-8")
    (middleware,) = re.findall(r"^func-python==\S+", pins, re.MULTILINE)
    run(python, "-m", "pip", "install", "--quiet", str(folder / "f"), middleware, **build_envs())
    return python


def build_envs() -> dict[str, str]:
    """Return the variables that func.yaml sets for a build, such as the index of CPU builds."""
    manifest = yaml.safe_load((ROOT / "func.yaml").read_text("utf-8"))
    found = {each["name"]: each["value"] for each in manifest["build"]["buildEnvs"]}
    return {"PIP_RETRIES": "1", **found}  # where that index is not reached, pip goes on without


def serve(python: Path, folder: Path) -> None:
    """Run the scaffolding's program and send it the requests."""
    program = shutil.copy(ROOT / "tests" / "scaffold" / "main.py", folder)
    with reserved_port() as port, reserved_port() as scrape_port:
        address = f"127.0.0.1:{port}"
        environment = {"PATH": os.environ["PATH"], "LISTEN_ADDRESS": address}
        environment |= {"HOST": "127.0.0.1", "TRM_SCRAPE_PORT": str(scrape_port)}
        environment |= {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
        process = subprocess.Popen([python, program], cwd=folder, env=environment)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as client:
            wait(client, process)
            for number, body in enumerate(REQUESTS):
                reply = client.post("/", headers={**HEADERS, "ce-id": f"{number}"}, json=body)
                reply.raise_for_status()
                print(repr(reply.json()["answer"])[:120])
            scraped = client.get(f"http://127.0.0.1:{scrape_port}/metrics").raise_for_status().text
            (counted,) = re.findall(r"^trm_answers_total.*$", scraped, re.MULTILINE)
            print(counted)
        if (folder / "cache").exists():
            raise SystemExit("a start wrote weights although the wheel brings them")
    finally:
        process.terminate()
        process.wait(30)


def wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    """Wait until the function is ready."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if client.get("/health/readiness").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("the function did not become ready")


def run(python: Path, *arguments: str, **variables: str) -> str:
    """Run Python with these arguments and variables; returns what it prints."""
    done = subprocess.run(
        [python, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env=os.environ | variables,
    )
    return done.stdout


if __name__ == "__main__":
    main()
