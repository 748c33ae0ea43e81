"""The embedded model as it is measured; both sides of a figure must write as many tokens."""

from __future__ import annotations

from typing import Any

from function.backends.base import Generation
from function.backends.hosted.base import Wish
from function.backends.hosted.openai import OpenAIModel
from function.backends.local.embedded import EMBEDDED_NAME, embedded_weights
from function.backends.local.llama_cpp import GgufModel
from function.deadline import Deadline
from function.settings import Settings


class Embedded(GgufModel):
    """The embedded model with the function's settings.

    ``prompts`` are the requests of the engine in their order, one for each answer.
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

    def _complete(self, body: dict[str, Any], *options: Any) -> list[Generation]:
        written = super()._complete(body, *options)
        for place, said in enumerate(written):
            asked = {**body, "max_tokens": said.tokens.completion, "ignore_eos": True}
            self.prompts.append({**asked, "seed": body["seed"] + place})
        return written


class FullLength(Embedded):
    """It passes over the token that would end its answer, and cuts none."""

    def _complete(
        self, body: dict[str, Any], deadline: Deadline, most: int = 1, *_: Any
    ) -> list[Generation]:
        return super()._complete({**body, "ignore_eos": True}, deadline, most)


class FullLengthServed(OpenAIModel):
    """The same of a llama.cpp server, which knows the field as well."""

    def body(self, wish: Wish) -> dict[str, Any]:
        """See :meth:`function.backends.hosted.openai.OpenAIModel.body`."""
        return {**super().body(wish), "ignore_eos": True}
