"""What a person does on the page, and what a scripted model or a made stream answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

EASY = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
Message = tuple[str, object]


@dataclass
class Script:
    """What the scripted model says to one prompt, text by text, when the test lets it."""

    folder: Path
    said: int = 0

    @property
    def prompt(self) -> str:
        return f"read {self.folder / 'script'}"

    def say(self, *texts: str) -> None:
        for text in texts:
            whole = self.folder / "whole"
            whole.write_text(text, "utf-8")
            whole.rename(self.folder / f"script.{self.said}")
            self.said += 1


def ask(page: Page, data: object) -> None:
    """Write the request as JSON and send it."""
    write_json(page, json.dumps(data))
    send(page)


def write_json(page: Page, text: str) -> None:
    """Write the JSON view."""
    page.get_by_role("tab", name="JSON").click()
    page.get_by_label("Data of the event, JSON").fill(text)


def data_of(page: Page) -> Any:
    """Return what the JSON view holds, whichever view is seen."""
    return json.loads(page.locator("#data").input_value())


def send(page: Page) -> None:
    """Click Send."""
    page.get_by_role("button", name="Send", exact=True).click()


def answered(page: Page, status: str = "Completed after") -> None:
    """Wait for the end of a run."""
    expect(page.locator("#status")).to_contain_text(status)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()


def focused(page: Page) -> Any:
    """Return the id, the label or the text of what has the focus."""
    return page.evaluate(
        "(at => at.id || at.ariaLabel || at.textContent.trim())(document.activeElement)"
    )


def answer_with(page: Page, *messages: Message) -> None:
    """Answer every request of the page with a stream of these messages."""
    body = "".join(f"event: {name}\ndata: {json.dumps(value)}\n\n" for name, value in messages)
    page.unroute("**/playground/ask")
    page.route(
        "**/playground/ask",
        lambda route: route.fulfill(content_type="text/event-stream", body=body),
    )


def step(number: int, text: str, **fields: object) -> Message:
    """Return a reflection step that wrote this text."""
    return "step", {
        "step": number,
        "initial_answer": "",
        "reflection": "cells changed",
        "refined_answer": text,
        "confidence": 0.5,
        "improvement_score": 0.0,
        "accepted": True,
        "refused_because": None,
        "failed_checks": [],
        "tokens_used": 0,
        "duration_ms": None,
        **fields,
    }


def reply(steps: Sequence[Message], **fields: object) -> Message:
    """Return the reply after these steps."""
    trace = [value for _, value in steps]
    answer = trace[-1]["refined_answer"] if trace else ""  # type: ignore[index]
    data = {
        "answer": answer,
        "reflection_steps": len(steps),
        "reflection_trace": trace,
        "checks": [],
        "stop_reason": "confident",
        "finish_reason": "stop",
        "usage": {"prompt": 0, "completion": 0, "cached": 0},
        "duration_ms": 3.0,
        "backend": "trm",
        **fields,
    }
    return "reply", {"type": "io.homelab.trm.inference.completed", "data": data}


def told(texts: Sequence[str], **fields: object) -> list[Message]:
    """Return the messages of a run whose steps wrote these texts."""
    steps = [step(number, text) for number, text in enumerate(texts, 1)]
    return [*steps, reply(steps, **fields)]
