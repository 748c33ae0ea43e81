"""How much of a JSON answer a schema leaves to the model."""

from __future__ import annotations

import math
from typing import Any

Schema = dict[str, Any]

FREE_TEXT = 256
"""Values that count for a field that takes any text, or any number."""


def openness(schema: Any) -> float:
    """Bits that choose between the answers that fit: the sum over the fields of log2 of how many
    values each may take. What a list or a reference holds counts once.
    """
    if schema is True:
        return math.log2(FREE_TEXT)
    if not isinstance(schema, dict) or "const" in schema:
        return 0.0
    if isinstance(values := schema.get("enum"), list):
        return math.log2(len(values) or 1)
    for key in ("anyOf", "oneOf"):
        if isinstance(variants := schema.get(key), list) and variants:
            return math.log2(len(variants)) + max(openness(each) for each in variants)
    if isinstance(fields := schema.get("properties"), dict):
        return sum(openness(inner) for inner in fields.values())
    if isinstance(inner := schema.get("items"), dict):
        return openness(inner)
    return 1.0 if schema.get("type") == "boolean" else math.log2(FREE_TEXT)
