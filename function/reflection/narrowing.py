"""A JSON Schema made narrower, so that decoding cannot break what would be checked afterwards.

Whatever fits the narrower schema fits the one that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from function.contract import InferenceRequest
from function.reflection.grounding import fold
from function.reflection.items import items_of
from function.reflection.schema import schema_problem

Schema = dict[str, Any]

MOST_WORDS = 6
"""Words of a text that are copied together, unless the whole text is."""
MOST_VALUES = 400
"""Values over which a field is left as it was: a grammar of them would take seconds to build."""
SHORT_TEXT = 24
FEW_ITEMS = 1
_INNER = ("properties", "$defs", "definitions", "patternProperties")
_LISTED = ("prefixItems", "anyOf", "oneOf")
_SINGLE = ("items", "additionalProperties")


def narrowed(schema: Schema, request: InferenceRequest) -> Schema:
    """The schema with the values of fields that have to be copied from the request.

    Fields of ``copied_fields`` take a phrase of the context, fields of ``allowed_items`` an item
    that may be offered, and numbers under ``grounded_numbers`` one of the context's.
    """
    wanted = request.checks
    if wanted.allowed_items is not None:
        allowed = items_of(request.context, wanted.allowed_items).allowed
        items = [text for text in _leaf_texts(request.context) if fold(text) in allowed]
        for path in wanted.allowed_items.fields:
            schema = _with_values(schema, path.split("."), list(dict.fromkeys(items)))
    taken = wanted.allowed_items.fields if wanted.allowed_items else []
    phrases = list(dict.fromkeys(_phrases(request)))
    for path in wanted.copied_fields:
        if path not in taken:
            schema = _with_values(schema, path.split("."), phrases)
    if wanted.grounded_numbers:
        numbers = list(dict.fromkeys(_numbers(request.context)))
        schema = _with_numbers(schema, "", numbers, set(wanted.free_fields))
    return schema


def tightened(schema: Schema) -> Schema:
    """The schema with short texts and lists, for an answer that was cut off before its end."""

    def tighten(node: Schema) -> Schema:
        if "enum" in node or "const" in node or "$ref" in node:
            return node
        short = dict(node)
        if not node:
            short["type"] = ["string", "number", "boolean", "null"]
        kinds = short.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "string" in kinds and not {"pattern", "format"} & set(node):
            least = node.get("minLength", 0)
            longest = max(SHORT_TEXT, least)
            short["maxLength"] = min(node.get("maxLength", longest), longest)
        if "array" in kinds:
            least = node.get("minItems", 0)
            most = max(FEW_ITEMS, least)
            short["maxItems"] = min(node.get("maxItems", most), most)
        return short

    changed: Schema = _everywhere(schema, tighten)
    return changed


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


def _with_values(schema: Schema, path: list[str], values: list[Any]) -> Schema:
    """The schema with one field limited to those of the values that it allows."""
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return {**schema, "items": _with_values(schema["items"], path, values)}
    inner = schema.get("properties", {}).get(path[0])
    if not isinstance(inner, dict):
        return schema
    rest = path[1:]
    changed = _with_values(inner, rest, values) if rest else _limited(inner, values)
    return {**schema, "properties": {**schema["properties"], path[0]: changed}}


def _with_numbers(schema: Schema, path: str, numbers: list[Any], free: set[str]) -> Schema:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    changed = {}
    for name, inner in properties.items():
        here = f"{path}.{name}" if path else name
        if here in free or not isinstance(inner, dict):
            changed[name] = inner
        elif {"number", "integer"} & set(_types(inner)):
            changed[name] = _limited(inner, numbers)
        else:
            changed[name] = _with_numbers(inner, here, numbers, free)
    return {**schema, "properties": changed}


def _limited(schema: Schema, values: list[Any]) -> Schema:
    """One of the values that the schema allows, or null where it allows that."""
    allowed = [value for value in values if not schema_problem(value, schema)]
    if not allowed or len(allowed) > MOST_VALUES or "enum" in schema:
        return schema
    if "null" in _types(schema):
        allowed = [*allowed, None]
    return {"enum": allowed}


def _types(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _phrases(request: InferenceRequest) -> Iterator[str]:
    """Every text of the context, then every phrase of a few words in it."""
    found = [" ".join(text.split()) for text in _leaf_texts(request.context)]
    yield from (text for text in found if text)
    for text in found:
        words = text.split()
        for length in range(1, min(MOST_WORDS, len(words) - 1) + 1):
            for start in range(len(words) - length + 1):
                yield " ".join(words[start : start + length]).strip(".,;:!?|()")


def _leaf_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in _inner_values(value):
        yield from _leaf_texts(inner)


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value
    for inner in _inner_values(value):
        yield from _numbers(inner)


def _inner_values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
