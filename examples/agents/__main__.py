"""Runs the six agents against the real function, through a broker: ``make agents``.

The broker is the one of the tests; it routes by the Triggers of ``deploy/``. With names after the
command only those agents run. Exit status 0 if every request has its reply, nothing was lost, every
check passed and every agent got what it wanted; 3 if only answers were not as wanted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from examples.agents.agent import Outcome
from examples.agents.table import table
from examples.demo import NOT_AS_ASKED
from tests.adapters import reserved_port
from tests.broker import Broker, triggers_of
from tests.broker.broker import Kind
from tests.broker.processes import SERVE, dead_letters, function

AGENTS = {
    "bruno": "agent-bruno",
    "sre": "agent-sre",
    "store": "agent-store-multibrands",
    "restaurant": "agent-restaurant",
    "screenshot": "agent-screenshot",
    "reasoning": "agent-reasoning",
}
"""Module of each agent's program, and the name it goes by."""
OVERLAY: Kind = "rabbitmq"


def main(names: list[str], serving: Sequence[str] = SERVE) -> int:
    """Run these agents, or all of them; returns the exit status.

    :param serving: the command that serves the function, as arguments of Python.
    """
    if unknown := set(names) - AGENTS.keys():
        print(f"no such agent: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    started = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Broker(triggers_of(OVERLAY), {}, kind=OVERLAY))
        served = function(folder / "log", serving, K_SINK=broker.url, LOG_LEVEL="WARNING")
        running = stack.enter_context(served)
        grave = stack.enter_context(dead_letters(folder / "letters", broker.url))
        broker.addresses |= {"trm": running.url, "dead-letters": grave}
        print(f"the function is ready after {time.monotonic() - started:.1f} s", flush=True)
        outcomes: list[Outcome] = []
        crew = [
            threading.Thread(target=_watch, args=(name, _start(stack, name, broker), outcomes))
            for name in names or AGENTS
        ]
        for watcher in crew:
            watcher.start()
        for watcher in crew:
            watcher.join()
        broker.settle()
        seconds = time.monotonic() - started
        status = running.stop()
    outcomes.sort(key=lambda outcome: list(AGENTS.values()).index(outcome.agent))
    print(f"\n{table(outcomes)}\n")
    return _sum_up(outcomes, broker, seconds, status)


def _start(stack: ExitStack, name: str, broker: Broker) -> subprocess.Popen[str]:
    """Return an agent as a process that takes its replies on a port of its own."""
    port = stack.enter_context(reserved_port())
    broker.addresses[AGENTS[name]] = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", f"examples.agents.{name}"],
        env={**os.environ, "K_SINK": broker.url, "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def _watch(name: str, process: subprocess.Popen[str], outcomes: list[Outcome]) -> None:
    """Collect what an agent reports, and say that it came."""
    assert process.stdout is not None
    for text in process.stdout:
        outcome = Outcome(**json.loads(text))
        outcomes.append(outcome)
        verdict = outcome.problem or _failed(outcome) or "as asked"
        print(f"  {outcome.agent}: {outcome.title}: {verdict}, {outcome.seconds:.1f} s", flush=True)
    process.stdout.close()
    if process.wait() != 0:
        outcomes.append(Outcome(AGENTS[name], "the program", problem="ended with an error"))


def _sum_up(outcomes: list[Outcome], broker: Broker, seconds: float, status: int) -> int:
    replied = sum(outcome.replied for outcome in outcomes)
    good = sum(
        outcome.replied and not outcome.problem and not _failed(outcome) for outcome in outcomes
    )
    checks = [check["passed"] for outcome in outcomes for check in outcome.checks]
    print(
        f"{len(outcomes)} requests, {replied} replies, {good} as the agent wanted them, "
        f"{sum(checks)} of {len(checks)} checks passed, {len(broker.dead)} dead letters, "
        f"{len(broker.lost)} lost, {seconds:.0f} s"
    )
    if replied < len(outcomes) or not outcomes or broker.dead or broker.lost or status != 0:
        return 1
    return 0 if good == len(outcomes) else NOT_AS_ASKED


def _failed(outcome: Outcome) -> str:
    names = [check["name"] for check in outcome.checks if not check["passed"]]
    return f"failed {', '.join(names)}" if names else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
