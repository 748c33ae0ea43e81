"""All profiles by the names that agents give themselves, read once at start."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

from function.contract import InferenceRequest
from function.errors import ConfigurationError
from function.profiles.files import Source, compile_profiles, shipped_sources, sources_in
from function.profiles.profile import Profile
from function.reflection.prompt.facts import PLAIN, Rendering


class ProfileRegistry:
    """Profiles by the name an agent gives itself; an unknown name has none, and is not an error."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = dict(profiles)
        self._taking: dict[str, list[Profile]] = {}
        for each in profiles.values():
            for kind in each.events.types if each.events is not None else ():
                self._taking.setdefault(kind, []).append(each)
        self._names = {
            name: profile
            for profile in profiles.values()
            for name in (*profile.aliases, profile.name)
        }
        self.event_types = frozenset(self._taking)
        """The types of events that profiles take."""

    def __getitem__(self, name: str) -> Profile:
        return self._profiles[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._profiles))

    def find(self, agent: str | None) -> Profile | None:
        """Return the profile of an agent by its name or one of its aliases."""
        return self._names.get(agent or "")

    def find_by_event(self, event_type: str, source: str) -> Profile | None:
        """Return the profile that takes events of a type.

        Of several it is the one that a part of the source names, else the one with the shortest
        name, which the others extend.
        """
        found = self._taking.get(event_type)
        if found is None:
            return None
        for part in reversed(source.split("/")):
            if (named := self.find(part)) is not None and named in found:
                return named
        return min(found, key=lambda each: (len(each.name), each.name))

    def find_by_keys(self, keys: Collection[str]) -> Profile | None:
        """Return the only profile whose JSON answers require exactly these keys."""
        if not keys:  # those of a profile without JSON are none, too
            return None
        wanted = frozenset(keys)
        found = [profile for profile in self._profiles.values() if profile.keys == wanted]
        return found[0] if len(found) == 1 else None

    def complete(self, request: InferenceRequest) -> InferenceRequest:
        """Return the request with the defaults of the agent that it names."""
        profile = self.find(request.agent)
        return profile.complete(request) if profile else request

    def rendering(self, agent: str | None) -> Rendering:
        """Return how this agent's context is shown."""
        profile = self.find(agent)
        return profile.context if profile else PLAIN

    def table(self) -> str:
        """Return one line a profile, for people."""
        width = max(map(len, self._profiles), default=0)
        return "\n".join(f"{name:<{width}}  {self[name].description}" for name in self)


def shipped_profiles() -> ProfileRegistry:
    """Return the profiles that come with the package, one file an agent; read once."""
    return profiles_with(None)


@cache
def profiles_with(folder: str | None) -> ProfileRegistry:
    """Return the shipped profiles with those of a folder (``TRM_PROFILES``); read once.

    A worker that is started again gets what the start has read: a file that is changed into a
    wrong one cannot end a running function.

    :raises ConfigurationError: with one line that names a file, the key and what is wrong.
    """
    own, problems = ([], []) if folder is None else sources_in(Path(folder))
    found = compile_profiles(shipped_sources(), own)
    if problems := [*problems, *found.problems]:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise ConfigurationError(f"wrong profile: {problems[0]}{more}")
    return ProfileRegistry(found.profiles)


def check_folder(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of a folder's profiles, and a line for each thing that is wrong."""
    own, unreadable = sources_in(folder)
    found = compile_profiles(shipped_sources(), own)
    return [source.name for source in own], [*unreadable, *found.problems]


def read_profiles(texts: Mapping[str, str]) -> ProfileRegistry:
    """Return profiles from the texts of their files, by name.

    :raises ConfigurationError: see :func:`profiles_with`.
    """
    found = compile_profiles([Source(name, text, name) for name, text in texts.items()])
    if found.problems:
        raise ConfigurationError(f"wrong profile: {found.problems[0]}")
    return ProfileRegistry(found.profiles)
