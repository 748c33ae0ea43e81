"""Choices that state a range of numbers: *up to 2*, *3 to 6*, *7 or more*, *acima de 10*."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from function.reflection.checks.facts.comparisons import limit_in, number_in, unit_of
from function.reflection.checks.facts.measured import (
    Measured,
    measured_in,
    measured_in_text,
    only_of,
)
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.vocabulary import WORD
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

_DIGITS = r"-?\d+(?:[.,]\d+)*"
_UNIT = r"(?:%|€|°?[a-z]+(?:/[a-z]+)?)"
_BETWEEN = re.compile(
    rf"(?:\b(?:between|from|entre|de)\s+)?(?P<money>(?:r\$|\$|€)\s*)?(?<![\w.,])(?P<low>{_DIGITS})"
    rf"\s*(?:{_UNIT}\s+)??(?:to|and|through|a|e|ate|-|–)\s*(?:r\$|\$|€)?\s*"
    rf"(?P<high>\d+(?:[.,]\d+)*|-\d+(?:[.,]\d+)*)(?![\w.,]*\d)\s*(?P<unit>{_UNIT})?"
)
_AND_MORE = re.compile(
    rf"(?<![\w.,])(?P<number>{_DIGITS})\s*(?:(?P<unit>{_UNIT})\s+)?"
    r"(?:(?P<up>\+|(?:or|and|ou|e)\s+(?:more|above|over|older|up|upwards|mais|acima))|"
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
    between = list(_BETWEEN.finditer(text))
    if len(between) == 1:
        match = between[0]
        unit = unit_of(match["money"] or match["unit"] or "")
        low, high = number_in(match["low"], unit), number_in(match["high"], unit)
        rest = text[: match.start()] + " " + text[match.end() :]
        if low is None or high is None or low > high or any(map(str.isdigit, rest)):
            return None
        return Interval(low, high, (False, False), _units(unit, rest))
    return None if between else _half_open(text)


def _half_open(text: str) -> Interval | None:
    """Return the range of a text that states one of its ends."""
    ended = [*_AND_MORE.finditer(text)] or [*_FROM.finditer(text)]
    if len(ended) == 1:
        match = ended[0]
        behind = match.groupdict().get("behind")
        unit = unit_of(match["unit"] or behind or "")
        number = number_in(match["number"], unit)
        rest = text[: match.start()] + " " + text[match.end() :]
        if number is None or any(map(str.isdigit, rest)):
            return None
        ends = (number, math.inf) if match.groupdict().get("up", "+") else (-math.inf, number)
        return Interval(*ends, (False, False), _units(unit, rest))
    limit = limit_in(text)
    if limit is None or len(re.findall(r"\d+(?:[.,]\d+)*", text)) > 1:
        return None
    number = limit.number
    is_open = not limit.holds(number, number)
    is_low = limit.is_low
    ends = (number, math.inf) if is_low else (-math.inf, number)
    rest = " ".join(word for word in WORD.findall(text) if word not in limit.words)
    return Interval(*ends, (is_open and is_low, is_open and not is_low), _units(limit.unit, rest))


def _point(text: str) -> Interval | None:
    match = _POINT.fullmatch(text.strip())
    unit = unit_of((match and match["unit"]) or "")
    number = number_in(match["number"], unit) if match else None
    return None if number is None else Interval(number, number, (False, False), _units(unit, ""))


def _units(unit: str, rest: str) -> tuple[str, ...]:
    words = [word for word in WORD.findall(rest) if word not in FUNCTION_WORDS and len(word) > 1]
    return tuple(dict.fromkeys([unit, *words] if unit else words))


def choice_by_range(
    texts: Mapping[str, Sequence[str]], question: Question, facts: Sequence[Fact]
) -> tuple[str, Measured] | None:
    """Return the choice whose range has the one number that the facts state of its kind.

    :param texts: what is said of each choice: its name, its description.
    """
    intervals: dict[str, Interval] = {}
    stating: set[str] = set()
    for name, said in texts.items():
        told = [*said, *(str(fact.value) for fact in facts if fold(fact.field) == fold(name))]
        found = list({one for text in told if (one := interval_in(fold(text))) is not None})
        points = list({one for text in told if (one := _point(fold(text))) is not None})
        if len(found or points) != 1:
            return None
        intervals[name] = (found or points)[0]
        stating.update([name] if found else [])
    if len(intervals) < 2 or not stating or _CHANGES.search(question.folded):
        return None
    units = tuple({unit for one in intervals.values() for unit in one.units})
    shared = tuple(unit for one in intervals.values() for unit in one.units[:1])
    own = {fold(name) for name in texts}
    numbers = measured_in([fact for fact in facts if fold(fact.field) not in own])
    numbers += measured_in_text(question.folded)
    fitting = only_of(numbers, shared, question) or only_of(numbers, units, question)
    if len({one.number for one in fitting}) != 1:
        return None
    having = [name for name, one in intervals.items() if one.has(fitting[0].number)]
    return (having[0], fitting[0]) if len(having) == 1 else None
