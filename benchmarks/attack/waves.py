"""The waves: inputs of one kind, with the time that an answer to one of them may take."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.attack.inputs import CHECKS, FIELDS, SCHEMAS, SORTS, VALUES, broken_http, filled
from benchmarks.attack.senders import Answer, event, exchange

DEADLINE_MS = 3_000
RECEIVE_SECONDS = 5
"""TRM_RECEIVE_SECONDS of the server: what a request that never becomes whole may take."""
BROKEN_SECONDS = RECEIVE_SECONDS + 1.0
TOGETHER = 4
"""Requests under way at once: fewer than the slots, so that no answer waits for a free one."""
UPGRADES = 1_100
"""More than the connections that the server keeps."""
HELD = 200
"""Connections of senders that never finish."""
BESIDE = 10
"""Requests beside them, a second apart."""
COPIES = 200
"""Deliveries of one event while it is under way."""

SILENT = 12
"""Inputs without an answer, one after the other, after which a wave is given up."""

Named = tuple[str, bytes]
_Sender = Callable[[int, float], Iterator[tuple[str, Answer]]]


@dataclass(frozen=True)
class Wave:
    """Inputs of one kind.

    :param seconds: the latest that an answer may come.
    :param send: sends a share of the inputs to a port and yields each with its answer.
    """

    name: str
    seconds: float
    send: _Sender


def _few(data: dict[str, Any]) -> dict[str, Any]:
    """Ask for little, so that a wave takes minutes."""
    return {"max_tokens": 16, "max_reflection_steps": 0, "deadline_ms": DEADLINE_MS} | data


def _sampled(inputs: list[Named], share: float) -> list[Named]:
    count = max(1, math.ceil(len(inputs) * min(share, 1.0)))
    return Random(len(inputs)).sample(inputs, count)


def _each(inputs: Callable[[], list[Named]], together: int = TOGETHER) -> _Sender:
    """Send every input once, a few at a time."""

    def send(port: int, share: float) -> Iterator[tuple[str, Answer]]:
        chosen = _sampled(inputs(), share)
        silent = 0

        def ask(each: Named) -> Answer:
            nonlocal silent
            if silent >= SILENT:
                return Answer(0, "", b"", 0.0)  # the server is gone: each would take a minute
            answer = exchange(port, each[1])
            silent = 0 if answer.status else silent + 1
            return answer

        with ThreadPoolExecutor(together) as pool:
            answers = pool.map(ask, chosen)
            for (name, _), answer in zip(chosen, answers, strict=True):
                yield name, answer

    return send


def _schemas() -> list[Named]:
    asked = {"prompt": "Give a value."}
    return [
        (name, event(_few(asked | {"response_format": {"type": "json_schema", "schema": schema}})))
        for name, schema in SCHEMAS.items()
    ]


def _fields() -> list[Named]:
    found = []
    for kind, value in VALUES.items():
        for name in FIELDS:
            data = {"prompt": "Which?", "deadline_ms": DEADLINE_MS} | _few({name: value})
            found.append((f"{name}: {kind}", event(_encoded(data))))
        for name in CHECKS:
            data = _few({"prompt": "Which?", "checks": {name: value}})
            found.append((f"checks.{name}: {kind}", event(_encoded(data))))
    return found


def _encoded(data: Any) -> bytes:
    return json.dumps(data).encode()


def _texts() -> list[Named]:
    shapes: dict[str, Callable[[str], dict[str, Any]]] = {
        "context": lambda text: {"prompt": "Which?", "context": {"note": text}},
        "keys": lambda text: {"agent": "agent-bruno", "prompt": "?", "context": {text: 1}},
        "choices": lambda text: {"prompt": "?", "context": {"n": text}, "choices": ["a", "b"]},
        "prompt": lambda text: {"prompt": text[:65_000]},
        "label": lambda text: {"labels": {"alertname": "A", "pod": text}},
        "annotation": lambda text: {"labels": {"alertname": "A"}, "annotations": {"s": text}},
    }  # fmt: skip
    return [
        (f"{shape} of {sort}", event(_few(request(filled(unit, 400_000 // len(unit.encode()))))))
        for shape, request in shapes.items()
        for sort, unit in SORTS.items()
    ]


def _mutations() -> list[Named]:
    """Return random changes of valid requests, the same in every run."""
    chance = Random(18)
    good = event(_few({"prompt": "Which service fails?", "context": {"service": "loki"}}))
    found = []
    for number in range(1_000):
        changed = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(changed))
            match chance.randrange(3):
                case 0:
                    changed[place] = chance.randrange(256)
                case 1:
                    changed.insert(place, chance.randrange(256))
                case _:
                    del changed[place]
        found.append((f"mutation {number}", bytes(changed)))
    return found


def _upgrades(port: int, share: float) -> Iterator[tuple[str, Answer]]:
    offered = [item for item in broken_http().items() if item[0].startswith("upgrade")]
    for number in range(math.ceil(UPGRADES * share)):
        name, request = offered[number % len(offered)]
        yield name, exchange(port, request)


def _held(begun: bytes) -> _Sender:
    """Hold connections that never finish, and ask for something beside them."""

    def send(port: int, share: float) -> Iterator[tuple[str, Answer]]:
        with contextlib.ExitStack() as stack:
            for _ in range(math.ceil(HELD * share)):
                held = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
                held.sendall(begun)
            for number in range(math.ceil(BESIDE * share)):
                time.sleep(1)
                yield f"beside, {number}", exchange(port, event(_few({"prompt": "Which?"})))

    return send


def _copies(port: int, share: float) -> Iterator[tuple[str, Answer]]:
    """Yield one event that takes its whole deadline, delivered over and over meanwhile."""
    long = {"prompt": "Write a long story.", "max_tokens": 4_000, "reflection_mode": "always"}
    same = event(long | {"deadline_ms": DEADLINE_MS}, id=f"copies-{time.time_ns()}")
    count = math.ceil(COPIES * share)
    with ThreadPoolExecutor(count) as pool:
        for answer in pool.map(lambda _: exchange(port, same), range(count)):
            yield "a copy", answer


_HALF_HEAD = b"POST / HTTP/1.1\r\nHost: attack\r\nX-Slow: "
_HALF_BODY = event({"prompt": "Which?"})[:-3]

WAVES = (
    Wave("http", BROKEN_SECONDS, _each(lambda: list(broken_http().items()))),
    Wave("upgrades", DEADLINE_MS / 1000, _upgrades),
    Wave("schemas", DEADLINE_MS / 1000, _each(_schemas)),
    Wave("fields", DEADLINE_MS / 1000, _each(_fields)),
    Wave("texts", DEADLINE_MS / 1000, _each(_texts)),
    Wave("mutations", BROKEN_SECONDS, _each(_mutations, together=16)),
    Wave("half heads", DEADLINE_MS / 1000, _held(_HALF_HEAD)),
    Wave("half bodies", DEADLINE_MS / 1000, _held(_HALF_BODY)),
    Wave("silence", DEADLINE_MS / 1000, _held(b"")),
    Wave("copies", DEADLINE_MS / 1000, _copies),
)
