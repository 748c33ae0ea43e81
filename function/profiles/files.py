"""Profile files: read, parsed, completed by what they extend, and checked."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from function.errors import field_errors
from function.json_tree import walk
from function.profiles.profile import Profile

ENDING = ".toml"
MAX_FILE = 1_048_576
"""Bytes of one file; a ConfigMap holds no more."""
MAX_DEPTH = 100
"""Tables inside each other."""
MAX_PROBLEM = 400
"""Characters of one line about a file."""


class Source(NamedTuple):
    """The text of one profile file; problems call the file by its ``label``."""

    name: str
    text: str
    label: str


class Compiled(NamedTuple):
    """Profiles by name, and a line for each thing that is wrong with the files."""

    profiles: dict[str, Profile]
    problems: list[str]


def shipped_sources() -> list[Source]:
    """Return the files that come with the package."""
    folder = files("function.profiles")
    return [
        Source(item.name.removesuffix(ENDING), item.read_text("utf-8"), item.name)
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(ENDING)
    ]


def sources_in(folder: Path) -> tuple[list[Source], list[str]]:
    """Return the ``*.toml`` files of a folder, and a line for each that cannot be read.

    A mounted ConfigMap holds links to ``..data/NAME`` beside that folder: names that begin with a
    dot are skipped, links to files are followed.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(ENDING))
    except OSError as error:
        return [], [_line(str(folder), f"cannot be read: {error.strerror}")]
    found: list[Source] = []
    problems: list[str] = []
    for path in paths:
        if path.name.startswith("."):
            continue
        try:
            with path.open("rb") as file:
                content = file.read(MAX_FILE + 1)
            if len(content) > MAX_FILE:
                raise ValueError(f"longer than {MAX_FILE:,} bytes")
            text = content.decode("utf-8-sig").replace("\r\n", "\n")
        except OSError as error:
            problems.append(_line(path.name, f"cannot be read: {error.strerror}"))
        except UnicodeDecodeError as error:
            problems.append(_line(path.name, f"not UTF-8 at byte {error.start}"))
        except ValueError as error:
            problems.append(_line(path.name, str(error)))
        else:
            found.append(Source(path.name.removesuffix(ENDING), text, path.name))
    return found, problems


def compile_profiles(shipped: Sequence[Source], own: Sequence[Source] = ()) -> Compiled:
    """Return the profiles of the shipped files, with those of ``own`` added or in their place.

    A file may extend another one, of either kind, and a replacement the one that it replaces.
    """
    return _Compiler(shipped, own).compile()


class _Broken(Exception):
    """The file, or one that it extends, has been found wrong."""


class _Compiler:
    def __init__(self, shipped: Sequence[Source], own: Sequence[Source]) -> None:
        self._problems: list[str] = []
        self._shipped = {source.name: self._parsed(source) for source in shipped}
        self._own = {source.name: self._parsed(source) for source in own}
        self._labels = {source.name: source.label for source in (*shipped, *own)}

    def compile(self) -> Compiled:
        profiles = {name: self._profile(name) for name in self._own}
        if not self._problems:  # else the same would be said of every file that extends them
            profiles |= {
                name: self._profile(name) for name in self._shipped if name not in profiles
            }
        known = {name: profile for name, profile in profiles.items() if profile is not None}
        if not self._problems:
            self._refuse_names_used_twice(known)
            self._refuse_loops(known)
        return Compiled(known, self._problems)

    def _refuse_loops(self, profiles: Mapping[str, Profile]) -> None:
        """Report replies of one profile that another one would answer."""
        taken = {
            kind: profile.name
            for profile in profiles.values()
            if profile.events
            for kind in profile.events.types
        }
        for name, profile in profiles.items():
            reply = profile.events.reply if profile.events else None
            if reply in taken:
                problem = f"events.reply: {reply} is taken by {taken[reply]}: answers would not end"
                self._report(self._labels[name], problem)

    def _parsed(self, source: Source) -> dict[str, Any] | None:
        try:
            table = tomllib.loads(source.text)
            _refuse_foreign_values(table)
        except tomllib.TOMLDecodeError as error:
            last = f"at line {source.text.rstrip().count(chr(10)) + 1}"
            self._report(source.label, f"not TOML: {error}".replace("at end of document", last))
        except RecursionError:
            self._report(source.label, "nested too deeply")
        except ValueError as error:
            self._report(source.label, str(error))
        else:
            return table
        return None

    def _profile(self, name: str) -> Profile | None:
        label = self._labels[name]
        try:
            fields = self._resolved(name, name in self._own, (name,))
            return Profile.model_validate({**fields, "name": name})
        except _Broken:
            return None
        except ValidationError as error:
            for problem in field_errors(error):
                said = problem.problem
                if said.startswith("Extra inputs"):
                    said = "unknown key"
                self._report(label, ": ".join(filter(None, [problem.field, said])))
        except RecursionError:
            self._report(label, "nested too deeply")
        return None

    def _resolved(self, name: str, own: bool, below: tuple[str, ...]) -> dict[str, Any]:
        """Return the fields of a file with what it does not say from the one that it extends."""
        table = (self._own if own else self._shipped)[name]
        if table is None:
            raise _Broken
        if "extends" not in table:
            return table
        fields = dict(table)
        parent = fields.pop("extends")
        is_replacement = own and parent == name
        from_own = parent in self._own if isinstance(parent, str) and not is_replacement else False
        if not isinstance(parent, str) or not (from_own or parent in self._shipped):
            self._report(self._labels[below[0]], f"extends: no other profile is named {parent}")
            raise _Broken
        if parent in below and not is_replacement:
            circle = ", ".join((*below, parent))
            self._report(self._labels[below[0]], f"extends: goes in a circle: {circle}")
            raise _Broken
        inherited = self._resolved(parent, from_own, (*below, parent))
        if not is_replacement:  # names belong to one profile
            inherited = {key: value for key, value in inherited.items() if key != "aliases"}
        return {**inherited, **fields}

    def _refuse_names_used_twice(self, profiles: dict[str, Profile]) -> None:
        owners: dict[str, str] = {name: name for name in profiles}
        named = ((name, alias) for name in profiles for alias in profiles[name].aliases)
        # The shipped ones first, so that the file at fault is the one that was added.
        for name, alias in sorted(named, key=lambda each: each[0] in self._own):
            owner = owners.setdefault(alias, name)
            if owner == name and alias != name:
                if profiles[name].aliases.count(alias) > 1:
                    self._report(self._labels[name], f"aliases: {alias} stands twice")
                    return
                continue
            if owner in self._own and name not in self._own:
                text = f"its name {owner} is already an alias of {name}"
                self._report(self._labels[owner], text)
            else:
                self._report(self._labels[name], f"aliases: {alias} already belongs to {owner}")

    def _report(self, label: str, problem: str) -> None:
        self._problems.append(_line(label, problem))


def _refuse_foreign_values(table: dict[str, Any]) -> None:
    """Refuse what TOML has and JSON has not.

    :raises ValueError: naming the key.
    """
    for path, value in walk(table):
        if len(path) > MAX_DEPTH:
            raise ValueError("nested too deeply")
        name = ".".join(map(str, path))
        if isinstance(value, (date, time)):
            raise ValueError(f"{name}: dates and times must be texts, in quotation marks")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name}: must be a finite number")


def _line(label: str, problem: str) -> str:
    text = " ".join(f"{label}: {problem}".split())
    return "".join(char if char.isprintable() else "?" for char in text)[:MAX_PROBLEM]
