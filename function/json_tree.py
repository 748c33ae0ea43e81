"""Walks over JSON values: dicts, lists and what is in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

JsonPath = tuple[str | int, ...]
"""Keys of objects and places in lists, the outermost first."""


def walk(value: Any) -> Iterator[tuple[JsonPath, Any]]:
    """Yield a JSON value and every value in it with its path, in the order of the document."""
    waiting: list[tuple[JsonPath, Any]] = [((), value)]
    while waiting:
        path, each = waiting.pop()
        yield path, each
        if isinstance(each, dict):
            waiting += [((*path, str(key)), inner) for key, inner in each.items()][::-1]
        elif isinstance(each, list):
            waiting += [((*path, place), inner) for place, inner in enumerate(each)][::-1]


def leaves(value: Any) -> Iterator[tuple[JsonPath, Any]]:
    """Yield every value that is neither an object nor a list, with its path."""
    return ((path, each) for path, each in walk(value) if not isinstance(each, (dict, list)))


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    return (each for _, each in walk(value) if isinstance(each, str))


def text_of(leaf: Any) -> str:
    """Return a leaf as text: a string as it is, all else as JSON."""
    return leaf if isinstance(leaf, str) else json.dumps(leaf)


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number; booleans are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def key_of(path: JsonPath) -> str | None:
    """Return the key that a value has in its object; None in a list and at the top."""
    return path[-1] if path and isinstance(path[-1], str) else None


def name_of(path: JsonPath) -> str:
    """Return the nearest key of a path: an entry of a list has the list's."""
    return next((key for key in reversed(path) if isinstance(key, str)), "")


def dotted(path: JsonPath) -> str:
    """Return the keys of a path, joined by dots, without the places in lists."""
    return ".".join(key for key in path if isinstance(key, str))


def at(value: Any, path: str) -> Iterator[Any]:
    """Yield the values at a dotted path; lists on the way are entered."""
    if isinstance(value, list):
        for item in value:
            yield from at(item, path)
        return
    key, _, rest = path.partition(".")
    if isinstance(value, dict) and key in value:
        if rest:
            yield from at(value[key], rest)
        else:
            yield value[key]


def texts_at(value: Any, paths: Iterable[str]) -> Iterator[str]:
    """Yield the texts at and below dotted paths."""
    for path in paths:
        for found in at(value, path):
            yield from texts(found)


def without(value: Any, paths: Collection[str], above: str = "") -> Any:
    """Return a JSON value less the fields at these dotted paths; lists on the way are entered."""
    if isinstance(value, list):
        return [without(item, paths, above) for item in value]
    if not isinstance(value, dict):
        return value
    named = {key: f"{above}.{key}" if above else key for key in value}
    return {
        key: without(inner, paths, named[key])
        for key, inner in value.items()
        if named[key] not in paths
    }


def map_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a copy of a JSON value in which every leaf is changed."""
    if isinstance(value, dict):
        return {key: map_leaves(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [map_leaves(inner, change) for inner in value]
    return change(value)
