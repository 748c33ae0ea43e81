"""The answers that llama.cpp writes side by side to one conversation, as their pieces come."""

from __future__ import annotations

from typing import Any

from function.models.base import FinishReason, Generation, Tokens


class Stream:
    """One answer; ``finish`` is None until it has come to its end."""

    def __init__(self) -> None:
        self.finish: FinishReason | None = None
        self._tokens = Tokens()
        self._pieces: list[str] = []
        self._log_probabilities: list[float] = []

    def take(self, part: dict[str, Any]) -> None:
        """Add what a chunk says of it."""
        self._pieces.append(part["delta"].get("content") or "")
        if logged := part.get("logprobs"):
            self._log_probabilities.extend(item["logprob"] for item in logged["content"])
        if reason := part.get("finish_reason"):
            self.finish = "length" if reason == "length" else "stop"

    def count(self, usage: dict[str, Any], copied: bool) -> None:
        """Take the engine's count of tokens, which it tells once the answer is whole.

        :param copied: the conversation was read for another answer; the engine tells the numbers
            of that one again.
        """
        prompt, details = usage["prompt_tokens"], usage.get("prompt_tokens_details") or {}
        cached = prompt if copied else details.get("cached_tokens", 0)
        self._tokens = Tokens(prompt, usage["completion_tokens"], cached)

    @property
    def generation(self) -> Generation:
        """What came; what did not come to its end was cut off at the deadline."""
        tokens = self._tokens
        if not tokens.completion:
            # A cancelled stream ends before its usage line.
            tokens = Tokens(tokens.prompt, len(self._log_probabilities), tokens.cached)
        text, logged = "".join(self._pieces), tuple(self._log_probabilities)
        return Generation(text, self.finish or "deadline", tokens, logged or None)
