"""Models that write as many tokens as they may, so that two sides of a figure do equal work."""

from __future__ import annotations

from typing import Any

from function.deadline import Deadline
from function.models.base import Generation
from function.models.gguf import GgufModel
from function.models.hosted import Wish
from function.models.openai import OpenAIModel
from function.models.weights import EMBEDDED_NAME, embedded_weights
from function.settings import Settings


class FullLength(GgufModel):
    """The embedded model; it passes over the token that would end its answer.

    ``prompts`` are the requests of the engine in their order.
    """

    def __init__(self) -> None:
        settings = Settings()
        super().__init__(
            embedded_weights(),
            EMBEDDED_NAME,
            slots=settings.slots,
            window=settings.window,
            threads=settings.engine_threads,
        )
        self.prompts: list[dict[str, Any]] = []

    def _complete(
        self, body: dict[str, Any], deadline: Deadline, most: int = 1
    ) -> list[Generation]:
        written = super()._complete({**body, "ignore_eos": True}, deadline, most)
        self.prompts += [body] * len(written)
        return written


class FullLengthServed(OpenAIModel):
    """The same of a llama.cpp server, which knows the field as well."""

    def body(self, wish: Wish) -> dict[str, Any]:
        """See :meth:`function.models.openai.OpenAIModel.body`."""
        return {**super().body(wish), "ignore_eos": True}
