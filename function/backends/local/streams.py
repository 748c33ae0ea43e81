"""The answers that llama.cpp writes side by side to one conversation, as their pieces come."""

from __future__ import annotations

from typing import Any

from function.backends.base import Cut, FinishReason, Generation, Listen, Tokens, shortened

CUT_EVERY = 64
"""Tokens between two looks at whether an answer is to be cut."""


class Stream:
    """One answer; ``finish`` is None until it has come to its end.

    ``is_cut`` is whether that came before the engine's own end of it. ``listen`` gets its pieces.
    """

    def __init__(self, cut: Cut | None = None) -> None:
        self.finish: FinishReason | None = None
        self.is_cut = False
        self.listen: Listen | None = None
        self._cut = cut
        self._tokens = Tokens()
        self._pieces: list[str] = []
        self._log_probabilities: list[float] = []

    def take(self, part: dict[str, Any]) -> None:
        """Add what a chunk says of it, unless it was cut before."""
        if self.is_cut:
            return
        piece = part["delta"].get("content") or ""
        self._pieces.append(piece)
        if (listen := self.listen) is not None:
            listen(piece)
        if logged := part.get("logprobs"):
            self._log_probabilities.extend(item["logprob"] for item in logged["content"])
        if reason := part.get("finish_reason"):
            self.finish = "length" if reason == "length" else "stop"
        elif self._is_to_be_cut():
            self.finish, self.is_cut = "stop", True

    def _is_to_be_cut(self) -> bool:
        if self._cut is None or len(self._pieces) % CUT_EVERY:
            return False
        return self._cut("".join(self._pieces)) is not None

    def count(self, usage: dict[str, Any], copied: bool) -> None:
        """Take the engine's count of tokens, which it sends once the answer is whole.

        :param copied: the conversation was read for another answer; the engine reports the numbers
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
        written = Generation(text, self.finish or "deadline", tokens, logged or None)
        return shortened(written, self._cut)
