"""A JSON Schema without other fields than its own; with short texts and lists, for an answer that
was cut off before its end.

Whatever fits it fits the schema that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from function.schemas.subschemas import Schema, subschemas

SHORT_TEXT = 24
SHORT_FORMATTED = 64
"""Texts with a format or a pattern, which may need more characters: the local part of an address
may be this long (RFC 5321), a UUID has 36."""
FEW_ITEMS = 1
_INNER = ("properties", "$defs", "definitions", "patternProperties")
_LISTED = ("prefixItems", "anyOf", "oneOf")
_SINGLE = ("items", "additionalProperties")


def tightened(schema: Schema) -> Schema:
    """Return the schema with its texts and lists made short, and its objects without other
    fields."""

    def tighten(node: Schema) -> Schema:
        if "enum" in node or "const" in node or "$ref" in node:
            return node
        short = dict(node)
        if not node:
            short["type"] = ["string", "number", "boolean", "null"]
        kinds = short.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "string" in kinds:
            least = node.get("minLength", 0)
            formatted = {"pattern", "format"} & set(node)
            longest = max(SHORT_FORMATTED if formatted else SHORT_TEXT, least)
            short["maxLength"] = min(node.get("maxLength", longest), longest)
        if "array" in kinds:
            least = node.get("minItems", 0)
            most = max(FEW_ITEMS, least)
            short["maxItems"] = min(node.get("maxItems", most), most)
        return short

    changed: Schema = _everywhere(closed(schema), tighten)
    return changed


def closed(schema: Schema) -> Schema:
    """Return the schema with its objects without other fields than those it names.

    Small models invent others without end.
    """
    if any("allOf" in node for node in subschemas([schema], schema)):
        return schema

    def close(node: Schema) -> Schema:
        return {**node, "additionalProperties": False} if _can_be_closed(node) else node

    changed: Schema = _everywhere(schema, close)
    return changed


def _can_be_closed(node: Schema) -> bool:
    """Return whether an object has fields enough of its own."""
    elsewhere = {"additionalProperties", "patternProperties", "anyOf", "oneOf"} & set(node)
    fields = node.get("properties")
    if elsewhere or not isinstance(fields, dict) or not fields:
        return False
    return set(node.get("required", ())) <= set(fields) and "minProperties" not in node


def _everywhere(node: Any, change: Callable[[Schema], Schema]) -> Any:
    """Change a schema and every schema in it, where only one of them needs to be met."""
    if not isinstance(node, dict):
        return node
    changed = change(node)
    for key in _INNER:
        if isinstance(changed.get(key), dict):
            inner = {name: _everywhere(value, change) for name, value in changed[key].items()}
            changed = {**changed, key: inner}
    for key in _LISTED:
        if isinstance(changed.get(key), list):
            changed = {**changed, key: [_everywhere(value, change) for value in changed[key]]}
    for key in _SINGLE:
        if isinstance(changed.get(key), dict) and key in node:
            changed = {**changed, key: _everywhere(changed[key], change)}
    return changed
