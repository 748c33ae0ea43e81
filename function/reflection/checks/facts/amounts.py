"""Values of one column as amounts that can be compared: numbers in one unit, dates, times.

``["3 kg", "12 kg"]`` are numbers, ``["08:10", "9h30"]`` times; ``["3 kg", "2 lb"]`` cannot be
compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from function.reflection.checks.facts.vocabulary import WORD, word_set, words_of_name
from function.reflection.checks.numbers import only_quantity
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_NAME, MONTH_OF, MONTHS

_TIMES = word_set(
    "s sec second seconds min minute minutes h hour hours day days week weeks month months segundo "
    "segundos minuto minutos hora horas dia dias semana semanas mes meses ms"
)
_MONEY = re.compile(r"[$€£]|eur|usd|brl|chf|reais")
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2}))?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2}).*)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.? (?:de )?([a-z]{3,}),? (?:de )?(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


_SIZES = {
    f"{prefix}{ending}": factor
    for power, prefix in enumerate(("", "k", "m", "g", "t", "p"))
    for ending, factor in (("", 1024.0**power), ("b", 1000.0**power), ("i", 1024.0**power),
                           ("ib", 1024.0**power))
    if prefix or ending == "b"
}  # fmt: skip
"""Bytes of a unit: ``G`` as ``df`` writes it, ``Gi`` as Kubernetes does."""
_DURATIONS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0,
              "w": 604800.0, "y": 31536000.0}  # fmt: skip
"""Seconds of a unit."""


class Amounts(NamedTuple):
    """Comparable values, in the order of their entries; ``kind`` is what they measure."""

    values: list[float]
    kind: str
    """``number``, ``duration``, ``date`` or ``time``."""
    is_converted: bool = False
    """Whether the values are not in the unit that they are written in."""


def amounts_of(values: Sequence[object], column: str) -> Amounts | None:
    """Return values as amounts of one kind and unit, None where one of them is not such a one."""
    texts = [fold(value).strip() if isinstance(value, str) else value for value in values]
    for kind, parse in (("date", _day), ("time", _clock)):
        found = [parse(text) if isinstance(text, str) else None for text in texts]
        parsed = [one for one in found if one is not None]
        if len(parsed) == len(texts):
            return Amounts(parsed, kind)
    if slashed := _slashed(texts):
        return Amounts(slashed, "date")
    measured = [_measured(text) for text in texts]
    known = [one for one in measured if one is not None]
    if len({ambiguous for *_, ambiguous in known}) > 1:
        return None  # 1,812 beside 950 may be more or less
    units = {unit for _, unit, _ in known}
    if len(known) < len(texts):
        return None
    if len(units) > 1:
        return _converted(known)
    timed = _TIMES.intersection(WORD.findall(units.pop())) or _TIMES.intersection(
        words_of_name(column)
    )
    return Amounts([number for number, *_ in known], "duration" if timed else "number")


def _converted(measured: Sequence[tuple[float, str, bool]]) -> Amounts | None:
    """Return sizes of data, or durations, that are in several units, in one of them."""
    for kind, factors in (("number", _SIZES), ("duration", _DURATIONS)):
        if all(unit in factors for _, unit, _ in measured):
            return Amounts([number * factors[unit] for number, unit, _ in measured], kind, True)
    return None


def _measured(value: object) -> tuple[float, str, bool] | None:
    """Return the one number of a value, what stands around it without plural, and whether the
    number may be read in two ways: as thousands here."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value), "", False
    if not isinstance(value, str):
        return None
    found = only_quantity(value)
    if found is None:
        return None
    digits = found.text.lstrip("-")
    around = "".join(value.replace(digits, "", 1).split()).strip("-")
    if any(map(str.isdigit, around)) or len(around) > 12:
        return None
    # An amount of money has two decimals: R$ 1.200 are thousands.
    is_unclear = len(found.values) > 1 and _MONEY.search(around) is None
    unit = around if around == "s" else around.removesuffix("s")
    return max(found.values), unit, is_unclear


def _day(text: str) -> float | None:
    if found := _ISO.fullmatch(text):
        minutes = int(found[4] or 0) * 60 + int(found[5] or 0)
        day = _ordinal(int(found[1]), int(found[2]), int(found[3]))
        return None if day is None else day + minutes / 1440
    if found := _DAY_FIRST.fullmatch(text):
        return _ordinal(int(found[3]), MONTH_OF.get(found[2][:3], 0), int(found[1]))
    if found := _MONTH_FIRST.fullmatch(text):
        return _ordinal(int(found[3]), MONTH_OF.get(found[1][:3], 0), int(found[2]))
    return None


def _slashed(texts: Sequence[object]) -> list[float] | None:
    """Return dates such as 31/12/2026 where one of them shows that the day comes first."""
    found = [_SLASHED.fullmatch(text) if isinstance(text, str) else None for text in texts]
    matches = [match for match in found if match is not None]
    if len(matches) < len(texts) or not any(int(match[1]) > 12 for match in matches):
        return None
    days = [_ordinal(int(match[3]), int(match[2]), int(match[1])) for match in matches]
    known = [day for day in days if day is not None]
    return known if len(known) == len(days) else None


def _ordinal(year: int, month: int, day: int) -> float | None:
    try:
        return float(date(year, month, day).toordinal())
    except ValueError:
        return None


def _clock(text: str) -> float | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    return int(found[1]) * 60 + int(found[2]) + int(found[3] or 0) / 60


_MONTH = "|".join(fold(name) for names in MONTHS for name in names)
_MOMENT_WORDS = re.compile(
    rf"\b(?:{DAY_NAME}|{_MONTH}|today|yesterday|tomorrow|hoje|ontem|amanha|noon|"
    r"midnight|morning|evening|night|noite|manha|tarde|daily|weekly|monthly|never|nunca|always|sempre|ago)\b"
)


def is_moment(text: str) -> bool:
    """Return whether a text states a time by a date, a clock or the name of a day or month."""
    folded = fold(text)
    return (
        _MOMENT_WORDS.search(folded) is not None
        or _day(folded) is not None
        or _clock(folded) is not None
    )
