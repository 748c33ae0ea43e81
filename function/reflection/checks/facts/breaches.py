"""The one record that breaks a rule which the question states: a limit, an interval, a demand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from function.reflection.checks.facts.comparisons import unit_of
from function.reflection.checks.facts.expected import Expected, place_of, says_name, written
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.tables import Column, columns_of
from function.reflection.checks.facts.vocabulary import UNITS, Said, telling_words, words_of_name
from function.reflection.checks.numbers import quantities
from function.reflection.checks.stated_numbers import UNITS as SMALL_NUMBERS
from function.reflection.text.words import fold

ASKS_BREACH = re.compile(
    r"\b(?:br(?:eaks?|oke|oken)|breach\w*|violat\w+|fails?|overdue|late|too \w+|exceeds?|"
    r"complian\w+|comply|complies|allowed|permitted|wrong|outside|against|irregular\w*|"
    r"fora d[aoe]s?|viola\w*|descumpr\w+|desrespeit\w+|infring\w+|atrasad[oa]s?|"
    r"vencid[oa]s?|errad[oa]s?)\b"
)
"""What asks, in folded words, for that which is not as a rule has it."""
_WHICH = re.compile(r"\b(?:which|what|who|qual|quais|quem|que)\b")
_DENIED = re.compile(r"\b(?:no|not|never|none|nenhuma?|nao|nunca|proibid\w+)\b|n['’]t\b")
_NUMBER = (
    r"(?:r\$|us\$|[$€£]|eur|usd|brl)?\s*(?P<number>\d[\d.,]*\d|\d)\s*"
    r"(?P<unit>%|(?!(?:precis|exig|requer|dev|need|requir|must|ha[sv])\w*)[a-z]+)?"
)
_UPPER = re.compile(
    r"\b(?:at most|no more than|maximum(?: of)?|max|up to|below|under|less than|no maximo|"
    rf"maximo de|ate|abaixo de|menos de|menor que|inferior a)\s+{_NUMBER}"
)
_LOWER = re.compile(
    r"\b(?:at least|no less than|minimum(?: of)?|min|above|over|more than|exceed\w*|pelo menos|"
    r"no minimo|minimo de|acima de|mais de|maior que|superior a|passar? de|ultrapass\w+)\s+"
    rf"{_NUMBER}"
)
_BETWEEN = re.compile(
    rf"\b(?:between|entre|from|de)\s+(?P<low>-?\d[\d.,]*)\s*[a-z%]*\s+(?:and|e|to|a)\s+{_NUMBER}"
)
_EVERY = re.compile(rf"\b(?:every|each|a cada|cada)\s+{_NUMBER}")
_NEEDS = re.compile(
    r"\b(?:needs?|requires?|must|has to|have to|precisam?|exigem?|requerem?|devem?|tem que)\b"
)
_COUNT = re.compile(rf"\b(\d{{1,3}}|{'|'.join(w for w in SMALL_NUMBERS if len(w) > 2)})\b")


class _Rule(NamedTuple):
    """The least and the most that a value may be by a rule; ``unit`` is that of its number."""

    low: float
    high: float
    unit: str
    before: str
    after: str
    """The text of the rule before its number, and behind it."""

    def holds(self, value: float) -> bool:
        """Return whether a value is as the rule has it."""
        return self.low <= value <= self.high


def expected_breach(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that an answer names the one record that breaks the stated rule."""
    sentences = question.sentences
    asked = [part for part in sentences if _WHICH.search(part) and part.rstrip().endswith("?")]
    stated = [part for part in sentences if part not in asked]
    if len(asked) != 1 or not ASKS_BREACH.search(asked[0]):
        return None
    columns = [column for column in columns_of(context) if column.name]
    found: dict[str, list[Column]] = {}
    for part in stated:
        for name, used in (_broken(question, part, columns) or {}).items():
            found.setdefault(name, []).extend(used)
    return _demand(next(iter(found)), next(iter(found.values()))) if len(found) == 1 else None


def _broken(
    question: Question, stated: str, columns: Sequence[Column]
) -> dict[str, list[Column]] | None:
    """Return the records that break a rule with the columns that show it, None where the rule is
    not plain."""
    rule = _rule(question, stated)
    if rule is None:
        return _unmet(Said([stated]), stated, columns)
    need = _NEEDS.search(rule.after)
    if need is not None and _LOWER.search(stated):
        return _without_need(question, rule, rule.after[need.end() :], columns)
    column = _column(rule, stated, columns)
    if column is None:
        return None
    values = {name: _number(value) for name, value in column.values.items()}
    known = {name: value for name, value in values.items() if value is not None}
    if len(known) < len(values):
        return None
    return {name: [column] for name, value in known.items() if not rule.holds(value)}


