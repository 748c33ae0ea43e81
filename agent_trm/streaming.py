"""A streamed answer: the function's chat completions as steps, texts and the whole reply."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from agent_trm.contract import ReflectionStep, TRMResponse
from agent_trm.errors import Refused, TRMError, Unavailable

StreamedPart = ReflectionStep | str | TRMResponse[Any]
"""A step as it is done, a piece of the answer, or, last, the whole reply."""
_DATA = "data: "


def chat_body(data: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a chat completion that asks what the data of a request event ask."""
    fields = dict(data)
    prompt, history = fields.pop("prompt", ""), fields.pop("messages", [])
    system = fields.pop("system", None)
    told = [{"role": "system", "content": system}] if system else []
    messages = [*told, *history, {"role": "user", "content": prompt}]
    return {"model": "trm", **fields, "messages": messages, "stream": True, "emit_steps": True}


async def parts_of(lines: AsyncIterable[str]) -> AsyncIterator[StreamedPart]:
    """Yield the parts of a stream of events.

    :raises TRMError: the stream ends with an error, or before its end.
    """
    text = ""
    async for line in lines:
        if not line.startswith(_DATA) or line == f"{_DATA}[DONE]":
            continue
        event = json.loads(line.removeprefix(_DATA))
        if "error" in event:
            raise refusal_of(503, json.dumps(event).encode(), None)
        told = event.get("trm") or {}
        if "step" in told:
            yield ReflectionStep.model_validate(told["step"])
            continue
        if piece := event["choices"][0]["delta"].get("content"):
            text += piece
            yield piece
        if told:
            yield TRMResponse[Any].model_validate({**told, "answer": text})
            return
    raise Unavailable("the stream ended before the answer did")


def refusal_of(status: int, body: bytes, pause: float | None) -> TRMError:
    """Return the error that an answer with this status is."""
    try:
        error = json.loads(body)["error"]
        message, code = str(error["message"]), str(error["code"])
    except (ValueError, KeyError, TypeError):
        message, code = f"the function answered {status}", "refused"
    if status in (408, 425, 429) or status >= 500:
        return Unavailable(message, pause)
    return Refused(message, code)
