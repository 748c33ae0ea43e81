"""Values of records: as data write them, as answers write them, and how they are ordered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from lab.tuning.case import Language
from lab.tuning.draw import Draw
from lab.tuning.names import MONTHS_EN, MONTHS_PT, city, code, date, made_up, person, service
from lab.tuning.pools import pool

_SUFFIXES = {"%": "percent", "°C": "celsius", "m²": "m2"}
COMPARABLE = ("int", "dec", "money", "date", "clock")


@dataclass(frozen=True)
class Value:
    """A value: ``raw`` in data, ``text`` in answers, ``order`` for comparisons."""

    raw: Any
    text: str
    order: Any = None


@dataclass(frozen=True)
class Spec:
    """The values of a field, such as ``int 4 80 minutes=minutos``."""

    kind: str
    least: float = 0
    most: float = 0
    words: tuple[tuple[str, str], ...] = ()
    prefix: str = ""

    @property
    def comparable(self) -> bool:
        """Whether the values have an order."""
        return self.kind in COMPARABLE

    def unit(self, language: Language) -> str:
        """Return the unit of measure, empty where there is none."""
        return self.words[0][language == "pt"] if self.kind in ("int", "dec") and self.words else ""


@cache
def spec_of(text: str) -> Spec:
    """Return the values that a line of a pool describes."""
    kind, _, rest = text.partition(" ")
    if kind == "pick":
        return Spec(kind, words=tuple(_both(word.strip()) for word in rest.split(";")))
    if kind == "code":
        prefix, _, digits = rest.partition(" ")
        return Spec(kind, least=int(digits or 3), prefix=prefix)
    if kind in ("int", "dec", "money"):
        least, most, *unit = rest.split(" ", 2)
        return Spec(kind, float(least), float(most), tuple(_both(word) for word in unit))
    return Spec(kind)


def values(
    draw: Draw, spec: Spec, language: Language, count: int, keyed: bool = False
) -> list[Value]:
    """Return values of one field, all written in the same way.

    :param keyed: the key names the unit, so that the data need not.
    """
    match spec.kind:
        case "int" | "dec":
            return [_number(draw, spec, language, keyed) for _ in range(count)]
        case "money":
            form = draw.any_of(_MONEY[language])
            return [_money(draw, spec, form) for _ in range(count)]
        case "date":
            form = draw.any_of(("iso", "iso", "long", "other"))
            return [_date(draw, form, language) for _ in range(count)]
        case "clock":
            form = draw.any_of(("{:02d}:{:02d}", "{:02d}:{:02d}", _CLOCKS[language]))
            return [_clock(draw, form) for _ in range(count)]
        case "pick":
            place = int(language == "pt" and not draw.chance(0.15))
            return [_plain(draw.any_of(spec.words)[place]) for _ in range(count)]
    return [_plain(named(draw, spec, language)) for _ in range(count)]


def named(draw: Draw, spec: Spec, language: Language) -> str:
    """Return a name of a record, or a value that is a name."""
    match spec.kind:
        case "person":
            return person(draw)
        case "city":
            return city(draw)
        case "made":
            return made_up(draw)
        case "made2":
            return f"{made_up(draw)} {made_up(draw)}"
        case "code":
            return code(draw, spec.prefix, int(spec.least))
        case "title":
            return str(draw.one(pool("words")["titles"][language]))
        case "weekday":
            return str(draw.any_of(pool("words")["weekdays"][language]))
        case "service":
            return service(draw)
        case "web":
            return f"{made_up(draw, 3).lower()}{draw.any_of(pool('words')['endings'])}"
        case "snake":
            words = pool("words")
            return f"{draw.any_of(words['tables'])}_{draw.any_of(words['table_parts'])}"
        case "version":
            return f"{draw.integer(0, 9)}.{draw.integer(0, 30)}.{draw.integer(0, 12)}"
        case "ip":
            return f"10.{draw.integer(0, 60)}.{draw.integer(0, 255)}.{draw.integer(2, 254)}"
    raise ValueError(f"no values of kind {spec.kind!r}")


def suffix(unit: str) -> str:
    """Return a unit as keys write it."""
    return _SUFFIXES.get(unit, unit.lower().replace(" ", "_"))


def _both(word: str) -> tuple[str, str]:
    english, _, portuguese = word.partition("=")
    return english, portuguese or english


def _plain(text: str) -> Value:
    return Value(text, text)


def _number(draw: Draw, spec: Spec, language: Language, keyed: bool) -> Value:
    number: float = (
        draw.integer(int(spec.least), int(spec.most))
        if spec.kind == "int"
        else draw.decimal(spec.least, spec.most, 1)
    )
    text = str(number).replace(".", ",") if language == "pt" and not keyed else str(number)
    unit = spec.unit(language)
    if not unit:
        return Value(number if keyed or spec.kind == "int" else text, text, number)
    joined = f"{text} {unit}"
    return Value(number if keyed else joined, joined, number)


_MONEY = {
    "en": ("${:,.2f}", "€{:,.2f}", "{:.2f} EUR", "£{:,.2f}", "US$ {:,.2f}"),
    "pt": ("R$ {:,.2f}", "R$ {:,.2f}", "R$ {:,.2f}", "{:.2f} BRL", "€ {:,.2f}"),
}


def _money(draw: Draw, spec: Spec, form: str) -> Value:
    number = draw.decimal(spec.least, spec.most, draw.any_of((0, 2, 2)))
    text = form.format(number)
    if form in _MONEY["pt"]:
        text = text.translate(str.maketrans(",.", ".,"))
    return Value(text, text, number)


def _date(draw: Draw, form: str, language: Language) -> Value:
    iso = date(draw)
    year, month, day = (int(part) for part in iso.split("-"))
    text = iso
    if form == "long":
        english, portuguese = MONTHS_EN[month - 1], MONTHS_PT[month - 1]
        text = f"{day} {english} {year}" if language == "en" else f"{day} de {portuguese} de {year}"
    elif form == "other":
        english = f"{MONTHS_EN[month - 1]} {day}, {year}"
        text = english if language == "en" else f"{day:02d}/{month:02d}/{year}"
    return Value(text, text, iso)


_CLOCKS = {"en": "{:d}.{:02d}", "pt": "{:d}h{:02d}"}


def _clock(draw: Draw, form: str) -> Value:
    hour, minute = draw.integer(6, 22), draw.any_of((0, 5, 10, 15, 20, 30, 40, 45, 50))
    text = form.format(hour, minute)
    return Value(text, text, (hour, minute))
