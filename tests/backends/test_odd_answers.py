"""Answers as servers really write them: without counts, reasons, streams or visible text."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from function.backends.base import Turn
from function.backends.chain import Chain
from function.backends.hosted.base import THOUGHT_TOKENS
from function.backends.registry import PROBE_TOKENS, Member
from function.backends.thoughts import OnlyThoughts
from function.errors import ModelRefused, ModelUnavailable
from function.telemetry import Log
from tests.backends.servers import (
    APIS,
    Responder,
    Server,
    answer,
    anthropic_answer,
    chat_chunk,
    generate,
    ollama_answer,
    openai_answer,
    server_sent,
)

API = {api.name: api for api in APIS}
TEXT = [chat_chunk(delta={"role": "assistant"}), chat_chunk(delta={"content": "Loki is fine."})]
END = chat_chunk(finish_reason="stop")
USAGE = {"prompt_tokens": 9, "completion_tokens": 4}
WHOLE: dict[str, Any] = {
    "object": "chat.completion",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Loki is fine."}, "logprobs": None}
    ],
    "usage": USAGE,
}


def lines(parts: Iterable[object]) -> Responder:
    """Answer with JSON lines, as Ollama does."""
    body = b"".join(json.dumps(part).encode() + b"\n" for part in parts)
    return lambda request: answer(body)


def sent(*parts: object) -> Responder:
    return lambda request: answer(*server_sent(*parts))


def said(api: str, respond: Responder, **options: Any) -> str:
    model = Server(API[api], [respond]).open()
    try:
        return generate(model, **options).text
    finally:
        model.close()


def without(chunk: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in chunk.items() if key != name}


@pytest.mark.parametrize(
    "parts",
    [
        [*TEXT, END, {**chat_chunk(), "usage": USAGE, "choices": None}, "[DONE]"],
        [*TEXT, END, {"usage": USAGE}, "[DONE]"],
        [*TEXT, {**END, "usage": None}, "[DONE]"],
        [*TEXT, {**END, "usage": {"prompt_tokens": 9, "completion_tokens": None}}, "[DONE]"],
        [*TEXT, {**END, "usage": {"prompt_tokens": 9}}, "[DONE]"],
        [*TEXT, {**END, "usage": {**USAGE, "prompt_tokens_details": []}}, "[DONE]"],
        [*TEXT, {**END, "usage": 5}, "[DONE]"],
        [*TEXT, chat_chunk(delta=None, finish_reason="stop"), "[DONE]"],
        [*TEXT, {"choices": [{"index": 0, "finish_reason": "stop"}]}, "[DONE]"],
        [*TEXT, "[DONE]"],
        [*TEXT, chat_chunk(finish_reason=""), "[DONE]"],
        [*TEXT, END],
        [*TEXT, chat_chunk(logprobs={"content": None}), chat_chunk(logprobs=[]), END, "[DONE]"],
        [*TEXT, chat_chunk(logprobs={"content": [{"token": "x", "logprob": None}]}), END],
        [chat_chunk(delta={"content": [{"type": "text", "text": "Loki is fine."}]}), END],
        [
            chat_chunk(
                delta={
                    "content": [
                        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                        {"type": "text", "text": "Loki "},
                        "is fine.",
                    ]
                }
            ),
            END,
        ],
        ["", *TEXT, END, "[DONE]"],
        [chat_chunk(delta={"reasoning_content": "hm"}), *TEXT, END, "[DONE]"],
        [chat_chunk(delta={"reasoning": "hm", "content": ""}), *TEXT, END, "[DONE]"],
        [chat_chunk(delta={"content": "<think>hm"}), chat_chunk(delta={"content": "</thi"})]
        + [chat_chunk(delta={"content": "nk>\n\n"}), *TEXT, END, "[DONE]"],
    ],
)
def test_what_is_missing_in_a_stream_costs_no_answer(parts: list[object]) -> None:
    assert said("openai", sent(*parts)) == "Loki is fine."


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("reason", ["stop", "eos", "", None])
def test_a_server_that_does_not_stream(indent: int | None, reason: str | None) -> None:
    (choice,) = WHOLE["choices"]
    whole = {**WHOLE, "choices": [{**choice, "finish_reason": reason}]}
    body = json.dumps(whole, indent=indent)
    assert said("openai", lambda request: httpx.Response(200, text=body)) == "Loki is fine."
    part = json.dumps({"message": {"content": "Loki is fine."}, "done": True}, indent=indent)
    assert said("ollama", lambda request: httpx.Response(200, text=part)) == "Loki is fine."


def test_keep_alives_and_a_byte_order_mark_are_passed_over() -> None:
    body = [b"\xef\xbb\xbf", b": OPENROUTER PROCESSING\n\n", b"retry: 5\n", b"data:\n\n", b"id\n"]
    assert said("openai", lambda request: answer(*body, *openai_answer("Hi"))) == "Hi"
    marked = b"\xef\xbb\xbf" + json.dumps(WHOLE).encode()
    assert said("openai", lambda request: answer(marked)) == "Loki is fine."
    parts = [b"\xef\xbb\xbf", *ollama_answer("Loki ", "is fine.")]
    assert said("ollama", lambda request: answer(*parts)) == "Loki is fine."


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        ({"finish_reason": "error", "native_finish_reason": "network_error"}, "ServerError"),
        ({"finish_reason": None, "native_finish_reason": "error"}, "ServerError"),
        ({"finish_reason": "stop", "native_finish_reason": "abort"}, "ServerError"),
        ({"finish_reason": "cancelled"}, "ServerError"),
        ({"finish_reason": "insufficient_system_resource"}, "ServerError"),
        ({"finish_reason": "stop", "error": {"code": 502, "message": "secret"}}, "status 502"),
        ({"finish_reason": None, "error": {"code": 429, "message": "secret"}}, "status 429"),
        ({"finish_reason": None, "error": "secret"}, "status 500"),
    ],
)
def test_an_answer_that_broke_off_is_none(end: dict[str, Any], cause: str) -> None:
    with pytest.raises(ModelUnavailable) as failure:
        said("openai", sent(TEXT[1], chat_chunk(**end), "[DONE]"))
    assert failure.value.cause == cause
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    "part",
    [
        chat_chunk(finish_reason="content_filter"),
        chat_chunk(finish_reason="SAFETY"),
        chat_chunk(delta={"refusal": "I cannot help with that."}),
        {**WHOLE, "choices": [{"message": {"refusal": "no", "content": None}}]},
    ],
)
def test_an_answer_that_was_withheld(part: dict[str, Any]) -> None:
    with pytest.raises(ModelRefused, match="withheld"):
        said("openai", sent(part, "[DONE]"))


@pytest.mark.parametrize(
    "last",
    [
        {"message": None, "done": True},
        {"done": True, "done_reason": "stop"},
        {"message": {"content": None}, "done": True, "eval_count": None, "prompt_eval_count": None},
        {"message": {}, "done": True, "logprobs": None},
    ],
)
def test_what_ollama_leaves_out_costs_no_answer(last: dict[str, Any]) -> None:
    parts = [{"message": {"content": "", "thinking": "hm"}}, {"message": {"content": "Fine."}}]
    assert said("ollama", lines([*parts, last])) == "Fine."


@pytest.mark.parametrize("old", ["usage", "delta"])
def test_what_anthropic_leaves_out_costs_no_answer(old: str) -> None:
    whole = [json.loads(part.partition(b"data: ")[2]) for part in anthropic_answer("Fine.")]
    events = [it if it["type"] != "message_delta" else {**it, "usage": None} for it in whole]
    events[0] = {"type": "message_start", "message": {"usage": None} if old == "usage" else None}
    thought = {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "h"}}
    assert said("anthropic", sent(events[0], thought, *events[1:])) == "Fine."


def test_thoughts_whose_beginning_a_template_hides() -> None:
    """What is cut off before their end is known for thoughts once an end was seen."""
    texts = [("Okay.</think>Fine.", "stop"), ("Okay, the user", "length")]
    server = Server(
        API["openai"],
        [lambda request, it=it: answer(*openai_answer(it[0], finish=it[1])) for it in texts],  # type: ignore[misc]
    )
    model = server.open()
    assert generate(model).text == "Fine."
    with pytest.raises(OnlyThoughts):
        generate(model)
    model.close()


ONLY_THOUGHTS: dict[str, Responder] = {
    "openai": sent(
        chat_chunk(delta={"reasoning_content": "hm"}), chat_chunk(finish_reason="length"), "[DONE]"
    ),
    "huggingface": sent(chat_chunk(finish_reason="length"), {"usage": USAGE}, "[DONE]"),
    "ollama": lines(
        [
            {"message": {"content": "", "thinking": "hm"}, "done": False},
            {"message": {"content": ""}, "done": True, "done_reason": "length", "eval_count": 16},
        ]
    ),
    "anthropic": lambda request: answer(*anthropic_answer(finish="max_tokens")),
}


@pytest.mark.parametrize("api", API)
def test_thoughts_that_took_the_budget_are_told_and_given_room(api: str) -> None:
    server = Server(API[api], [ONLY_THOUGHTS[api]])
    model = server.open()
    model.window = 100_000
    with pytest.raises(OnlyThoughts, match="budget"):
        generate(model, max_tokens=64)
    asked = [json.loads(request.content) for request in server.requests]
    limits = [it.get("max_tokens") or it["options"]["num_predict"] for it in asked]
    assert limits == [64, 64 + THOUGHT_TOKENS]
    model.close()


@pytest.mark.parametrize("api", API)
@pytest.mark.parametrize("in_text", [False, True])
def test_a_model_that_thinks_serves(api: str, in_text: bool) -> None:
    """The start is content with thoughts; afterwards there is room for them."""
    thinking = {
        "openai": openai_answer("<think>a long", finish="length"),
        "huggingface": openai_answer("<think>a long", finish="length"),
        "ollama": ollama_answer("<think>a long", finish="length"),
        "anthropic": anthropic_answer("<think>a long", finish="max_tokens"),
    }
    begun: Responder = (lambda request: answer(*thinking[api])) if in_text else ONLY_THOUGHTS[api]
    server = Server(API[api], [begun, lambda request: answer(*API[api].answered("Fine."))])
    member = Member(api, server.open, probe_tokens=PROBE_TOKENS)
    chain = Chain([member], [Turn("user", "Say: ready.")], Log("ERROR", io.StringIO()))
    chain.start()
    assert chain.wait(20), chain.state
    assert len(server.requests) == 1
    (link,) = chain._links
    assert link.model is not None
    assert generate(link.model, max_tokens=20).text == "Fine."  # type: ignore[arg-type]
    limit = server.sent.get("max_tokens") or server.sent["options"]["num_predict"]
    assert limit > 1_000
    chain.close()
