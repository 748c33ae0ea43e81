"""All profiles, read once at start."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from function.contract import InferenceRequest
from function.errors import ConfigurationError, field_errors, in_one_line
from function.profiles.profile import Profile
from function.reflection.rendering import PLAIN, Rendering


class Shelf:
    """Profiles by the name an agent gives itself; an unknown name has none, and is no error."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = dict(profiles)

    def __getitem__(self, name: str) -> Profile:
        return self._profiles[name]

    def __iter__(self) -> Any:
        return iter(sorted(self._profiles))

    def complete(self, request: InferenceRequest) -> InferenceRequest:
        """The request with the defaults of the agent that it names."""
        profile = self._profiles.get(request.agent or "")
        return profile.complete(request) if profile else request

    def rendering(self, agent: str | None) -> Rendering:
        """How this agent's context is shown."""
        profile = self._profiles.get(agent or "")
        return profile.context if profile else PLAIN

    def table(self) -> str:
        """One line a profile, for people."""
        width = max(map(len, self._profiles), default=0)
        return "\n".join(f"{name:<{width}}  {self[name].description}" for name in self)


@cache
def shipped_profiles() -> Shelf:
    """The profiles that come with the package, one file an agent; read once.

    :raises ConfigurationError: a file is no TOML, has an unknown key or a wrong value.
    """
    folder = files("function.profiles")
    texts = {
        item.name.removesuffix(".toml"): item.read_text("utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".toml")
    }
    return read_profiles(texts)


def read_profiles(texts: Mapping[str, str]) -> Shelf:
    """Profiles from the texts of their files, by name.

    A file may extend another by its name: what it does not say is taken from there.

    :raises ConfigurationError: see :func:`shipped_profiles`.
    """
    tables = {name: _table(name, text) for name, text in texts.items()}
    return Shelf({name: _profile(name, tables) for name in tables})


def _table(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"profile {name}: no TOML: {error}") from None


def _profile(name: str, tables: Mapping[str, dict[str, Any]]) -> Profile:
    fields = dict(tables[name])
    parent = fields.pop("extends", None)
    if parent is not None:
        known = isinstance(parent, str) and parent in tables
        if not known or "extends" in tables[parent]:
            raise ConfigurationError(f"profile {name}: extends: must name a profile of its own")
        fields = {**tables[parent], **fields}
    try:
        return Profile.model_validate({**fields, "name": name})
    except ValidationError as error:
        raise ConfigurationError(f"profile {name}: {in_one_line(field_errors(error))}") from None
