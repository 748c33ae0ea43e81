"""The records that break a rule which the request states: a limit, an interval, a demand.

*No crate may weigh more than 20 kg. Which one breaks the rule?* A crate with ``kg`` 23: it alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.json_tree import is_number
from function.reflection.checks.facts.comparisons import Bound, bound_in, denies_rule, unit_of
from function.reflection.checks.facts.expected import (
    Expected,
    place_of,
    says_first,
    says_name,
    written,
)
from function.reflection.checks.facts.question import LONGEST, SENTENCE, Question
from function.reflection.checks.facts.states import is_there
from function.reflection.checks.facts.tables import Column, columns_of
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    own_words,
    telling_words,
    words_of_name,
)
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
_NOT_SO = re.compile(
    r"\b(?:not|no|non|without|lacks?|lacking|missing|(?:over|above|under|below) (?:the|this|that)|"
    r"passa\w* d[oae]|ultrapass\w+|exced\w+|nao|sem|falta\w*)\b|n['’]t\b"
)
"""What asks for them by the rule's opposite."""
_WHICH = re.compile(r"\b(?:which|what|who|how many|qual|quais|quem|que|quant[oa]s)\b")
_HOW_MANY = re.compile(r"\b(?:how many|quant[oa]s)\b")
_EVERY = re.compile(r"\b(?:every|each|(?:valid|good) for|a cada|cada|valem?(?: por)?)\s+(?=\d)")
_NEEDS = re.compile(
    r"\b(?:needs?|requires?|must|has to|have to|precisam?|exigem?|requerem?|devem?|"
    r"tem (?:que|de)|need)\b"
)
_NEEDED_BY = re.compile(
    r"(?P<need>.*\b(?:needs?|requires?d?|must|ha(?:s|ve) to|exig\w+|precisam?|requer\w*|devem?|"
    r"obrigatori[oa])\b.*?)\b(?:every|each|all|any|tod[oa]s?|cada|qualquer)\b"
)
"""A demand before those of which it is made: *requires a lid on every box over 5 kg*."""
_COUNT = re.compile(rf"\b(\d{{1,3}}|{'|'.join(w for w in SMALL_NUMBERS if len(w) > 2)})\b")


def expected_breach(
    question: Question, context: Mapping[str, Any], system: str = ""
) -> Expected | None:
    """Return the demand that an answer names the records that break the stated rule, or says how
    many do."""
    asked = [part for part in question.asked if _WHICH.search(part)]
    if len(asked) != 1:
        return None
    if not ASKS_BREACH.search(asked[0]):
        # What is not so may be anything where the rule stands elsewhere.
        system = ""
        if not _NOT_SO.search(asked[0]):
            return None
    found = _found(question, context, system)
    if found is None:
        return None
    if not _HOW_MANY.search(asked[0]):
        return _demand(found) if found else None
    number, names = str(len(found)), ", ".join(found) or "none"
    reason = f"{names} of the records break the rule; the answer must say {number}"
    return Expected.of("broken_rule", reason, f"{number} ({names})." if found else "0.", number)


def broken_records(
    question: Question, context: Mapping[str, Any], system: str = ""
) -> dict[str, str]:
    """Return each record that breaks the stated rule, with the values that show it, by its name."""
    found = _found(question, context, system) or {}
    return dict(zip(found, _shown(found), strict=True))


def _found(
    question: Question, context: Mapping[str, Any], system: str
) -> dict[str, list[Column]] | None:
    """Return the records that break a rule, None where that is not plain."""
    asked = question.asked
    stated = [part for part in question.sentences if part not in asked]
    if not any(map(_states, stated)):
        stated = [part for part in SENTENCE.split(fold(system)) if part.strip()]
    stated = [part for part in stated if not part.rstrip().endswith("?")]
    columns = [column for column in columns_of(context) if column.name]
    read = [_broken(question, part, columns) for part in stated]
    known = [one for one in read if one is not None]
    found: dict[str, list[Column]] = {}
    for one in known:
        for name, used in one.items():
            found.setdefault(name, []).extend(used)
    if not known:
        return None
    if len(found) != 1 and len(known) < len(list(filter(_states, stated))):
        return None  # another part of the rule may be broken as well
    return found


def _states(part: str) -> bool:
    return any(map(str.isdigit, part)) or _NEEDS.search(part) is not None


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
    need = _NEEDED_BY.match(bound.before[-LONGEST:])
    if need is not None and bound.is_floor:
        return _without_need(bound, need["need"], columns)
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
    wanted = [column for column in columns if any(map(said.has, own_words(column.name)))]
    if len(wanted) != 1:
        return None
    (needed,) = wanted
    numeric = [column for column in _numeric(columns) if column != needed]
    named = [
        column for column in numeric if any(map(Said([rule.before]).has, own_words(column.name)))
    ]
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


def _unmet(said: Said, stated: str, columns: Sequence[Column]) -> dict[str, list[Column]] | None:
    """Return the records of which a thing that all must have is false."""
    if _NEEDS.search(stated) is None or denies_rule(stated):
        return None
    found = [column for column in columns if said.has_all(telling_words(column.name))]
    if len(found) != 1:
        return None
    (column,) = found
    values = column.values
    if any(map(is_number, values.values())):
        return None
    lacking = [name for name, value in values.items() if not is_there(value)]
    states = {fold(str(value)) for value in values.values()} & set(WORD.findall(stated))
    if not lacking and len(states) == 1:
        (state,) = states
        lacking = [name for name, value in values.items() if fold(str(value)) != state]
    are_flags = all(isinstance(value, bool) for value in values.values())
    return {name: [column] for name in lacking} if lacking or are_flags else None


def _shown(found: Mapping[str, Sequence[Column]]) -> list[str]:
    return [
        f"{name} ({'; '.join(dict.fromkeys(_told(name, one) for one in used))})"
        for name, used in found.items()
    ]


def _told(name: str, column: Column) -> str:
    value = column.values[name]
    return f"{column.name.replace('_', ' ')}: {'missing' if value is None else written(value)}"


def _demand(found: Mapping[str, Sequence[Column]]) -> Expected:
    """Return the demand for the names of the records, before those of any others."""
    others = [other for other in next(iter(found.values()))[0].values if other not in found]
    told = _shown(found)

    def is_met(text: str) -> bool:
        folded = fold(text)
        (name, *more) = found
        if not more and place_of(folded, name) < 0:
            return says_name(folded, name) and not any(says_name(folded, one) for one in others)
        return says_first(text, list(found), others)

    names = ", ".join(found)
    breaks = "alone breaks" if len(found) == 1 else "break"
    reason = f"{names} {breaks} the rule: {'; '.join(told)}; the answer must say {names}"
    return Expected("broken_rule", reason, is_met, f"{'; '.join(told)}.", tuple(found))
