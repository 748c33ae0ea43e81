"""The one record that breaks a rule which the question states: a limit, an interval, a demand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.comparisons import Bound, bound_in, denies_rule, unit_of
from function.reflection.checks.facts.expected import Expected, place_of, says_name, written
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.tables import Column, columns_of
from function.reflection.checks.facts.vocabulary import UNITS, Said, telling_words, words_of_name
from function.reflection.checks.numbers import only_quantity
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
_EVERY = re.compile(r"\b(?:every|each|a cada|cada)\s+(?=\d)")
_NEEDS = re.compile(
    r"\b(?:needs?|requires?|must|has to|have to|precisam?|exigem?|requerem?|devem?|tem que)\b"
)
_COUNT = re.compile(rf"\b(\d{{1,3}}|{'|'.join(w for w in SMALL_NUMBERS if len(w) > 2)})\b")


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
    # What is due every six months is due after at most six.
    bound = bound_in(_EVERY.sub("at most ", stated), question.thousands)
    if bound is None:
        return _unmet(Said([stated]), stated, columns)
    need = _NEEDS.search(bound.after)
    if need is not None and bound.is_floor:
        return _without_need(bound, bound.after[need.end() :], columns)
    column = _column(bound, stated, columns)
    if column is None:
        return None
    values = {name: _number(value) for name, value in column.values.items()}
    known = {name: value for name, value in values.items() if value is not None}
    if len(known) < len(values):
        return None
    return {name: [column] for name, value in known.items() if not bound.holds(value)}


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = only_quantity(value) if isinstance(value, str) else None
    return found.values[0] if found is not None and len(found.values) == 1 else None


def _numeric(columns: Sequence[Column]) -> list[Column]:
    return [
        column
        for column in columns
        if all(_number(value) is not None for value in column.values.values())
    ]


def _column(rule: Bound, stated: str, columns: Sequence[Column]) -> Column | None:
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
    rule: Bound, need: str, columns: Sequence[Column]
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
        if amount is None or not rule.holds(amount):
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
    if _NEEDS.search(stated) is None or denies_rule(stated):
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
