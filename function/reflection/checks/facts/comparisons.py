"""Comparisons with a number: limits of questions (*above 80 %*, *mais de 30 minutos*) and what a
rule allows (*between 2 and 8*, *a maximum of 5*, *no more than 40 EUR*)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from function.reflection.checks.facts.vocabulary import UNITS, words_of_name
from function.schemas.sentences import written_amount

_MORE = (
    r"above|over|more than|greater than|higher than|bigger than|larger than|longer than|older than|"
    r"heavier than|exceed(?:s|ed|ing)?|beyond|acima de|mais de|mais que|mais do que|maior que|"
    r"maior do que|superior a|alem de|pass(?:ou|ar?) de|ultrapass\w+"
)
_LESS = (
    r"below|under|less than|fewer than|lower than|smaller than|shorter than|younger than|"
    r"lighter than|abaixo de|menos de|menos que|menos do que|menor que|menor do que|inferior a"
)
_LEAST = r"at least|no less than|pelo menos|no minimo|ao menos"
_MOST = r"at most|no more than|up to|no maximo(?: de)?|ate"
_MONEY = r"(?:(?:r\$|us\$|[$€£]|eur|usd|brl)\s*)"
_UNIT = r"(?:%|(?!(?:precis|exig|requer|dev|need|requir|must|ha[sv])\w*)°?[a-z]+(?:/[a-z]+)?)"
"""What may stand behind a number, the verb of a duty apart."""
_LIMIT = re.compile(
    rf"\b(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<more>{_MORE})|(?P<less>{_LESS}))\s+"
    rf"(?:the |a |o |os |as )?(?P<money>{_MONEY})?(?P<number>-?\d[\d.,]*)\s*(?P<unit>{_UNIT})?"
)
RANGE = re.compile(
    rf"\b(?:between|from|entre|de)\s+{_MONEY}?(?P<low>-?\d+(?:[.,]\d+)*)\s*(?P<own>{_UNIT})?"
    rf"(?:\s+(?:and|to|e|a)\s+|\.\.){_MONEY}?(?P<high>-?\d+(?:[.,]\d+)*)\s*(?P<unit>{_UNIT})?"
)
_NAMED_LIMIT = re.compile(
    r"(?<!no )\b(?:(?P<most>limit|max(?:imum)?|limite|maxim[oa])|(?P<least>min(?:imum)?|minim[oa]))"
    rf"(?: (?:is|of|e|de))?\s+(?={_MONEY}?\d)"
)
REFUSAL = r"reject|refuse|deny|decline|recuse|recusar|rejeite|rejeitar|reprove|reprovar|negue|negar"
_DENIES = re.compile(
    r"\b(?:not|no|none|never|cannot|nao|nenhuma?|nunca|jamais|proibid\w+)\b|n['’]t\b|"
    rf"\b(?:{REFUSAL})\b"
)
_FORBIDS = re.compile(
    r"(?:(?! (?:and|e|but|mas) )[^,;])*?\b(?:(?:must|may|can) ?not|(?:can|must)n['’]t|"
    r"nao (?:pode|podem|deve|devem)|forbidden|prohibited|proibid\w+|"
    r"(?:not|never|nao)(?: \w+)? (?:allow\w*|permit\w*|accept\w*|aceit\w*))\b"
)
"""What stands behind a limit that it forbids: *loads over 5 t are not allowed*."""
_GROUPED = re.compile(r"-?\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?")
_DECIMAL = re.compile(r"-?\d+(?:[.,]\d{1,2})?")
_CURRENCIES = frozenset(("eur", "usd", "r$", "gbp"))
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
    "liters": "l", "litros": "l", "°c": "c", "€": "eur", "$": "usd", "us$": "usd", "£": "gbp",
    "years": "year", "anos": "year", "kilometres": "km", "tonne": "t", "tonnes": "t", "tons": "t",
    "tonelada": "t", "toneladas": "t",
}  # fmt: skip


class Limit(NamedTuple):
    """A number in a question that a value is compared with."""

    holds: Callable[[float, float], bool]
    number: float
    unit: str
    words: frozenset[str]
    """Words of the question that say it."""
    span: tuple[int, int] = (0, 0)
    """Where in the question it stands."""

    @property
    def is_low(self) -> bool:
        """Whether numbers over it hold."""
        return self.holds(self.number + 1, self.number)


class Bound(NamedTuple):
    """What a rule allows a number to be: each limit with whether the rule denies it."""

    limits: tuple[tuple[Limit, bool], ...]
    unit: str
    before: str
    after: str
    """The text of the rule before its numbers, and behind them."""

    @property
    def is_floor(self) -> bool:
        """Whether it is one limit that numbers are to be over."""
        ((limit, is_denied), *others) = self.limits
        return not (is_denied or others) and limit.is_low

    def holds(self, number: float) -> bool:
        """Return whether a number is as the rule has it."""
        return all(limit.holds(number, limit.number) is not no for limit, no in self.limits)


def limit_in(folded: str) -> Limit | None:
    """Return the one limit of a folded question, None without one or with several."""
    found = list(limits_in(folded))
    return found[0] if len(found) == 1 else None


def limits_in(folded: str, thousands: str = "") -> Iterator[Limit | None]:
    """Yield the limits of a folded text, None for one whose number is not plain.

    :param thousands: the mark before thousands, empty where it is not known.
    """
    for match in _LIMIT.finditer(folded):
        kind = next(kind for kind in _COMPARE if match[kind])
        unit = unit_of(match["money"] or match["unit"] or "")
        number = number_in(match["number"].rstrip(".,"), unit, thousands)
        words = frozenset(re.findall(r"[^\W_]+", match.group()))
        yield None if number is None else Limit(_COMPARE[kind], number, unit, words, match.span())


def bound_in(rule: str, thousands: str = "") -> Bound | None:
    """Return what a folded rule allows a number to be, None where that is not plain.

    :param thousands: the mark before thousands, empty where it is not known.
    """
    rule = _NAMED_LIMIT.sub(lambda found: "at most " if found["most"] else "at least ", rule)
    limits = list(limits_in(rule, thousands))
    ranges = list(RANGE.finditer(rule))
    if ranges:
        start, end = ranges[0].span()
        is_denied = _DENIES.search(rule, 0, start) or _FORBIDS.match(rule, end)
        return None if limits or len(ranges) > 1 or is_denied else _range_of(ranges[0], thousands)
    known = [limit for limit in limits if limit is not None]
    if not 0 < len(known) == len(limits) <= 2:
        return None
    start, end = known[0].span[0], known[-1].span[1]
    forbidden = _FORBIDS.match(rule, end) is not None
    pairs = [(limit, forbidden or bool(_DENIES.search(rule, 0, limit.span[0]))) for limit in known]
    if len(pairs) == 2 and (any(no for _, no in pairs) or known[0].is_low == known[1].is_low):
        return None
    units = {limit.unit for limit in known if limit.unit}
    unit = units.pop() if len(units) == 1 else ""
    return Bound(tuple(pairs), unit, rule[:start], rule[end:])


def denies_rule(folded: str) -> bool:
    """Return whether a rule says what must not be."""
    return _DENIES.search(folded) is not None


def _range_of(match: re.Match[str], thousands: str) -> Bound | None:
    unit = unit_of(match["unit"] or match["own"] or "")
    low, high = (number_in(match[end], unit, thousands) for end in ("low", "high"))
    if low is None or high is None:
        return None
    least = Limit(operator.ge, low, unit, frozenset(), match.span())
    pairs = ((least, False), (least._replace(holds=operator.le, number=high), False))
    return Bound(pairs, unit, match.string[: match.start()], match.string[match.end() :])


def number_in(digits: str, unit: str, thousands: str = "") -> float | None:
    """Return the number that digits stand for, None where they may be thousands or decimals.

    :param thousands: the mark before thousands, empty where it is not known.
    """
    if _GROUPED.fullmatch(digits):
        is_plain = unit in _CURRENCIES or bool(thousands and thousands in digits)
        return written_amount(digits) if is_plain else None
    return written_amount(digits) if _DECIMAL.fullmatch(digits) else None


def unit_of(text: str) -> str:
    """Return a unit under one name, whichever way it is written."""
    plain = text.strip().lower()
    return _UNIT_OF.get(plain, plain)


def is_unit(word: str) -> bool:
    """Return whether a folded word is a unit, whichever way it is written."""
    return word in UNITS or unit_of(word) != word


def unit_in_name(field: str) -> str:
    """Return the unit that the name of a field has, empty without one."""
    units = [unit_of(word) for word in words_of_name(field) if is_unit(word)]
    return units[-1] if units else ""


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
    return written_amount(found["number"]), unit
