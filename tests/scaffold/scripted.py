"""Serves a scripted model: ``python -m tests.scaffold.scripted gunicorn | middleware``.

Everything but the model is the product's own. What the model does is told by the prompt:

``hold NAME``     says that it was asked by creating NAME.begun, answers when NAME.open exists
``meet NUMBER``   answers when that many requests are at the model at once
``read NAME``     answers the n-th time, from 0, with what is in NAME.n when that file exists
``kill``          ends the process, as a bug in the engine or a lack of memory would
``break``         raises the ValueError that the middleware would take for the sender's mistake
anything else     is answered with ``echo: `` and the prompt

A word ``wait:NAME`` of an answer that is listened to ends when NAME exists.

With ``LOAD_GATE`` in the environment the model loads when that file exists.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from function.backends.base import Model
from function.backends.registry import Member
from function.http.knative_func import TrmFunction
from function.service import Service
from function.settings import load_settings
from tests.scripted import STREAMS, Call, ScriptedModel

PATIENCE = 20.0
"""Seconds until something that never comes is a failure."""

_meeting: dict[int, threading.Barrier] = {}
_read: dict[str, int] = {}
_lock = threading.Lock()


def wait_for(path: Path) -> None:
    """Return when the file exists.

    :raises TimeoutError: it does not come to exist.
    """
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(path.name)
        time.sleep(0.005)


def say(call: Call) -> str:
    """Do what the last turn asks for."""
    prompt = call.turns[-1].content
    word, _, argument = prompt.partition(" ")
    match word:
        case "hold":
            Path(f"{argument}.begun").touch()
            wait_for(Path(f"{argument}.open"))
        case "meet":
            with _lock:
                barrier = _meeting.setdefault(int(argument), threading.Barrier(int(argument)))
            barrier.wait(PATIENCE)
        case "read":
            name = argument.split()[0]  # a refinement has its reason behind it
            with _lock:
                place = _read[name] = _read.get(name, -1) + 1
            script = Path(f"{name}.{place}")
            wait_for(script)
            return script.read_text("utf-8")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "break":
            raise ValueError("internals at /srv/secret")
    return f"echo: {prompt}"


def between(piece: str) -> None:
    """Wait where a piece of an answer says so."""
    mark, _, name = piece.strip().partition(":")
    if mark == "wait" and name:
        wait_for(Path(name))


def load() -> Model:
    """Return the scripted model, as soon as the gate is open."""
    if gate := os.environ.get("LOAD_GATE"):
        wait_for(Path(gate))
    return ScriptedModel(say=say, between=between, abilities=STREAMS)


def members() -> list[Member]:
    """Return the scripted model as the only one."""
    return [Member("scripted", load)]


def new() -> TrmFunction:
    """Return the instance for the middleware, which asks for it by this name."""
    return TrmFunction(Service(load_settings(), members()))


def main(adapter: str) -> None:
    """Serve until SIGTERM."""
    if adapter == "gunicorn":
        from function.http.server import Server

        Server(load_settings(), members()).run()
    else:
        from func_python.cloudevent import serve  # type: ignore[import-untyped]

        serve(new)


if __name__ == "__main__":
    main(sys.argv[1])
