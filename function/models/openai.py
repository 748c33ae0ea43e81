"""Models behind the chat completions API that OpenAI made common.

vLLM, llama.cpp's server and LM Studio speak it
(https://platform.openai.com/docs/api-reference/chat). Servers differ in the fields they know, so
those that can be done without are left out when a server names them in its refusal.
"""

from __future__ import annotations

import json
from typing import Any

from function.errors import ModelRefused, ModelUnavailable
from function.models.base import Abilities, Tokens, plain_messages
from function.models.hosted import (
    UNREADABLE,
    Draft,
    HostedModel,
    Wish,
    log_probability,
    said,
    server_sent,
)
from function.models.remote import INTERNET, Network, Remote


class OpenAIModel(HostedModel):
    """One model on one OpenAI-compatible server.

    :param url: the base of the API, such as ``http://vllm:8000/v1``.
    :param name: the model, or empty for the first one that the server lists.
    :param key: sent as a bearer token.
    :param window: used where the server does not tell its own.
    :raises ModelUnavailable: the server does not answer, or serves no such model.
    """

    backend = "openai"
    abilities = Abilities(json_schema=True, log_probabilities=True)
    path = "/chat/completions"
    optional = ("response_format", "logprobs", "stream_options", "seed", "temperature")
    remembered = ("logprobs", "stream_options", "seed", "temperature")
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
        remote = Remote(self.title, url, headers=headers, network=network)
        super().__init__(remote, name, window)
        try:
            self._look_up(remote.ask("GET", "/models"))
        except UNREADABLE:
            remote.close()
            raise remote.nonsense() from None
        except (ModelUnavailable, ModelRefused):
            remote.close()
            raise

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

    _may_be_unlisted = True  # LM Studio loads models on demand, proxies know more than they list

    def _is_mine(self, item: dict[str, Any]) -> bool:
        return self.name in (item["id"], *(item.get("aliases") or ()))

    def _window_of(self, item: dict[str, Any]) -> int | None:
        """vLLM tells ``max_model_len``, llama.cpp the context of one slot in ``meta``."""
        told = item.get("max_model_len") or (item.get("meta") or {}).get("n_ctx")
        return int(told) if told else None

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
        if wish.schema is not None:
            shape = {"name": "answer", "schema": wish.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    def take(self, line: str, draft: Draft) -> None:
        """One chunk of the stream; the last is ``[DONE]``, after the one with the usage."""
        data = server_sent(line)
        if data is None:
            return
        if data == "[DONE]":
            draft.complete = True
            return
        chunk = json.loads(data)
        draft.signs += 1
        if error := chunk.get("error"):
            code = error.get("code") if isinstance(error, dict) else None
            raise self._remote.fault(code if isinstance(code, int) else 500, json.dumps(error))
        if usage := chunk.get("usage"):
            details = usage.get("prompt_tokens_details") or {}
            draft.tokens = Tokens(
                int(usage["prompt_tokens"]),
                int(usage["completion_tokens"]),
                int(details.get("cached_tokens") or 0),
            )
        for choice in chunk["choices"]:
            self._take_choice(choice, draft)

    def _take_choice(self, choice: dict[str, Any], draft: Draft) -> None:
        if text := said(choice["delta"].get("content")):
            draft.pieces.append(text)
        logged = (choice.get("logprobs") or {}).get("content") or ()
        draft.log_probabilities.extend(log_probability(token["logprob"]) for token in logged)
        reason = choice.get("finish_reason")
        if reason == "content_filter":
            raise ModelRefused(f"{self._remote.title} withheld its answer")
        if reason:
            draft.finish = "length" if reason == "length" else "stop"
