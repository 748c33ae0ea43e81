"""Values of the fields of texts: as a text shows them and as an answer has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lab.tuning.case import Language
from lab.tuning.draw import Draw
from lab.tuning.names import MONTHS_EN, MONTHS_PT, city, code, made_up, person
from lab.tuning.phrases import listed

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


def parts_of(field: Field) -> list[Field]:
    """Return the fields of the items of a list of objects."""
    rows = field.arguments[3]
    return [Field(key, pt, kind, tuple(rest)) for key, (pt, kind, *rest) in rows.items()]


def distinct(draw: Draw, field: Field, language: Language, taken: set[str]) -> Value:
    """Return a value of a field that is not in ``taken``, and add it there."""
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
            return date_value(draw, language)
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
            return Value(listed(items, language), items)
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


def following(draw: Draw, field: Field, values: dict[str, Value]) -> Value:
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
        found = {part.key: distinct(draw, part, language, taken) for part in parts_of(field)}
        shown.append(wording.format(**{key: value.shown for key, value in found.items()}))
        items.append({key: value.value for key, value in found.items()})
    return Value(listed(shown, language), items)


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


def date_value(draw: Draw, language: Language, after: str | None = None) -> Value:
    """Return a date in one of a language's spellings, some days after another one if it is told."""
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
