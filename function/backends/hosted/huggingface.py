"""Hub models run by Hugging Face's Inference Providers.

Their router speaks OpenAI's chat completions
(https://huggingface.co/docs/inference-providers/tasks/chat-completion) and lists what each provider
serves at ``/v1/models``. A model's name may end in a provider or a policy: ``owner/name:groq``.
"""

from __future__ import annotations

from typing import Any

from function.backends.hosted.client import INTERNET, Network
from function.backends.hosted.openai import OpenAIModel

ROUTER = "https://router.huggingface.co/v1"
POLICIES = frozenset(("fastest", "cheapest", "preferred"))
"""Words that may stand in the place of a provider, by which the router chooses one."""


class HuggingFaceModel(OpenAIModel):
    """One hub model behind the router.

    :param name: ``owner/name``, with ``:provider`` or without.
    :param token: a token that may call Inference Providers.
    :raises ModelUnavailable: the router does not answer, or no provider serves the model.
    """

    backend = "huggingface"
    title = "Hugging Face"
    _may_be_unlisted = False

    def __init__(self, name: str, token: str, *, window: int, network: Network = INTERNET) -> None:
        super().__init__(ROUTER, name, key=token, window=window, network=network)

    def _is_mine(self, item: dict[str, Any]) -> bool:
        return bool(item["id"] == self.name.partition(":")[0]) and bool(self._serving(item))

    def _window_of(self, item: dict[str, Any]) -> int | None:
        """Return the shortest of those that may be asked, because the router chooses among them."""
        lengths = [entry.get("context_length") for entry in self._serving(item)]
        return min((int(length) for length in lengths if length), default=None)

    def _serving(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        live = [entry for entry in item["providers"] if entry.get("status") == "live"]
        wanted = self.name.partition(":")[2]
        if not wanted or wanted in POLICIES:
            return live
        return [entry for entry in live if entry.get("provider") == wanted]
