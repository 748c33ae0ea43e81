"""Comparisons with a number in a question: *above 80 %*, *less than 5*, *mais de 30 minutos*."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_MORE = (
    r"above|over|more than|greater than|higher than|bigger than|larger than|longer than|older than|"
    r"heavier than|exceeds?|exceeding|beyond|acima de|mais de|mais que|mais do que|maior que|"
    r"maior do que|superior a|alem de|passou de|passa de|ultrapass\w+"
)
_LESS = (
    r"below|under|less than|fewer than|lower than|smaller than|shorter than|younger than|"
    r"lighter than|abaixo de|menos de|menos que|menos do que|menor que|menor do que|inferior a"
)
_LEAST = r"at least|no less than|pelo menos|no minimo|ao menos"
_MOST = r"at most|no more than|up to|no maximo|ate"
_LIMIT = re.compile(
    rf"\b(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<more>{_MORE})|(?P<less>{_LESS}))\s+"
    r"(?:the |a |o |os |as )?(?P<money>(?:r\$|\$|€|eur|usd|brl)\s*)?"
    r"(?P<number>-?\d+(?:[.,]\d{1,2}(?!\d))?)(?P<rest>[\d.,]*)\s*(?P<unit>%|°?[a-z]+(?:/[a-z]+)?)?"
)
_THOUSANDS = re.compile(r"-?\d{1,3}(?:[.,]\d{3})+")
_DECIMAL = re.compile(r"-?\d+(?:[.,]\d{1,2})?")
_MONEY = frozenset(("eur", "usd", "r$"))
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "least": operator.ge,
    "most": operator.le,
    "more": operator.gt,
    "less": operator.lt,
}
_UNIT_OF = {
    "percent": "%", "pct": "%", "por": "%", "minutes": "min", "minute": "min", "minutos": "min",
    "minuto": "min", "seconds": "s", "second": "s", "segundos": "s", "hours": "h", "hour": "h",
    "horas": "h", "hora": "h", "days": "day", "dias": "day", "dia": "day", "degrees": "c",
    "graus": "c", "celsius": "c", "euros": "eur", "reais": "r$", "brl": "r$", "dollars": "usd",
    "kilos": "kg", "quilos": "kg", "metres": "m", "meters": "m", "metros": "m", "litres": "l",
    "liters": "l", "litros": "l", "°c": "c", "€": "eur", "$": "usd", "years": "year",
    "anos": "year", "kilometres": "km",
}  # fmt: skip


class Limit(NamedTuple):
    """A number in a question that a value is compared with."""

    holds: Callable[[float, float], bool]
    number: float
    unit: str
    words: frozenset[str]
    """Words of the question that say it."""
    start: int = 0
    """Where in the question it begins."""


def limit_in(folded: str) -> Limit | None:
    """Return the one limit of a folded question, None without one or with several."""
    found = list(limits_in(folded))
    return found[0] if len(found) == 1 else None


def limits_in(folded: str) -> Iterator[Limit | None]:
    """Yield the limits of a folded text, None for one whose number is not plain."""
    for match in _LIMIT.finditer(folded):
        kind = next(kind for kind in _COMPARE if match[kind])
        unit = unit_of(match["money"] or match["unit"] or "")
        number = number_in(match["number"] + match["rest"].rstrip(".,"), unit)
        words = frozenset(re.findall(r"[^\W_]+", match.group()))
        yield None if number is None else Limit(_COMPARE[kind], number, unit, words, match.start())


def number_in(digits: str, unit: str) -> float | None:
    """Return the number that digits stand for, None where they may be thousands or decimals."""
    if _THOUSANDS.fullmatch(digits):
        return float(re.sub(r"[.,]", "", digits)) if unit in _MONEY else None
    return float(digits.replace(",", ".")) if _DECIMAL.fullmatch(digits) else None


def unit_of(text: str) -> str:
    """Return a unit under one name, whichever way it is written."""
    plain = text.strip().lower()
    return _UNIT_OF.get(plain, plain)


_AMOUNT = re.compile(
    r"(?P<money>r\$|\$|€)?\s*(?P<number>-?\d+(?:[.,]\d{1,2})?)\s*(?P<unit>%|°?[a-z]+(?:/[a-z]+)?)?"
)


def amount_of(value: object) -> tuple[float, str] | None:
    """Return the number and unit of a value that is nothing but an amount."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value), ""
    if not isinstance(value, str):
        return None
    found = _AMOUNT.fullmatch(value.strip().lower())
    if found is None:
        return None
    unit = unit_of(found["money"] or found["unit"] or "")
    return float(found["number"].replace(",", ".")), unit
