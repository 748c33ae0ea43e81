"""Models behind the chat completions API that OpenAI made common.

vLLM, llama.cpp's server and LM Studio speak it
(https://platform.openai.com/docs/api-reference/chat). Servers differ in the fields they know, so
those that can be done without are left out when a server names them in its refusal.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeGuard

import httpx

from function.backends.base import Abilities, Tokens, plain_messages
from function.backends.hosted.base import (
    UNREADABLE,
    Draft,
    HostedModel,
    Unreadable,
    Wish,
    count_of,
    is_loose,
    server_sent,
)
from function.backends.hosted.client import INTERNET, Network, Remote
from function.errors import FunctionError, ModelRefused, ModelUnavailable
from function.outbound.call import Refused


class OpenAIModel(HostedModel):
    """One model on one OpenAI-compatible server.

    :param url: the base of the API, such as ``http://vllm:8000/v1``; without ``/v1`` it is looked
        for there as well.
    :param name: the model, or empty for the first one that the server lists.
    :param key: sent as a bearer token.
    :param window: used where the server does not report its own.
    :raises ModelUnavailable: the server does not answer, or serves no such model.
    """

    backend = "openai"
    abilities = Abilities(json_schema=True, log_probabilities=True, hosted=True, streams=True)
    path = "/chat/completions"
    remembered = ("logprobs", "stream_options", "seed", "temperature", "chat_template_kwargs")
    optional = ("response_format", *remembered)
    schema_field = "response_format"
    title = "the OpenAI-compatible server"

    def __init__(
        self,
        url: str,
        name: str = "",
        *,
        key: str | None = None,
        window: int,
        network: Network = INTERNET,
    ) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else None
        self._template_options: dict[str, Any] = {}
        base = _API_PATH.sub("", url)
        remote = Remote(self.title, base, headers=headers, network=network)
        super().__init__(remote, name, window)
        try:
            self._look_up_models()
            return
        except (ModelUnavailable, ModelRefused) as error:
            remote.close()
            if not _is_elsewhere(error) or _VERSION.search(base):
                raise
        base = f"{base.rstrip('/')}/v1"
        self._remote = Remote(self.title, base, headers=headers, network=network)
        try:
            self._look_up_models()
        except (ModelUnavailable, ModelRefused) as error:
            self._remote.close()
            if not _is_elsewhere(error):
                raise
            message = f"{self.title} has no such API at its address, which usually ends in /v1"
            raise ModelUnavailable(message, cause=error.cause) from None

    def _look_up_models(self) -> None:
        listed = self._remote.ask("GET", "/models")
        try:
            self._look_up(listed)
        except UNREADABLE:
            raise self._remote.nonsense("no list of models") from None

    def _look_up(self, listed: Any) -> None:
        """Find the model in the server's list, by its id or an alias, and how much it takes."""
        models = [item for item in listed["data"] if isinstance(item["id"], str)]
        if not self.name and models:
            self.name = models[0]["id"]
        mine = next((item for item in models if self._is_mine(item)), None)
        if mine is None and (not self.name or not self._may_be_unlisted):
            message = f"{self._remote.title} does not serve {self.name or 'any model'}"
            raise ModelUnavailable(message, cause="NoSuchModel")
        if mine is not None:
            self.window = self._window_of(mine) or self.window
            if mine.get("owned_by") in _WITH_TEMPLATE_OPTIONS:
                # Templates know the wish by one name or the other, or leave both unread.
                self._template_options = {"enable_thinking": False, "thinking": False}

    _may_be_unlisted = True  # LM Studio loads models on demand, proxies know more than they list

    def _is_mine(self, item: dict[str, Any]) -> bool:
        return self.name in (item["id"], *(item.get("aliases") or ()))

    def _window_of(self, item: dict[str, Any]) -> int | None:
        """Return ``max_model_len`` of vLLM, or the context of one slot of llama.cpp."""
        longest = item.get("max_model_len") or (item.get("meta") or {}).get("n_ctx")
        return int(longest) if longest else None

    def body(self, wish: Wish) -> dict[str, Any]:
        """See https://platform.openai.com/docs/api-reference/chat/create."""
        body: dict[str, Any] = {
            "model": self.name,
            "messages": plain_messages(wish.turns),
            "max_tokens": wish.max_tokens,
            "temperature": wish.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            "logprobs": True,
            "top_logprobs": 1,
        }
        if wish.seed is not None:
            body["seed"] = wish.seed
        if self._template_options:
            body["chat_template_kwargs"] = self._template_options
        if wish.schema is not None:
            shape = {"name": "answer", "schema": wish.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    def take(self, line: str, draft: Draft) -> None:
        """Read one chunk of the stream; the last is ``[DONE]``, after the one with the usage.

        Some servers end with ``[DONE]`` and give no reason, which is the end as well.
        """
        data = server_sent(line)
        if data is None:
            if is_loose(line):
                draft.rest.append(line)
            return
        if data == "[DONE]":
            draft.finish = draft.finish or "stop"
            draft.complete = True
        elif data:
            self._take_chunk(json.loads(data), draft)

    def take_whole(self, text: str, draft: Draft) -> None:
        """Read one ``chat.completion``, from servers that do not stream."""
        whole = json.loads(text)
        if not whole.get("choices") and not whole.get("error") and whole.get("object") != "error":
            raise Unreadable("no field choices")
        self._take_chunk(whole, draft)
        draft.finish = draft.finish or "stop"

    def _take_chunk(self, chunk: dict[str, Any], draft: Draft) -> None:
        draft.signs += 1
        if chunk.get("object") == "error":
            raise refused_by(chunk)
        if chunk.get("error"):
            raise refused_by(chunk["error"])
        if isinstance(usage := chunk.get("usage"), dict):
            details = usage.get("prompt_tokens_details")
            draft.tokens = Tokens(
                count_of(usage.get("prompt_tokens")),
                count_of(usage.get("completion_tokens")),
                count_of(details.get("cached_tokens")) if isinstance(details, dict) else 0,
            )
        for choice in chunk.get("choices") or ():
            self._take_choice(choice, draft)

    def _take_choice(self, choice: dict[str, Any], draft: Draft) -> None:
        if choice.get("error"):
            raise refused_by(choice["error"])
        said = choice.get("delta") or choice.get("message") or {}
        draft.say(said.get("content"))
        draft.thoughts |= any(said.get(name) for name in _THOUGHTS)
        if isinstance(logged := choice.get("logprobs"), dict):
            draft.log(logged.get("content"))
        reasons = {
            str(choice[name]).lower()
            for name in ("finish_reason", "native_finish_reason")
            if choice.get(name)
        }
        if said.get("refusal") or reasons & _WITHHELD:
            raise ModelRefused(f"{self._remote.title} withheld its answer")
        if reasons & _FAILED:
            title = self._remote.title
            raise ModelUnavailable(f"{title} gave up its answer", cause="ServerError")
        if choice.get("finish_reason"):
            draft.finish = "length" if reasons & _CUT else "stop"


def _is_elsewhere(error: FunctionError) -> TypeGuard[ModelUnavailable]:
    """Return whether something else than this API answers at an address."""
    elsewhere = ("status 404", "status 405", "WrongAnswer")
    return isinstance(error, ModelUnavailable) and error.cause in elsewhere


_API_PATH = re.compile(r"/(?:chat/completions|completions|models)/?$")
_VERSION = re.compile(r"/v\d\w*/?$")
_WITH_TEMPLATE_OPTIONS = frozenset(("vllm", "sglang", "llamacpp"))
"""Servers, by the owner in their lists, that hand ``chat_template_kwargs`` to the template."""
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
_CUT = {"length", "max_tokens", "max_output_tokens", "model_length"}
_WITHHELD = {
    *("content_filter", "refusal", "sensitive"),  # OpenAI and Azure, Anthropic, Zhipu
    *("safety", "prohibited_content", "blocklist", "spii"),  # Gemini
}
_FAILED = {
    *("error", "abort", "cancelled", "canceled", "timeout"),
    *("network_error", "insufficient_system_resource", "engine_overloaded"),
}
"""Ends that routers and engines give to an answer that broke off."""


def refused_by(error: Any) -> Refused:
    """Return the refusal in an error that came with status 200."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return Refused(status, httpx.Headers(), json.dumps({"error": error}))
