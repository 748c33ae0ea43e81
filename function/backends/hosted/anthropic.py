"""Anthropic's models over the messages API (https://platform.claude.com/docs/en/api/messages)."""

from __future__ import annotations

import json
from typing import Any

import httpx

from function.backends.base import Tokens
from function.backends.hosted.base import Draft, HostedModel, Wish, count_of, server_sent
from function.backends.hosted.client import INTERNET, Network, Remote
from function.errors import ModelRefused, ModelUnavailable
from function.outbound.call import Refused
from function.schemas.subschemas import subschemas

API = "https://api.anthropic.com"
VERSION = "2023-06-01"
_KEPT = frozenset(
    ("$defs", "$ref", "allOf", "anyOf", "const", "definitions", "description", "enum", "items")
    + ("properties", "required", "title", "type")
)
"""Words of JSON Schema that constrained decoding knows, see the documentation of structured outputs
(https://platform.claude.com/docs/en/build-with-claude/structured-outputs). Leaving the others out
permits more than was asked for, and the answer is validated afterwards."""
_SILENT = frozenset(("$schema", "$id", "$comment", "default", "examples", "additionalProperties"))
"""Words that demand nothing, or that every schema sent has anyway."""
_STATUS = {"overloaded_error": 529, "rate_limit_error": 429, "invalid_request_error": 400}
"""Of errors inside an answer; others are the server's."""


class AnthropicModel(HostedModel):
    """One model of Anthropic's API.

    :param window: used where the API does not report the model's own.
    :raises ModelUnavailable: the API does not answer, refuses the key, or has no such model.
    """

    backend = "anthropic"
    path = "/v1/messages"
    # Models since Claude Opus 4.7 refuse a temperature.
    optional = ("temperature", "output_config")
    remembered = ("temperature",)
    schema_field = "output_config"

    def __init__(self, name: str, key: str, *, window: int, network: Network = INTERNET) -> None:
        headers = {"x-api-key": key, "anthropic-version": VERSION}
        remote = Remote("Anthropic", API, headers=headers, network=network)
        try:
            described = remote.ask("GET", f"/v1/models/{name}")
        except (ModelUnavailable, ModelRefused):
            remote.close()
            raise
        longest = described.get("max_input_tokens") if isinstance(described, dict) else None
        super().__init__(remote, name, longest if isinstance(longest, int) else window)

    def body(self, wish: Wish) -> dict[str, Any]:
        """See https://platform.claude.com/docs/en/api/messages/create."""
        spoken = [turn for turn in wish.turns if turn.role != "system"]
        body: dict[str, Any] = {
            "model": self.name,
            "max_tokens": wish.max_tokens,
            "messages": [{"role": turn.role, "content": turn.content} for turn in spoken],
            "temperature": min(wish.temperature, 1.0),  # its scale ends there
            "stream": True,
        }
        rules = [turn.content for turn in wish.turns if turn.role == "system"]
        if rules:
            body["system"] = "\n\n".join(rules)
        if wish.schema is not None and (schema := closed_schema(wish.schema)) is not None:
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        return body

    def unenforced(self, schema: dict[str, Any] | None, sent: dict[str, Any]) -> tuple[str, ...]:
        """See :meth:`HostedModel.unenforced`; some keywords are left out of what is sent."""
        if schema is None or self.schema_field not in sent:
            return super().unenforced(schema, sent)
        held = {keyword for node in subschemas([schema], schema) for keyword in node}
        dropped = sorted(held - _KEPT - _SILENT)
        return tuple(f"{name}: checked after decoding, not enforced by it" for name in dropped)

    def take(self, line: str, draft: Draft) -> None:
        """Read one event of the stream; its data has its type."""
        data = server_sent(line)
        if not data:
            return
        event = json.loads(data)
        kind = event["type"]
        draft.signs += kind != "ping"
        if kind == "message_start":
            draft.tokens = _prompt_of((event.get("message") or {}).get("usage"))
        elif kind == "content_block_delta":
            delta = event["delta"]
            draft.thoughts |= "thinking" in delta["type"]
            draft.say(delta.get("text"))
        elif kind == "message_delta":
            self._end(event, draft)
        elif kind == "message_stop":
            draft.complete = True
        elif kind == "error":
            error = event.get("error") or {}
            status = _STATUS.get(str(error.get("type")), 500)
            raise Refused(status, httpx.Headers(), json.dumps({"error": error}))

    def _end(self, event: dict[str, Any], draft: Draft) -> None:
        usage = event.get("usage")
        written = count_of(usage.get("output_tokens")) if isinstance(usage, dict) else 0
        draft.tokens = Tokens(draft.tokens.prompt, written, draft.tokens.cached)
        reason = (event.get("delta") or {}).get("stop_reason")
        if reason == "refusal":
            raise ModelRefused("Anthropic's model declined to answer")
        if reason in ("max_tokens", "model_context_window_exceeded"):
            draft.finish = "length"
        elif reason:
            draft.finish = "stop"


def closed_schema(schema: Any) -> dict[str, Any] | None:
    """Return a JSON Schema in the form that Anthropic decodes by, or None if it has none.

    Every object must name all its properties and permit no other. That narrows what a sender who
    was silent about other properties asked for, and what is narrower still validates; an object
    that is open by intent, or a value that may be anything, cannot be written so.
    """
    if not isinstance(schema, dict) or not schema:
        return None
    words = dict(schema)
    if "oneOf" in words:
        words.setdefault("anyOf", words.pop("oneOf"))
    closed: dict[str, Any] = {key: value for key, value in words.items() if key in _KEPT}
    try:
        for name in ("properties", "$defs", "definitions"):
            if name in closed:
                closed[name] = {key: _inner(value) for key, value in closed[name].items()}
        for name in ("anyOf", "allOf"):
            if name in closed:
                closed[name] = [_inner(value) for value in closed[name]]
        if "items" in closed:
            closed["items"] = _inner(closed["items"])
    except (_Open, AttributeError, TypeError):
        return None
    if "object" in _types(words) or "properties" in closed:
        named = closed.get("properties") or {}
        free = words.get("additionalProperties", False) is not False
        if free or not named or not set(closed.get("required", ())) <= set(named):
            return None
        closed["additionalProperties"] = False
    return closed if {"type", "anyOf", "allOf", "enum", "const", "$ref"} & set(closed) else None


class _Open(Exception):
    """A part of a schema permits what cannot be named."""


def _inner(schema: Any) -> dict[str, Any]:
    closed = closed_schema(schema)
    if closed is None:
        raise _Open
    return closed


def _types(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _prompt_of(usage: object) -> Tokens:
    """Return what is read from the cache or written to it is not among ``input_tokens``."""
    if not isinstance(usage, dict):
        return Tokens()
    cached = count_of(usage.get("cache_read_input_tokens"))
    written = count_of(usage.get("cache_creation_input_tokens"))
    return Tokens(count_of(usage.get("input_tokens")) + cached + written, 0, cached)
