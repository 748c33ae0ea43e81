"""Texts of many kinds, written from pools, with the values of the fields that they tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from lab.tuning.case import Language
from lab.tuning.draw import Draw
from lab.tuning.families.text_values import (
    Field,
    Value,
    date_value,
    distinct,
    following,
    parts_of,
)
from lab.tuning.pools import pool

FILES = ("texts_a", "texts_b", "texts_c")
"""Pools of kinds of texts."""
OPTIONAL = 0.6
"""Share of texts that have an optional part of their wording."""


@dataclass(frozen=True)
class Kind:
    """A kind of text: its fields, instructions to read it, and its wordings by language."""

    name: str
    fields: dict[str, Field]
    ask: dict[str, list[str]]
    wordings: dict[str, list[str]]


@dataclass(frozen=True)
class Told:
    """A text of a kind with the values of all fields; ``missing`` are those that it leaves out."""

    kind: Kind
    text: str
    values: dict[str, Value]
    missing: frozenset[str]


@lru_cache
def kinds() -> list[Kind]:
    """Return all kinds of texts."""
    found = []
    for file in FILES:
        for name, row in pool(file).items():
            fields = {
                key: Field(key, pt, type_, tuple(rest))
                for key, (pt, type_, *rest) in row["fields"].items()
            }
            ask = row.get("ask", {"en": [], "pt": []})
            found.append(Kind(name, fields, ask, {"en": row["en"], "pt": row["pt"]}))
    return found


def told(draw: Draw, kind: Kind, language: Language) -> Told:
    """Return a text of a kind."""
    wording = _expanded(draw, draw.one(kind.wordings[language]))
    values: dict[str, Value] = {}
    taken: set[str] = set()
    for field in kind.fields.values():
        if field.type == "follows":
            values[field.key] = following(draw, field, values)
        elif field.type == "later":
            values[field.key] = date_value(draw, language, values[field.arguments[0]].iso)
        elif field.type != "say":
            values[field.key] = distinct(draw, field, language, taken)
    slots = set(re.findall(r"{(\w+)}", wording))
    shown = {key: value.shown for key, value in values.items()}
    for slot in sorted(slots):  # the order of a set differs between processes
        if slot.startswith("_"):
            stranger = Field(slot, slot, slot.lstrip("_").rstrip("0123456789"), (2, 40))
            shown[slot] = distinct(draw, stranger, language, taken).shown
    text = _sentences(wording.format(**shown))
    values = {key: _as_written(value, text) for key, value in values.items()}
    missing = {key for key in values if key not in slots}
    for field in kind.fields.values():
        if field.type == "say":
            said = field.arguments[0 if language == "en" else 1]
            if not set(re.findall(r"{(\w+)}", said)) & missing:
                summary = _sentences(said.format(**shown))
                values[field.key] = Value(summary, summary)
    return Told(kind, text, values, frozenset(missing))


def enumeration(field: Field, in_portuguese: bool) -> list[str]:
    """Return the labels of an enumeration."""
    return [row[1 if in_portuguese else 0] for row in field.arguments]


def keyed(field: Field, in_portuguese: bool) -> str:
    """Return the key of a field."""
    return field.pt if in_portuguese else field.key


def answer_of(value: Value, field: Field, in_portuguese: bool, iso: bool) -> Any:
    """Return a value as an answer has it, with labels and keys of a language."""
    match field.type:
        case "enum":
            return value.value[1 if in_portuguese else 0]
        case "objects":
            parts = parts_of(field)
            return [
                {keyed(part, in_portuguese): item[part.key] for part in parts}
                for item in value.value
            ]
        case "date" | "later" if iso:
            return value.iso
        case _:
            return value.value


def _expanded(draw: Draw, wording: str) -> str:
    """Return a wording with its ``[optional]`` parts and ``<one|of>`` parts decided."""
    wording = re.sub(
        r"\[([^\[\]]*)\]", lambda part: part[1] if draw.chance(OPTIONAL) else "", wording
    )
    return re.sub(r"<([^<>]*)>", lambda part: draw.any_of(part[1].split("|")), wording)


def _sentences(text: str) -> str:
    """Return a text whose sentences begin with capitals."""
    text = re.sub(r" +", " ", text).strip()
    return re.sub(
        r"(^|[.!?] |\n)([a-zà-ú])(?!\w*[.@])", lambda part: part[1] + part[2].upper(), text
    )


def _as_written(value: Value, text: str) -> Value:
    """Return a value with the capital that it has where it begins a sentence of the text."""

    def copied(part: Any) -> Any:
        if isinstance(part, list):
            return [copied(item) for item in part]
        if not isinstance(part, str) or part in text or part[:1].upper() + part[1:] not in text:
            return part
        return part[:1].upper() + part[1:]

    return replace(value, value=copied(value.value))
