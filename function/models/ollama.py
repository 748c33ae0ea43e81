"""Models served by Ollama over its chat API (https://docs.ollama.com/api/chat)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable
from function.models.base import Abilities, Generation, Scores, Tokens, Turn

CONNECT_SECONDS = 5.0


class OllamaModel:
    """One model on one Ollama server.

    :param url: the server, such as ``http://ollama:11434``.
    :param transport: replaces the network in tests.
    :raises ModelUnavailable: the server does not answer, or does not have the model.
    """

    backend = "ollama"
    abilities = Abilities(json_schema=True)

    def __init__(
        self, url: str, name: str, *, window: int, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.name = name
        self.window = window
        self._http = httpx.Client(base_url=url, transport=transport, timeout=CONNECT_SECONDS)
        try:
            answer = self._http.post("/api/show", json={"model": name})
        except httpx.HTTPError as error:
            raise ModelUnavailable(f"Ollama cannot be reached: {type(error).__name__}") from None
        if answer.status_code != 200:
            raise ModelUnavailable(f"Ollama does not have the model {name}")

    def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
    ) -> Generation:
        """See :meth:`function.models.base.Model.generate`."""
        options: dict[str, Any] = {
            "temperature": temperature,
            "num_predict": max_tokens,
            "num_ctx": self.window,  # Ollama cuts longer prompts without a word
        }
        if seed is not None:
            options["seed"] = seed
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
            "stream": False,
            "options": options,
        }
        if schema is not None:
            body["format"] = schema
        timeout = httpx.Timeout(max(deadline.left, 0.001), connect=CONNECT_SECONDS)
        try:
            answer = self._http.post("/api/chat", json=body, timeout=timeout)
        except httpx.HTTPError as error:
            if deadline.passed:
                return Generation("", "deadline", Tokens())
            raise ModelUnavailable(f"Ollama failed: {type(error).__name__}") from None
        if answer.status_code == 400:
            raise ModelRefused("Ollama refused the request")
        if answer.status_code != 200:
            raise ModelUnavailable(f"Ollama answered {answer.status_code}")
        try:
            said = answer.json()
            text = said["message"]["content"]
            if not isinstance(text, str):
                raise TypeError("the content is no text")
            tokens = Tokens(int(said.get("prompt_eval_count", 0)), int(said.get("eval_count", 0)))
        except (ValueError, KeyError, TypeError):
            raise ModelUnavailable("Ollama answered with something that is no answer") from None
        cut = said.get("done_reason") == "length"
        return Generation(text, "length" if cut else "stop", tokens)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """Ollama does not tell the likelihood of a given text."""
        raise ModelRefused("Ollama cannot score given texts")

    def count_tokens(self, text: str) -> int:
        """An estimate: English text has about four characters a token; three is cautious."""
        return len(text) // 3 + 1

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