def _rule(question: Question, stated: str) -> _Rule | None:
    denied = _DENIED.search(stated) is not None
    for pattern in (_BETWEEN, _EVERY, _UPPER, _LOWER):
        found = list(pattern.finditer(stated))
        if len(found) > 1:
            return None
        if not found:
            continue
        match = found[0]
        number = _amount(match["number"], question)
        if pattern is _UPPER and denied:
            return None  # "not below" is no upper limit
        low, high = float("-inf"), number
        if pattern is _BETWEEN:
            low = _amount(match["low"], question)
        elif pattern is _LOWER and not denied:
            low, high = number, float("inf")
        unit = unit_of(match["unit"] or "")
        return _Rule(low, high, unit, stated[: match.start()], stated[match.end() :])
    return None


def _amount(written: str, question: Question) -> float:
    """Return a number in which three digits behind a point or comma are thousands, where the
    language of the question writes them so."""
    thousands = "." if question.is_portuguese else ","
    plain = re.sub(rf"{re.escape(thousands)}(?=\d{{3}}\b)", "", written)
    return float(plain.replace(",", "."))


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = list(quantities(value)) if isinstance(value, str) else []
    return max(found[0].values) if len(found) == 1 and len(found[0].values) == 1 else None


def _numeric(columns: Sequence[Column]) -> list[Column]:
    return [
        column
        for column in columns
        if all(_number(value) is not None for value in column.values.values())
    ]


def _column(rule: _Rule, stated: str, columns: Sequence[Column]) -> Column | None:
    """Return the one column that a rule is about: named, in the unit of its number, or alone."""
    said = Said([stated])
    numeric = _numeric(columns)
    by_unit = [
        column
        for column in numeric
        if rule.unit and rule.unit in map(unit_of, words_of_name(column.name))
    ]
    named = [column for column in numeric if said.has_all(telling_words(column.name))]
    # What has another unit is not what the number of the rule is of.
    plain = [column for column in numeric if UNITS.isdisjoint(words_of_name(column.name))]
    for found in (by_unit, named, plain):
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _without_need(
    question: Question, rule: _Rule, need: str, columns: Sequence[Column]
) -> dict[str, list[Column]] | None:
    """Return the records over a limit that lack what a rule then demands."""
    said = Said([need])
    wanted = [column for column in columns if any(map(said.has, _telling(column)))]
    if len(wanted) != 1:
        return None
    (needed,) = wanted
    numeric = [column for column in _numeric(columns) if column != needed]
    named = [column for column in numeric if any(map(Said([rule.before]).has, _telling(column)))]
    chosen = named or numeric
    if len(chosen) != 1 or chosen[0].table != needed.table:
        return None
    (limited,) = chosen
    count = _COUNT.search(need)
    least = None
    if count is not None:
        least = int(count[1]) if count[1].isdigit() else SMALL_NUMBERS[count[1]]
    broken = {}
    for name, value in limited.values.items():
        amount, given = _number(value), needed.values[name]
        if amount is None or amount <= rule.low:
            continue
        is_met = _is_given(given, least, said)
        if is_met is None:
            return None
        if not is_met:
            broken[name] = [limited, needed]
    return broken


def _is_given(given: object, least: int | None, need: Said) -> bool | None:
    if isinstance(given, bool):
        return given
    if (number := _number(given)) is not None:
        return None if least is None else number >= least
    words = words_of_name(str(given))
    return need.has_forms(words) if words else None


def _telling(column: Column) -> list[str]:
    return [word for word in telling_words(column.name) if word not in UNITS]


def _unmet(said: Said, stated: str, columns: Sequence[Column]) -> dict[str, list[Column]] | None:
    """Return the records of which a thing that all must have is false."""
    if _NEEDS.search(stated) is None or _DENIED.search(stated) is not None:
        return None
    found = [
        column
        for column in columns
        if all(isinstance(value, bool) for value in column.values.values())
        and said.has_all(telling_words(column.name))
    ]
    if len(found) != 1:
        return None
    return {name: [found[0]] for name, value in found[0].values.items() if not value}


def _demand(name: str, columns: Sequence[Column]) -> Expected:
    others = [other for other in columns[0].values if other != name]
    values = "; ".join(
        f"{one.name.replace('_', ' ')}: {written(one.values[name])}" for one in columns
    )

    def is_met(text: str) -> bool:
        folded = fold(text)
        place = place_of(folded, name)
        if place < 0:
            return says_name(folded, name) and not any(says_name(folded, one) for one in others)
        return not any(0 <= place_of(folded, other) < place for other in others)

    reason = f"{name} alone breaks the rule ({values}); the answer must say {name}"
    return Expected("broken_rule", reason, is_met, f"{name} ({values}).", (name,))
