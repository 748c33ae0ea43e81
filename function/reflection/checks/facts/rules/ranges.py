"""Choices that state a range of numbers: *up to 2*, *3 to 6*, *7 or more*, *acima de 10*.

*How bad is it?* with the choices *up to 2 errors: low* and *3 to 6 errors: medium*, and the fact
``errors: 4``: medium.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from function.reflection.checks.facts.comparisons import limits_in, number_in, unit_of
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.rules.measured import (
    Measured,
    measured_in,
    measured_in_text,
    only_of,
)
from function.reflection.checks.facts.vocabulary import WORD
from function.reflection.text.words import fold

if TYPE_CHECKING:
    from function.reflection.checks.facts.rules.conditions import Stated

_DIGITS = r"-?\d+(?:[.,]\d+)*"
_UNIT = r"(?:%|€|°?[a-z]+(?:/[a-z]+)?)"
_BETWEEN = re.compile(
    rf"(?:\b(?:between|from|entre|de)\s+)?(?P<money>(?:r\$|\$|€)\s*)?(?<![\w.,])(?P<low>{_DIGITS})"
    rf"\s*(?:{_UNIT}\s+)??(?:to|and|through|a|e|ate|-|–)\s*"
    r"(?P<under>(?:under|below|less than|abaixo de|menos de)\s+)?(?:r\$|\$|€)?\s*"
    rf"(?P<high>\d+(?:[.,]\d+)*|-\d+(?:[.,]\d+)*)(?![\w.,]*\d)\s*(?P<unit>{_UNIT})?"
)
_AND_MORE = re.compile(
    rf"(?<![\w.,])(?P<number>{_DIGITS})\s*(?:(?P<unit>{_UNIT})\s+)?"
    r"(?:(?P<up>\+|(?:or|and|ou|e)\s+(?:more|above|over|older|longer|heavier|higher|up|upwards|mais|acima))|"
    r"(?:or|and|ou|e)\s+(?:less|fewer|below|under|younger|menos|abaixo))(?:\s+(?P<behind>[a-z]+))?"
)
_FROM = re.compile(
    rf"\b(?:from|a partir de)\s+(?P<number>{_DIGITS})\s*(?P<unit>{_UNIT})?(?:\s+(?:on|up)\b)?"
)
_POINT = re.compile(rf"(?P<number>{_DIGITS})\s*(?P<unit>{_UNIT})?")
_CHANGES = re.compile(
    r"\b(?:if|unless|not|without|except|besides|more|another|extra|next|last|after|before|"
    r"se|nao|sem|exceto|mais|outr[oa]s?|depois|antes)\b|n['’]t\b"
)
"""Words of a question that may be about another number than the one that the facts state."""


_SIGN = re.compile(r"\s*([<>]=?)\s*(?=-?\d)")
_SIGNS = {"<": "under", ">": "over", "<=": "at most", ">=": "at least"}


class Interval(NamedTuple):
    """A range of numbers as a text states it."""

    low: float
    high: float
    open_ends: tuple[bool, bool]
    """Whether the lowest and the highest number are outside."""
    units: tuple[str, ...]
    """What its numbers are of, by the words of the text."""

    def has(self, number: float) -> bool:
        """Return whether a number is in the range."""
        above = number > self.low if self.open_ends[0] else number >= self.low
        below = number < self.high if self.open_ends[1] else number <= self.high
        return above and below


def interval_in(text: str) -> Interval | None:
    """Return the one range that a folded text states, None without one or with several."""
    text = _SIGN.sub(lambda sign: f" {_SIGNS[sign[1]]} ", text)
    between = list(_BETWEEN.finditer(text))
    if len(between) == 1:
        match = between[0]
        unit = unit_of(match["money"] or match["unit"] or "")
        low, high = number_in(match["low"], unit), number_in(match["high"], unit)
        rest = text[: match.start()] + " " + text[match.end() :]
        if low is None or high is None or low > high or any(map(str.isdigit, rest)):
            return None
        return Interval(low, high, (False, bool(match["under"])), _units(unit, rest))
    return None if between else _half_open(text)


def _half_open(text: str) -> Interval | None:
    """Return the range of a text that states one of its ends."""
    ended = [*_AND_MORE.finditer(text)] or [*_FROM.finditer(text)]
    if len(ended) == 1 and len(re.findall(_DIGITS, text)) == 1:
        match = ended[0]
        behind = match.groupdict().get("behind")
        unit = unit_of(match["unit"] or behind or "")
        number = number_in(match["number"], unit)
        rest = text[: match.start()] + " " + text[match.end() :]
        if number is None:
            return None
        ends = (number, math.inf) if match.groupdict().get("up", "+") else (-math.inf, number)
        return Interval(*ends, (False, False), _units(unit, rest))
    limits = [limit for limit in limits_in(text) if limit is not None]
    if not limits or len(re.findall(r"\d+(?:[.,]\d+)*", text)) != len(limits):
        return None
    low, high, open_low, open_high = -math.inf, math.inf, False, False
    for limit in limits:
        number = limit.number
        is_open = not limit.holds(number, number)
        if limit.is_low:
            low, open_low = max(low, number), is_open
        else:
            high, open_high = min(high, number), is_open
    if len(limits) > 1 and not (len(limits) == 2 and -math.inf < low <= high < math.inf):
        return None
    known = frozenset().union(*(limit.words for limit in limits))
    rest = " ".join(word for word in WORD.findall(text) if word not in known)
    unit = next((limit.unit for limit in reversed(limits) if limit.unit), "")
    return Interval(low, high, (open_low, open_high), _units(unit, rest))


def _point(text: str) -> Interval | None:
    match = _POINT.fullmatch(text.strip())
    unit = unit_of((match and match["unit"]) or "")
    number = number_in(match["number"], unit) if match else None
    return None if number is None else Interval(number, number, (False, False), _units(unit, ""))


def _units(unit: str, rest: str) -> tuple[str, ...]:
    words = [word for word in WORD.findall(rest) if word not in FUNCTION_WORDS and len(word) > 1]
    return tuple(dict.fromkeys([unit, *words] if unit else words))


def choice_by_range(
    names: Sequence[str], stated: Stated, question: Question
) -> tuple[str, Measured] | None:
    """Return the choice whose range has the one number that the facts state of its kind.

    :param names: of the choices, which may be ranges themselves.
    """
    intervals: dict[str, Interval] = {}
    stating: set[str] = set()
    rest = {one.choice for one in stated.conditions if one.is_rest}
    for name in names:
        told = [fold(name), *(one.text for one in stated.conditions if one.choice == name)]
        found = list({one for text in told if (one := interval_in(text)) is not None})
        points = list({one for text in told if (one := _point(text)) is not None})
        if name in rest and not found:
            continue
        if len(found or points) != 1:
            return None
        intervals[name] = (found or points)[0]
        stating.update([name] if found else [])
    if len(names) < 2 or not stating or len(rest) > 1:
        return None
    if _CHANGES.search(" ".join(stated.sentences)):
        return None
    units = tuple({unit for one in intervals.values() for unit in one.units})
    shared = tuple(unit for one in intervals.values() for unit in one.units[:1])
    numbers = measured_in(stated.facts)
    numbers += [one for part in stated.sentences for one in measured_in_text(part)]
    fitting = only_of(numbers, shared, question) or only_of(numbers, units, question)
    if not units and not fitting and len(numbers) == 1:
        # "It is 31 degrees. Open above 28": the only number of a statement.
        (number,) = numbers
        is_stated = any(number.text in part for part in stated.sentences if part[-1] != "?")
        fitting = numbers if is_stated else []
    if len({one.number for one in fitting}) != 1:
        return None
    having = [name for name, one in intervals.items() if one.has(fitting[0].number)]
    having = having or [name for name in names if name not in intervals]
    return (having[0], fitting[0]) if len(having) == 1 else None
