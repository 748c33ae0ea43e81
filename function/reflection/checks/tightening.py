"""A JSON Schema without other fields than its own; with short texts and lists, for an answer that
was cut off before its end.

Whatever fits it fits the schema that was asked for.
"""

from __future__ import annotations

from function.schemas.subschemas import Schema, rewritten, subschemas, types_of

SHORT_TEXT = 24
SHORT_FORMATTED = 64
"""Texts with a format or a pattern, which may need more characters: the local part of an address
may be this long (RFC 5321), a UUID has 36."""
FEW_ITEMS = 1
_ALONE = (
    *("properties", "$defs", "definitions", "patternProperties"),
    *("prefixItems", "anyOf", "oneOf", "items", "additionalProperties"),
)
"""Keywords below which only one subschema needs to be met."""


def tightened(schema: Schema) -> Schema:
    """Return the schema with its texts and lists made short, and its objects without other
    fields."""

    def tighten(node: Schema) -> Schema:
        if "enum" in node or "const" in node or "$ref" in node:
            return node
        short = dict(node)
        if not node:
            short["type"] = ["string", "number", "boolean", "null"]
        kinds = types_of(short)
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

    changed: Schema = rewritten(closed(schema), tighten, _ALONE)
    return changed


def closed(schema: Schema) -> Schema:
    """Return the schema with its objects without other fields than those it names.

    Small models invent others without end.
    """
    if any("allOf" in node for node in subschemas([schema], schema)):
        return schema

    def close(node: Schema) -> Schema:
        return {**node, "additionalProperties": False} if _can_be_closed(node) else node

    changed: Schema = rewritten(schema, close, _ALONE)
    return changed


def _can_be_closed(node: Schema) -> bool:
    """Return whether an object has fields enough of its own."""
    elsewhere = {"additionalProperties", "patternProperties", "anyOf", "oneOf"} & set(node)
    fields = node.get("properties")
    if elsewhere or not isinstance(fields, dict) or not fields:
        return False
    return set(node.get("required", ())) <= set(fields) and "minProperties" not in node
