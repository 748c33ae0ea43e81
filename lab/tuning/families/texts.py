"""Texts of many kinds, written from pools, with the values of the fields that they tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from lab.tuning.case import Language
from lab.tuning.draw import Draw
from lab.tuning.names import MONTHS_EN, MONTHS_PT, city, code, made_up, person
from lab.tuning.pools import pool

FILES = ("texts_a", "texts_b")
"""Pools of kinds of texts."""
OPTIONAL = 0.6
"""Share of texts that have an optional part of their wording."""
WORDS = {
    "en": ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
           "twelve"),
    "m": ("dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze"),
    "f": ("duas", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze"),
}  # fmt: skip
_COMMAS = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Field:
    """A field that texts of a kind may tell: its key in both languages and how it is drawn."""

    key: str
    pt: str
    type: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Value:
    """A value as a text shows it, as an answer has it, and a date as ISO 8601 writes it."""

    shown: str
    value: Any
    iso: str | None = None


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
            values[field.key] = _following(draw, field, values)
        elif field.type == "later":
            values[field.key] = _date(draw, language, values[field.arguments[0]].iso)
        elif field.type != "say":
            values[field.key] = _distinct(draw, field, language, taken)
    slots = set(re.findall(r"{(\w+)}", wording))
    shown = {key: value.shown for key, value in values.items()}
    for slot in slots:
        if slot.startswith("_"):
            stranger = Field(slot, slot, slot.lstrip("_").rstrip("0123456789"), (2, 40))
            shown[slot] = _distinct(draw, stranger, language, taken).shown
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


def parts_of(field: Field) -> list[Field]:
    """Return the fields of the items of a list of objects."""
    rows = field.arguments[3]
    return [Field(key, pt, kind, tuple(rest)) for key, (pt, kind, *rest) in rows.items()]


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
        if not isinstance(part, str) or part in text or part.capitalize() not in text:
            return part
        return part.capitalize()

    return replace(value, value=copied(value.value))


def _distinct(draw: Draw, field: Field, language: Language, taken: set[str]) -> Value:
    for _ in range(20):
        found = _value(draw, field, language)
        if found.shown not in taken:
            break
    if field.type not in ("bool", "enum", "count", "countf"):
        taken.add(found.shown)
    return found


def _value(draw: Draw, field: Field, language: Language) -> Value:
    place = 0 if language == "en" else 1
    given = field.arguments
    if field.type in PLAIN:
        text = PLAIN[field.type](draw)
        return Value(text, text)
    match field.type:
        case "date":
            return _date(draw, language)
        case "code":
            text = code(draw, str(given[0]), int(given[1])) if len(given[:2]) == 2 and isinstance(
                given[0], str) else code(draw, "N", 4)  # fmt: skip
            return Value(text, text)
        case "int":
            number = draw.integer(*given)
            return Value(str(number), number)
        case "count" | "countf":
            return _count(draw, language, given, "f" if field.type == "countf" else "m")
        case "decimal" | "money":
            return _number(draw, language, field)
        case "pick":
            text = draw.one(_words(given[place]))
            return Value(text, text)
        case "list":
            items = draw.some(_words(given[2 + place]), given[0], given[1])
            return Value(_joined(items, language), items)
        case "bool":
            truth = draw.chance(0.5)
            said = draw.one(_words(given[place + (0 if truth else 2)]))
            return Value(said, truth)
        case "enum":
            label, rotulo, *said = draw.any_of(given)
            return Value(draw.one(_words(said[place])), (label, rotulo))
        case "objects":
            return _objects(draw, field, language)
        case _:
            raise ValueError(f"{field.key}: no type {field.type!r}")


def _following(draw: Draw, field: Field, values: dict[str, Value]) -> Value:
    """Return an integer of the range that belongs to another field's label or truth."""
    leader, ranges = field.arguments
    label = values[leader].value
    number = draw.integer(*ranges[label[0] if isinstance(label, tuple) else label])
    return Value(str(number), number)


def _objects(draw: Draw, field: Field, language: Language) -> Value:
    least, most, wording, _ = field.arguments
    shown, items = [], []
    taken: set[str] = set()
    if isinstance(wording, list):
        wording = wording[0 if language == "en" else 1]
    for _ in range(draw.integer(least, most)):
        found = {part.key: _distinct(draw, part, language, taken) for part in parts_of(field)}
        shown.append(wording.format(**{key: value.shown for key, value in found.items()}))
        items.append({key: value.value for key, value in found.items()})
    return Value(_joined(shown, language), items)


def _count(draw: Draw, language: Language, given: tuple[Any, ...], gender: str) -> Value:
    number = draw.integer(*given)
    spelt = WORDS["en" if language == "en" else gender]
    if 2 <= number <= 12 and draw.chance(0.3):
        return Value(spelt[number - 2], number)
    return Value(str(number), number)


def _number(draw: Draw, language: Language, field: Field) -> Value:
    least, most, *digits = field.arguments
    number: float = draw.decimal(least, most, digits[0] if digits else 2)
    if field.type == "money":
        number = float(int(number)) + draw.any_of((0.0, 0.0, 0.5, 0.9, 0.99, 0.25))
    text = f"{number:,.2f}" if field.type == "money" else f"{number}"
    if field.type == "money" and draw.chance(0.5):
        text = text.removesuffix(".00")
    if language == "pt":
        text = text.translate(_COMMAS)
    if field.type == "money":
        text = f"R$ {text}" if language == "pt" else f"{draw.any_of(('$', '€', '£'))}{text}"
    return Value(text, int(number) if number == int(number) else number)


def _date(draw: Draw, language: Language, after: str | None = None) -> Value:
    found = date(draw.integer(2023, 2027), draw.integer(1, 12), draw.integer(1, 28))
    if after:
        found = date.fromisoformat(after) + timedelta(draw.integer(2, 20))
    year, month, day, iso = found.year, found.month, found.day, found.isoformat()
    if language == "en":
        name = MONTHS_EN[month - 1]
        text = draw.any_of((iso, f"{name} {day}, {year}", f"{day} {name} {year}"))
    else:
        name = MONTHS_PT[month - 1]
        text = draw.any_of((iso, f"{day} de {name} de {year}", f"{day:02d}/{month:02d}/{year}"))
    return Value(text, text, iso)


def _time(draw: Draw) -> str:
    return f"{draw.integer(7, 22):02d}:{draw.any_of(('00', '10', '15', '20', '30', '45'))}"


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split("|")]


def _joined(items: list[str], language: Language) -> str:
    *first, last = items
    return f"{', '.join(first)} {'and' if language == 'en' else 'e'} {last}" if first else last


PLAIN: dict[str, Callable[[Draw], str]] = {
    "person": person,
    "first": lambda draw: person(draw).split()[0],
    "city": city,
    "brand": lambda draw: made_up(draw, draw.integer(2, 3)),
    "brands": lambda draw: f"{made_up(draw)} {made_up(draw)}",
    "time": _time,
    "phone": lambda draw: f"+{draw.integer(1, 55)} {draw.integer(200, 999)} "
    f"{draw.integer(100, 999)}-{draw.integer(1000, 9999)}",
    "email": lambda draw: f"{made_up(draw).lower()}@{made_up(draw).lower()}.example",
}  # fmt: skip
