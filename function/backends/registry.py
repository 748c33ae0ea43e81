"""The models that the settings name, each with how it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pydantic import SecretStr

from function.backends.base import Model, Turn
from function.backends.local.loader import footprint, load_local, load_located, locate
from function.backends.pool import Loadable
from function.backends.thoughts import OnlyThoughts
from function.deadline import Deadline
from function.extensions import BACKENDS, load_extension
from function.settings import Settings
from function.trm.names import shown_name
from function.trm.registry import Networks

PROBE_SECONDS = 60.0
PROBE_TOKENS = 16
"""Of a model on a server: some refuse to be asked for less."""


@dataclass(frozen=True)
class Member:
    """A model that may answer: a label for logs and replies, and how to load it.

    ``probed`` is whether it has to answer a question before it serves; one that serves native
    tasks only has no words for that. ``probe_tokens`` is how long that answer may be.
    """

    label: str
    load: Callable[[], Model]
    probed: bool = True
    probe_tokens: int = 1

    def load_probed(self, probe: Sequence[Turn]) -> Model:
        """Return the loaded model after it answered a question; it is closed where it could not."""
        model = self.load()
        if not (self.probed and model.abilities.text):
            return model
        deadline = Deadline.after(PROBE_SECONDS)
        try:
            # A model that loads but cannot answer must not be reported ready; one that has got no
            # further than its thoughts does answer.
            with suppress(OnlyThoughts):
                model.generate(
                    probe, max_tokens=self.probe_tokens, temperature=0, seed=1, deadline=deadline
                )
        except Exception:
            model.close()
            raise
        return model


def members_of(settings: Settings, networks: Networks) -> list[Member]:
    """Return the chain that the settings describe, in order of preference."""
    members = [_member(name, settings) for name in settings.order if name != "local"]
    if "local" in settings.order:
        members.insert(settings.order.index("local"), _local(settings, networks))
    return members


def loader_of(settings: Settings) -> Callable[[str], Loadable]:
    """Return how the models that requests ask for by name are found.

    The revision and the trust in code that the settings name are meant for one model alone.
    """
    plain = settings.model_copy(update={"model_revision": "", "trust_remote_code": False})

    def find(name: str) -> Loadable:
        located = locate(name, plain)
        return Loadable(footprint(located, plain), lambda: load_located(located, plain))

    return find


def _member(name: str, settings: Settings) -> Member:
    make = _MEMBERS.get(name) or load_extension(BACKENDS, name)
    member: Member = make(settings)
    return member


def _local(settings: Settings, networks: Networks) -> Member:
    if (network := settings.network) is not None:
        return Member(shown_name(settings.model_name), lambda: _load_network(network, networks))
    name = settings.model_path or settings.model_name
    return Member(shown_name(name), lambda: load_local(name, settings))


def _load_network(name: str, networks: Networks) -> Model:
    from function.backends.networks_only import RecursiveModel

    return RecursiveModel(name, networks)


def _ollama(settings: Settings) -> Member:
    def load() -> Model:
        from function.backends.hosted.ollama import OllamaModel

        return OllamaModel(
            settings.ollama_url or "",
            settings.ollama_model,
            window=settings.window,
            keep_alive=settings.ollama_keep_alive,
        )

    return Member(f"ollama/{settings.ollama_model}", load, probe_tokens=PROBE_TOKENS)


def _openai(settings: Settings) -> Member:
    def load() -> Model:
        from function.backends.hosted.openai import OpenAIModel

        return OpenAIModel(
            settings.openai_url or "",
            settings.openai_model,
            key=_revealed(settings.openai_key),
            window=settings.window,
        )

    label = f"openai/{settings.openai_model}".rstrip("/")
    return Member(label, load, probe_tokens=PROBE_TOKENS)


def _huggingface(settings: Settings) -> Member:
    def load() -> Model:
        from function.backends.hosted.huggingface import HuggingFaceModel

        token = _revealed(settings.hf_token)
        return HuggingFaceModel(settings.hf_name, token, window=settings.window)

    return Member(f"huggingface/{settings.hf_name}", load, probe_tokens=PROBE_TOKENS)


def _anthropic(settings: Settings) -> Member:
    def load() -> Model:
        from function.backends.hosted.anthropic import AnthropicModel

        key = _revealed(settings.anthropic_key)
        return AnthropicModel(settings.anthropic_model, key, window=settings.window)

    return Member(f"anthropic/{settings.anthropic_model}", load, probe_tokens=PROBE_TOKENS)


def _mlx(settings: Settings) -> Member:
    def load() -> Model:
        from function.backends.local.mlx import MlxModel

        return MlxModel(settings.mlx_model, window=settings.window)

    return Member(f"mlx/{shown_name(settings.mlx_model)}", load)


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


_MEMBERS: dict[str, Callable[[Settings], Member]] = {
    "ollama": _ollama,
    "openai": _openai,
    "huggingface": _huggingface,
    "anthropic": _anthropic,
    "mlx": _mlx,
}
