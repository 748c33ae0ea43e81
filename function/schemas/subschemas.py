"""The subschemas of a JSON Schema: where they stand, what they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

Schema = dict[str, Any]

_ONE = (
    *("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema"),
)
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
DEFINITIONS = ("$defs", "definitions")
"""Keywords whose subschemas apply only where a reference leads to them."""


def subschemas(starts: Iterable[Any], root: Schema) -> list[Schema]:
    """Return every subschema that stands in the given ones or is referred to there, each once.

    :param root: the schema that references point into.
    """
    found: dict[int, Schema] = {}
    waiting = list(starts)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict) or id(node) in found:
            continue
        found[id(node)] = node
        waiting.extend(inner for _, inner in children(node))
        if isinstance(reference := node.get("$ref"), str):
            waiting.append(target_of(root, reference))
    return list(found.values())


def rewritten(
    node: Any,
    change: Callable[[Schema], Schema],
    below: Iterable[str] = (*_ONE, *_LISTED, *_NAMED),
) -> Any:
    """Return a schema with ``change`` applied to every subschema in it, the outer ones first.

    :param below: the keywords whose subschemas are changed.
    """
    if not isinstance(node, dict):
        return node
    changed = change(node)
    inner: Schema = {}
    for key in below:
        value = changed.get(key)
        if key in _NAMED and isinstance(value, dict):
            inner[key] = {name: rewritten(each, change, below) for name, each in value.items()}
        elif key in _LISTED and isinstance(value, list):
            inner[key] = [rewritten(each, change, below) for each in value]
        elif key in _ONE and key in changed:
            inner[key] = rewritten(value, change, below)
    return {**changed, **inner}


def children(node: Schema) -> Iterator[tuple[str, Any]]:
    """Return the subschemas right inside one, each with the keyword that holds it."""
    for key in _ONE:
        if key in node:
            yield key, node[key]
    for key in _LISTED:
        if isinstance(node.get(key), list):
            yield from ((key, inner) for inner in node[key])
    for key in _NAMED:
        if isinstance(node.get(key), dict):
            yield from ((key, inner) for inner in node[key].values())


def types_of(schema: Schema) -> list[str]:
    """Return the types that a subschema itself names."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def patterns_of(node: Schema) -> Iterator[str]:
    """Return the patterns that a subschema itself applies."""
    if isinstance(pattern := node.get("pattern"), str):
        yield pattern
    if isinstance(named := node.get("patternProperties"), dict):
        yield from named


def target_of(root: Schema, reference: str) -> Any:
    """Return what a JSON pointer within the schema leads to, None where there is nothing."""
    if not reference.startswith("#"):
        return None
    found: Any = root
    for part in unquote(reference[1:]).split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and len(part) < 6:
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found
