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
        self._names = {
            name: profile
            for profile in profiles.values()
            for name in (*profile.aliases, profile.name)
        }

    def __getitem__(self, name: str) -> Profile:
        return self._profiles[name]

    def __iter__(self) -> Any:
        return iter(sorted(self._profiles))

    def find(self, agent: str | None) -> Profile | None:
        """Return the profile of an agent by its name or one of its aliases."""
        return self._names.get(agent or "")

    def complete(self, request: InferenceRequest) -> InferenceRequest:
        """The request with the defaults of the agent that it names."""
        profile = self.find(request.agent)
        return profile.complete(request) if profile else request

    def rendering(self, agent: str | None) -> Rendering:
        """How this agent's context is shown."""
        profile = self.find(agent)
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
    profiles = {name: _profile(name, tables) for name in tables}
    _refuse_names_used_twice(profiles)
    return Shelf(profiles)


def _refuse_names_used_twice(profiles: Mapping[str, Profile]) -> None:
    owners: dict[str, str] = dict.fromkeys(profiles, "")
    for name, profile in profiles.items():
        for alias in profile.aliases:
            if alias in owners:
                other = owners[alias] or alias
                raise ConfigurationError(f"profile {name}: alias {alias}: belongs to {other}")
            owners[alias] = name


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
        # Names belong to one profile; everything else is taken over.
        inherited = {key: value for key, value in tables[parent].items() if key != "aliases"}
        fields = {**inherited, **fields}
    try:
        return Profile.model_validate({**fields, "name": name})
    except ValidationError as error:
        raise ConfigurationError(f"profile {name}: {in_one_line(field_errors(error))}") from None
