"""Runs an image's process where it can write nothing: ``python -m image.smoke IMAGE ROOT``.

As a cluster does with ``readOnlyRootFilesystem`` and ``runAsNonRoot``: in namespaces of its own, as
the image's user without any capability, over a root file system that is mounted read-only, with an
empty ``/tmp``. It has to become ready, answer from the embedded model, solve a sudoku and end well.
Needs root; unshare here and setpriv in the image are of Debian's essential packages.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.adapters import reserved_port

PATIENCE = 120
SUDOKU = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
REQUESTS: list[dict[str, Any]] = [
    {
        "prompt": "What is the error rate of Loki?",
        "context": {"loki": {"error_rate": "3.1 %"}},
        "checks": {"must_contain": ["3.1"]},
    },
    {
        "prompt": "Solve it.",
        "task": "sudoku",
        "puzzle": SUDOKU,
    },
]
DEAD_LETTERS = ["python", "-m", "function", "dead-letters", "/tmp/letters"]
LETTER = {
    "ce-specversion": "1.0",
    "ce-id": "lost-1",
    "ce-source": "/smoke",
    "ce-type": "io.homelab.smoke.lost",
    "content-type": "application/json",
}
# Mounts that a container has; the root itself becomes read-only in this namespace alone.
LOCK = """
set -eu
root=$1; user=$2; folder=$3; shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o nosuid,nodev,size=64m,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm"
mount -t tmpfs -o nosuid,nodev,size=64m,mode=1777 tmpfs "$root/dev/shm"
exec /usr/sbin/chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups \\
  --no-new-privs --bounding-set=-all --inh-caps=-all sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
"""


def main(image: str, root: Path) -> int:
    """Play everything and print what came; returns the exit status."""
    config = _config(image)
    output = _run(config, root, ["python", "-c", PROBE])
    print(output)
    if output != "65532 no capability, the root is read-only, /tmp can be written":
        return 1
    with _serving(config, root, config["Cmd"], "/health/readiness") as url:
        for request in REQUESTS:
            reply = httpx.post(url, json=request, timeout=PATIENCE).json()
            passed = all(check["passed"] for check in reply["checks"])
            print(f"{reply['model_name']}: {reply['answer'].splitlines()[0]!r}, checks {passed}")
            if not passed:
                return 1
        print(f"peak memory {_peak(root):,} MiB")
    with _serving(config, root, DEAD_LETTERS, "/health/liveness") as url:
        kept = httpx.post(url, headers=LETTER, content=b"{}").status_code
        print(f"dead letter: status {kept}, listed {'lost-1' in httpx.get(url).text}")
    return 0 if kept == 202 else 1


PROBE = """
import os
def writes(folder):
    try:
        open(os.path.join(folder, "probe"), "w").close()
    except OSError:
        return False
    return True
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
found = [str(os.getuid())]
found[0] += " no capability" if not int(status["CapEff"], 16) else " capabilities"
found.append("the root is read-only" if not writes("/app") and not writes("/") else "can write")
found.append("/tmp can be written" if writes("/tmp") else "no /tmp")
print(", ".join(found))
"""


def _config(image: str) -> dict[str, Any]:
    """Return what the image says about its process."""
    output = subprocess.run(
        ["buildah", "inspect", "--type", "image", image], check=True, capture_output=True
    )
    found: dict[str, Any] = json.loads(output.stdout)["OCIv1"]["config"]
    return found


def _command(config: dict[str, Any], root: Path, arguments: list[str]) -> list[str]:
    lock = ["sh", "-c", LOCK, "lock", str(root), config["User"], config["WorkingDir"]]
    return ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", *lock, *arguments]


def _environment(config: dict[str, Any], **more: str) -> dict[str, str]:
    return dict(item.split("=", 1) for item in config["Env"]) | more


def _run(config: dict[str, Any], root: Path, arguments: list[str]) -> str:
    done = subprocess.run(
        _command(config, root, arguments),
        env=_environment(config),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@contextmanager
def _serving(config: dict[str, Any], root: Path, command: list[str], probe: str) -> Iterator[str]:
    """Yield the URL of a server of the image; it has to end well when it is
    asked to."""
    with tempfile.TemporaryFile() as log, reserved_port() as port:
        environment = _environment(config, HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING")
        process = subprocess.Popen(
            _command(config, root, command), env=environment, stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            started = time.monotonic()
            _wait_for(f"{url}{probe}", process)
            print(f"{' '.join(command[2:4])}: ready after {time.monotonic() - started:.1f} s")
            yield url
            os.kill(_first_child(process.pid), signal.SIGTERM)
            status = process.wait(60)
            print(f"ended with status {status}")
            assert status == 0
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            raise
        finally:
            process.kill()
            process.wait()


def _first_child(pid: int) -> int:
    """Return the process that is number 1 in the namespace."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _wait_for(probe: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(probe, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("it never became ready")


def _peak(root: Path) -> int:
    """Return the peak of resident memory of all processes below this root, in MiB."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "root") == str(root):
                status = (folder / "status").read_text()
                total += int(status.partition("VmHWM:")[2].split()[0])
        except (OSError, IndexError):
            continue
    return total // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
