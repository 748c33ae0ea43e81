"""Types of fields as a JSON Schema, and as a template that a prompt spells out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.tuning.draw import Draw
from lab.tuning.families.text_values import Field, parts_of

Schema = dict[str, Any]
NUMBERS = {
    "int": "integer", "count": "integer", "countf": "integer", "follows": "integer",
    "decimal": "number", "money": "number",
}  # fmt: skip
"""JSON's types of the numeric types of fields."""


@dataclass(frozen=True)
class Types:
    """Types of fields in one spelling.

    ``key`` gives a field's key, ``labels`` those of an enumeration, and ``may_be_null`` whether
    null is an answer.
    """

    draw: Draw
    key: Callable[[Field], str]
    labels: Callable[[Field], list[str]]
    may_be_null: Callable[[Field], bool]

    def schema(self, field: Field) -> Schema:
        """Return the JSON Schema of a field."""
        match field.type:
            case "enum":
                return {"enum": self.labels(field)}
            case "list":
                return {"type": "array", "items": {"type": "string", "maxLength": 60}}
            case "objects":
                parts = {self.key(part): self.schema(part) for part in parts_of(field)}
                return {"type": "array", "items": object_schema(parts)}
            case "bool":
                found: Schema = {"type": "boolean"}
            case kind if kind in NUMBERS:
                found = {"type": NUMBERS[kind]}
            case _:
                found = {"type": "string", "maxLength": 120}
        if self.may_be_null(field):
            found["type"] = [found["type"], "null"]
        return found

    def template(self, answer: dict[str, Any], fields: dict[str, Field]) -> str:
        """Return the template of an answer, whose keys name fields or hold some of them."""
        named = self.draw.chance(0.5)
        parts = []
        for key, value in answer.items():
            if key in fields:
                shown = self._placeholder(fields[key], named)
            else:
                inner = [f'"{part}": {self._placeholder(fields[part], named)}' for part in value]
                shown = "{" + ", ".join(inner) + "}"
            parts.append(f'"{key}": {shown}')
        if self.draw.chance(0.5):
            return "{" + ", ".join(parts) + "}"
        return "{\n  " + ",\n  ".join(parts) + "\n}"

    def _placeholder(self, field: Field, named: bool) -> str:
        null = self.may_be_null(field)
        either = self.draw.any_of((" or null", "|null", " (optional)")) if null else ""
        match field.type:
            case "enum":
                return json.dumps("|".join(self.labels(field)), ensure_ascii=False)
            case "list":
                return '["...", ...]' if named else '["..."]'
            case "objects":
                inner = [
                    f'"{self.key(part)}": {self._placeholder(part, named)}'
                    for part in parts_of(field)
                ]
                return "[{" + ", ".join(inner) + "}]"
            case "bool":
                return f"<boolean{either}>" if named or null else "true|false"
            case kind if kind in NUMBERS:
                return f"<{NUMBERS[kind] if named else 'number'}{either}>"
            case _:
                return f"<string{either}>" if named or null else '"..."'


def object_schema(properties: Schema) -> Schema:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
