"""How long the way of one event is: stack frames to the model, files of ours, calls."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import function
from function.backends.base import Generation, Turn
from tests.conftest import Running
from tests.scripted import ScriptedModel

PACKAGE = Path(function.__file__).parent
MOST_FRAMES = 14
MOST_FILES = 25
MOST_CALLS = 415
"""Python calls of one event, those of libraries included; they are most of its time."""
HEADERS = [
    ("ce-specversion", "1.0"),
    ("ce-id", "way-1"),
    ("ce-source", "/test"),
    ("ce-type", "io.homelab.trm.inference.requested"),
    ("content-type", "application/json"),
]


def ours(frame: FrameType) -> str | None:
    """Return the path of a frame's file in the package, None for files of others."""
    path = Path(frame.f_code.co_filename)
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else None


class Watched(ScriptedModel):
    """Notes the stack on which it is called."""

    stack: Sequence[str] = ()

    def generate(self, turns: Sequence[Turn], **options: Any) -> Generation:
        frames, frame = [], sys._getframe(1)
        while frame is not None:
            if (path := ours(frame)) is not None:
                frames.append(f"{path}:{frame.f_code.co_name}")
            frame = frame.f_back  # type: ignore[assignment]
        self.stack = frames
        return super().generate(turns, **options)


def test_the_way_of_an_event_is_short(run: Callable[..., Running]) -> None:
    model = Watched(texts=["Paris."])
    service = run(model).service
    files = set[str]()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and (path := ours(frame)) is not None:
            files.add(path)

    body = json.dumps({"prompt": "What is the capital of France?", "max_reflection_steps": 1})
    sys.setprofile(note)
    try:
        answer = service.exchange.answer(HEADERS, body.encode())
    finally:
        sys.setprofile(None)
    assert answer.status == 200, answer.body
    assert len(model.stack) <= MOST_FRAMES, model.stack
    assert len(files) <= MOST_FILES, sorted(files)


def test_an_event_takes_few_calls(run: Callable[..., Running]) -> None:
    service = run(ScriptedModel(texts=["Loki fails 3 % of its requests since 03:04."] * 2)).service
    data = {
        "prompt": "What is wrong with the logs of the cluster?",
        "agent": "loki",
        "context": {"service": "loki", "error_rate": 0.03, "since": "03:04"},
    }
    calls = Counter[str]()

    def count(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            calls[f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}"] += 1

    def answer(event_id: str) -> None:
        headers = [(name, event_id if name == "ce-id" else value) for name, value in HEADERS]
        assert service.exchange.answer(headers, json.dumps(data).encode()).status == 200

    answer("first")  # imports and caches
    sys.setprofile(count)
    try:
        answer("second")
    finally:
        sys.setprofile(None)
    assert calls.total() <= MOST_CALLS, calls.most_common(40)
