"""Extensions: what installed packages register in entry point groups of ours."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

BACKENDS = "trm.backends"
"""Functions from the settings to a :class:`function.backends.registry.Member`."""
CHECKS = "trm.checks"
"""Functions from an answer to the reason why it is not good enough, empty where it is."""


@cache
def registered(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by their name."""
    return {point.name: point for point in entry_points(group=group)}


@cache
def load_extension(group: str, name: str) -> Any:
    """Return what a package registered under a name of the group.

    :raises KeyError: there is none.
    """
    return registered(group)[name].load()
