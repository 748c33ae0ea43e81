"""Shows the function at work: starts it, posts real events, prints what came back.

Run by ``make demo``. Exit status 0 only if every reply passed every check and said what the facts
say.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_binary_event,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator

START_SECONDS = 120
REQUEST_TYPE = "io.homelab.trm.inference.requested"
UNTUNED = "embedded-base"
"""The model of a scene whose first draft has to fail."""
SUDOKU = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"

REPORT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"enum": ["Healthy", "Warning", "Critical"]},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["status", "score"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Scene:
    """One request and what its reply must be; ``judge`` returns what is wrong, or nothing."""

    title: str
    type: str
    data: dict[str, Any]
    judge: Callable[[dict[str, Any]], str]
    structured: bool = False


def chosen(reply: dict[str, Any]) -> str:
    """Demand that the crashing pod is restarted, by its own name."""
    wanted = {"name": "api-7c9d", "namespace": "shop", "type": "pod"}
    if reply["choice"] != "pod-restart":
        return f"the choice is {reply['choice']}"
    found = (reply["data"] or {}).get("parameters")
    return "" if found == wanted else f"the parameters are {found}"


def reported(reply: dict[str, Any]) -> str:
    """Demand the state of a log server with one replica of three and 31 % errors."""
    problems = list(Draft202012Validator(REPORT_SCHEMA).iter_errors(reply["data"]))
    if problems:
        return str(problems[0].message)
    status, score = reply["data"]["status"], reply["data"]["score"]
    return "" if (status, score) == ("Critical", 0.24) else f"it is {status} with {score}"


def says(*words: str) -> Callable[[dict[str, Any]], str]:
    """Return what looks for each of these words in an answer."""

    def judge(reply: dict[str, Any]) -> str:
        missing = [word for word in words if word.lower() not in reply["answer"].lower()]
        return f"the answer does not say {', '.join(missing)}" if missing else ""

    return judge


def repaired(reply: dict[str, Any]) -> str:
    """Demand that the first draft failed a check and a reflection step repaired it."""
    if not any(step["accepted"] and step["failed_checks"] for step in reply["reflection_trace"]):
        return "no failed check was repaired"
    return says("Loki")(reply)


def solved(reply: dict[str, Any]) -> str:
    """Demand the clues, and each digit once in every row, column and box."""
    digits = "".join(filter(str.isdigit, reply["answer"]))
    if len(digits) != 81:
        return f"the answer has {len(digits)} digits"
    if any(clue not in ("0", digit) for clue, digit in zip(SUDOKU, digits, strict=True)):
        return "a clue was changed"
    units = [[9 * row + column for column in range(9)] for row in range(9)]
    units += [[9 * row + column for row in range(9)] for column in range(9)]
    units += [
        [9 * (3 * (box // 3) + place // 3) + 3 * (box % 3) + place % 3 for place in range(9)]
        for box in range(9)
    ]
    is_whole = all({digits[place] for place in unit} == set("123456789") for unit in units)
    return "" if is_whole else "a digit stands twice in a row, column or box"


def answered(reply: dict[str, Any]) -> str:
    """Return anything but silence."""
    return "" if reply["answer"].strip() else "the answer is empty"


def verdict(scene: Scene, reply: dict[str, Any]) -> str:
    """Return what is wrong with a reply: a check that fails, or what the scene looks at."""
    failed = [check for check in reply["checks"] if not check["passed"]]
    if failed:
        return f"{failed[0]['name']} failed: {failed[0]['reason']}"
    return scene.judge(reply)


SCENES = [
    Scene(
        "a question that the context answers",
        REQUEST_TYPE,
        {
            "agent": "agent-bruno",
            "prompt": "What is the error rate of Loki?",
            "context": {"loki": {"error_rate": "3.1 %", "p95_ms": 420}},
            "checks": {"must_contain": ["3.1"], "max_words": 30},
            "temperature": 0,
        },
        says("3.1"),
    ),
    Scene(
        "a check that fails and is repaired, with the untuned model",
        REQUEST_TYPE,
        {
            "agent": "agent-bruno",
            "model": UNTUNED,
            "prompt": "Which service has the highest error rate?",
            "context": {"loki": {"error_rate": "3.1 %"}, "tempo": {"error_rate": "0.4 %"}},
            "checks": {"must_contain": ["Loki"], "must_not_contain": ["Tempo"], "max_words": 20},
            "temperature": 0,
        },
        repaired,
    ),
    Scene(
        "an alert, triaged by a recursive network",
        REQUEST_TYPE,
        {
            "agent": "agent-sre",
            "task": "alert_triage",
            "alert": {
                "status": "firing",
                "labels": {
                    "alertname": "KubePodCrashLooping",
                    "namespace": "shop",
                    "pod": "api-7c9d",
                    "reason": "CrashLoopBackOff",
                },
                "annotations": {"description": "Pod shop/api-7c9d restarts again and again."},
            },
        },
        chosen,
        structured=True,
    ),
    Scene(
        "a report as JSON, its status and score by the facts",
        REQUEST_TYPE,
        {
            "agent": "agent-sre",
            "prompt": "Report the health of the log server Loki.",
            "context": {
                "loki": {
                    "score": 0.24, "error_rate": "31 %", "p95_ms": 420, "replicas_ready": "1/3",
                },
            },
            "response_format": {"type": "json_schema", "schema": REPORT_SCHEMA},
            "max_tokens": 200,
        },
        reported,
    ),
    Scene(
        "a sudoku, solved by a recursive network and checked",
        REQUEST_TYPE,
        {"task": "sudoku", "prompt": "Solve it.", "puzzle": SUDOKU},
        solved,
    ),
    Scene("what `func invoke` sends", "boson.fn", {"message": "Hello World"}, answered),
]  # fmt: skip


NOT_AS_ASKED = 3
"""Exit status where every reply came and some are of no use; 1 where the program failed."""


def main() -> int:
    """Play every scene; returns the exit status."""
    with running_function() as url, httpx.Client(base_url=url, timeout=300) as client:
        failures = [
            scene.title for number, scene in enumerate(SCENES, 1) if not play(client, number, scene)
        ]
    print()
    if failures:
        print(f"{len(failures)} of {len(SCENES)} replies were not what was asked for: {failures}")
        return NOT_AS_ASKED
    print(f"all {len(SCENES)} replies were what was asked for")
    return 0


@contextmanager
def running_function() -> Iterator[str]:
    """Yield the real server on a free port, stopped at the end, by its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    environment |= {"TRM_MODELS": UNTUNED}
    process = subprocess.Popen([sys.executable, "-m", "function", "serve"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        started = time.monotonic()
        wait_until_ready(process, url)
        print(f"the function is ready at {url} after {time.monotonic() - started:.1f} s")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    """Poll the readiness probe, with a line a second."""
    for tick in range(START_SECONDS * 10):
        if process.poll() is not None:
            raise SystemExit(f"the function ended with exit status {process.returncode}")
        try:
            answer = httpx.get(f"{url}/health/readiness", timeout=5)
            if answer.status_code == 200:
                return
            state = answer.text.strip()
        except httpx.TransportError:
            state = "not listening yet"
        if tick % 10 == 9:
            print(f"  ... {state}", flush=True)
        time.sleep(0.1)
    raise SystemExit(f"the function was not ready within {START_SECONDS} s: {state}")


def play(client: httpx.Client, number: int, scene: Scene) -> bool:
    """Send one request, print it with the reply, and judge the reply."""
    request = CloudEvent(
        {
            "id": f"demo-{number}",
            "source": "/demo",
            "type": scene.type,
            "datacontenttype": "application/json",
            "correlationid": f"demo-{number}",
        },
        scene.data,
    )
    print(f"\n{number}. {scene.title}")
    asked = scene.data.get("prompt") or scene.data.get("message") or scene.data.get("task")
    show("request", f"{scene.type}  {asked}")
    for name in ("context", "alert", "puzzle", "checks"):
        show(name, scene.data.get(name))
    started = time.monotonic()
    reply = post(client, request, scene.structured)
    seconds = time.monotonic() - started
    data = reply.get_data()
    if not isinstance(data, dict) or not reply.get_type().endswith(".completed"):
        show("reply", f"{reply.get_type()}  {data!r}")
        return False
    for step in data["reflection_trace"]:
        outcome = "accepted" if step["accepted"] else f"refused: {step['refused_because']}"
        show(f"step {step['step']}", f"candidate: {step['initial_answer']}")
        show("", f"reflection: {step['reflection']}")
        show("", f"refined ({outcome}): {step['refined_answer']}")
    show("answer", data["answer"])
    for check in data["checks"]:
        show("check", f"{check['name']}: {'passed' if check['passed'] else check['reason']}")
    confidence = data["confidence"]
    shown = "unknown" if confidence is None else f"{confidence:.2f} by {data['confidence_method']}"
    show("confidence", f"{shown}, {'' if data['calibrated'] else 'not '}calibrated")
    show(
        "stopped", f"{data['stop_reason']} after {data['reflection_steps']} steps, {seconds:.1f} s"
    )
    show("model", f"{data['model_name']} on {data['backend']}, {data['tokens_used']} tokens")
    show("reply", f"{reply.get_type()}  id {reply.get_id()}")
    problem = verdict(scene, data)
    show("verdict", problem or "as asked")
    return not problem


def post(client: httpx.Client, event: CloudEvent, structured: bool) -> CloudEvent:
    """Send an event and read the reply event, in the same content mode."""
    message = to_structured_event(event) if structured else to_binary_event(event)
    answer = client.post("/", headers=message.headers, content=message.body)
    answer.raise_for_status()
    received = HTTPMessage(dict(answer.headers), answer.content)
    reply = from_structured_event(received) if structured else from_binary_event(received)
    assert isinstance(reply, CloudEvent)
    return reply


def show(label: str, text: object) -> None:
    """Print one labelled, wrapped entry, if there is anything to show."""
    if not text:
        return
    width = min(shutil.get_terminal_size().columns, 100) - 16
    lines = textwrap.wrap(" ".join(str(text).split()), max(width, 40)) or [""]
    print(f"   {label:>10}  " + f"\n{'':15}".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
