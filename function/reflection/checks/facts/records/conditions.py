"""The records of a table that a question is about: what it says of their fields.

*The open invoices above 100*: ``status`` is open, ``amount`` is over 100. A condition is only read
where a field is plainly meant; a limit or a negation that no field explains makes all unclear.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from function.reflection.checks.facts.amounts import amounts_of
from function.reflection.checks.facts.comparisons import Limit, amount_of, limits_in, unit_of
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.states import agrees, is_state, is_there
from function.reflection.checks.facts.tables import RecordTable
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    find_name,
    meanings_of,
    telling_words,
    words_of_name,
)
from function.reflection.text.words import fold
from function.schemas.days_and_months import MONTH_OF, MONTHS

LONG_NUMBER = 4
"""Digits of a number that identifies a record without the name of its field before it."""
_NOT = re.compile(
    r"\b(?:not|never|without|none|nobody|no one|nao|nunca|sem|nenhuma?|ninguem|lacks?|"
    r"lacking)\b|n['’]t\b|"
    r"\bno(?= (?!of\b)[^\W\d_]+(?: yet)?\b)"
)
_EMPTY = re.compile(
    r"\b(?:out of stock|sold out|sem estoque|esgotad[oa]s?|em falta|has (?:none|zero)|"
    r"empty|vazi[oa]s?)\b"
)
_DENIALS = frozenset(
    WORD.findall("not no without nobody none nao sem nenhum nenhuma ninguem yet ainda")
)
TO_DO = re.compile(
    r"\b(?:(?:still|yet) (?:has|have|needs?) to|(?:has|have|is|are) yet to|yet to|"
    r"(?<!\bit )(?<!\bthey )(?:has|have) to|"
    r"still (?:needs?|owes?)|ainda (?:precisam?|devem?|faltam?|tem que|tem de)|falt(?:a|am))\b"
)
_NEEDS = frozenset(
    WORD.findall(
        "need needs needed must has have requires required due pending falta faltam precisa"
    )
)
"""Names of fields that are true of what is still to be done; others are true of what is done."""
_MOMENT = re.compile(
    r"\b(?:(?P<after>after|since|later than|depois d[aeo]s?|apos|a partir d[aeo]s?|desde)|"
    r"(?P<before>before|by|until|earlier than|as of|on|antes d[aeo]s?|ate|em)) (?:the |as |o )?"
    r"(?P<moment>midnight|noon|meia[- ]noite|meio[- ]dia|\d{4}-\d\d-\d\d|\d{1,2}[:h]\d\d|"
    r"\d{1,2}h|\d{1,2}/\d{1,2}/\d{4})(?![\w-])"
)
_MONTH = rf"(?:{'|'.join(fold(name) for names in MONTHS for name in names)}|{'|'.join(MONTH_OF)})"
_DAY = re.compile(
    r"(?P<year>\d{4})-(?P<number>\d\d)-(?P<of_iso>\d\d)|"
    rf"(?P<before>\d{{1,2}})(?:st|nd|rd|th|o)? (?:of |de )?(?P<month>{_MONTH})\b|"
    rf"(?P<first>{_MONTH}) (?P<behind>\d{{1,2}})(?:st|nd|rd|th)?\b|"
    r"\bdia (?P<of_month>\d{1,2})\b|\bthe (?P<nth>\d{1,2})(?:st|nd|rd|th)\b|"
    rf"\b(?:in|during|em) (?P<whole>{_MONTH})\b"
)
"""A day, or a month, in which something was."""
_TAKES_PLACE = frozenset(
    WORD.findall(
        "day date dia data scheduled planned booked happened happen took place "
        "marcado marcada marcados marcadas agendado agendada agendados agendadas aconteceram"
    )
)
"""Words that say of anything with a date that it is then."""
_SIDE = re.compile(
    r"\b(?:before|after|since|until|till|by|from|past|between|antes|depois|desde|ate|entre|partir)\b"
)
_NAMED_MOMENTS = {"midnight": "00:00", "noon": "12:00", "meia noite": "00:00", "meio dia": "12:00"}
_EXPIRED = re.compile(
    r"\b(?:expired?|lapsed|run out|no longer valid|venci\w*|expirad\w+|expirou)\b"
)
_ASKED_NOUN = re.compile(
    r"\b(?:which|what|how (?:many|much)(?: of)?(?: (?:the|our|my))?|whose|qual(?: e)?(?: [oa])?|"
    r"quais(?: sao)?(?: [oa]s)?|quant[oa]s?(?: d[eao]s?)?|(?:em|de|a|com) que|que) ([^\W\d_]+)"
)
_MEASURED = re.compile(
    r"\b(?:how (?:late|much|long)|minutes|minutos|most|least|mais|menos)\b|est\b"
)
_COUNTED_ILLS = frozenset(("delay", "errors", "failed"))
"""Meanings of numbers of which any is too many: a train with a delay is late."""


class Condition(NamedTuple):
    """What a question says of one field; ``words`` of it say so."""

    field: str
    holds: Callable[[Any], bool]
    words: frozenset[str]
    names: bool = False
    """Whether a value of the field is said, which may identify a record."""


def conditions_in(question: Question, table: RecordTable) -> list[Condition] | None:
    """Return what a question says of the records of a table, None where that is unclear."""
    noun = _ASKED_NOUN.search(question.folded)
    fields = Said([" ".join(words_of_name(each)) for each in (table.name, *table.fields)])
    is_name = noun is not None and fields.has_form(noun[1])
    asked = frozenset((noun[1],)) if noun is not None and is_name else frozenset()
    found: list[Condition] = []
    for limit in limits_in(question.folded):
        limited = None if limit is None else _limited(limit, question, table)
        if limited is None:
            return None
        found.append(limited)
    empty = _EMPTY.search(question.folded)
    if empty is not None and (zero := _zero(table)) is not None:
        found.append(Condition(zero, lambda value: value == 0, frozenset(WORD.findall(empty[0]))))
    if (moment := _MOMENT.search(question.folded)) is not None:
        since = _since(moment, question, table)
        if since is None and moment["before"] not in ("on", "em"):
            return None
        found += [since] if since is not None else []
    limited_words = frozenset().union(*(one.words for one in found))
    values = values_said(question, table, asked | limited_words)
    if not found and (day := _on_day(question, table)) is not None:
        found.append(day)
        values = [one for one in values if one.field != day.field]
    states = _states_said(question, table, values)
    # The Portuguese "no" denies nothing.
    denied = [found[0] for found in _NOT.finditer(question.folded)]
    denials = len([word for word in denied if word != "no" or not question.is_portuguese])
    if any(_NOT.search(" ".join(one.words)) for one in values):
        denials -= 1  # the value itself denies: "not included"
    if denials > 1:
        return None
    if not denials and (to_come := _to_come(question, [*values, *states], table)):
        if not _is_plain(to_come[0], table):
            return None
        kept = [one for one in (*values, *states) if one is not to_come[0]]
        return [*found, *kept, _opposite(to_come[0], _to_do_words(question))]
    if denials:
        if empty is not None and _NOT.search(empty[0]):
            return [*found, *values, *states]
        lacking = _lacking(question, table)
        if lacking is not None:
            return [*found, *values, lacking]
        free = [*states, *(one for one in values if one.field != table.key)]
        if len(free) != 1 or not _is_plain(free[0], table):
            return None
        kept = [one for one in values if one is not free[0]]
        return [*found, *kept, _opposite(free[0])]
    return [*found, *values, *states]


def _is_plain(one: Condition, table: RecordTable) -> bool:
    """Return whether each value either is what a condition says or rules it out."""
    values = table.values(one.field)
    if not all(isinstance(value, str) for value in values):
        return not one.names
    if not any(map(is_state, one.words)):
        return True
    return any(None not in {agrees(word, value) for value in values} for word in one.words)


def _to_come(question: Question, said: Sequence[Condition], table: RecordTable) -> list[Condition]:
    """Return the state that a question says is still to come: *have to be loaded*."""
    found = TO_DO.search(question.folded)
    behind = WORD.findall(question.folded[found.end() :])[:3] if found is not None else []
    texts = [one for one in said if all(isinstance(v, str) for v in table.values(one.field))]
    return [one for one in texts if one.field != table.key and not one.words.isdisjoint(behind)]


def _opposite(one: Condition, more: frozenset[str] = _DENIALS) -> Condition:
    words = one.words | more
    return Condition(one.field, lambda value: value is not None and not one.holds(value), words)


def _limited(limit: Limit, question: Question, table: RecordTable) -> Condition | None:
    """Return the condition of a limit on the one field of numbers that it is about."""
    numeric: dict[str, str] = {}
    for field in table.fields:
        amounts = [amount_of(value) for value in table.values(field)]
        units = {amount[1] for amount in amounts if amount is not None}
        if None not in amounts and len(units) == 1:
            numeric[field] = units.pop() or unit_in(field)
    fitting = [f for f, unit in numeric.items() if limit.unit and unit == limit.unit]
    said = Said([limit.unit, question.folded])
    named = [f for f in fitting or numeric if said.has_all(_own_words(f))]
    # "Floor 2" gives the floor: a limit beside it is of another field.
    own = {f for f in named if re.search(rf"\b{_own_words(f)[-1]} \d", question.folded)}
    named = [f for f in named if f not in own]
    plain = [f for f, unit in numeric.items() if not (limit.unit in UNITS and unit)]
    chosen = named or fitting or plain
    if len(chosen) != 1:
        return None

    def holds(value: Any) -> bool:
        amount = amount_of(value)
        return amount is not None and limit.holds(amount[0], limit.number)

    return Condition(chosen[0], holds, limit.words | frozenset(_own_words(chosen[0])))


def _since(match: re.Match[str], question: Question, table: RecordTable) -> Condition | None:
    """Return the condition that the one moment of a record lies before or after one that is said,
    where it does so for some records: what is valid until a day has expired after it."""
    text = _NAMED_MOMENTS.get(match["moment"].replace("-", " "), match["moment"])
    text = f"{text}00" if text.endswith("h") else text
    fields = []
    for field in table.fields:
        amounts = amounts_of([*table.values(field), text], field)
        if amounts is not None and amounts.kind in ("date", "time"):
            fields.append((field, amounts.values[-1]))
    expired = _EXPIRED.search(question.folded)
    if len(fields) != 1 or (match["before"] in ("on", "em", "as of") and expired is None):
        return None
    ((field, number),) = fields
    is_after = match["after"] is not None

    def holds(value: Any) -> bool:
        amounts = amounts_of([value, text], field)
        if amounts is None or amounts.values[0] == number:
            return False
        return (amounts.values[0] > number) is is_after

    words = [match[0], expired[0] if expired is not None else "", field]
    return Condition(field, holds, frozenset(WORD.findall(fold(" ".join(words)))))


def _on_day(question: Question, table: RecordTable) -> Condition | None:
    """Return the condition that the one date of a record is the day that a question says."""
    said = list(_DAY.finditer(question.folded))
    if len(said) != 1 or _SIDE.search(question.folded):
        return None
    match = said[0]
    month = match["month"] or match["first"] or match["whole"]
    parts = (
        int(match["year"] or 0),
        int(match["number"] or (MONTH_OF[month[:3]] if month else 0)),
        int(next(filter(None, match.group("of_iso", "before", "behind", "of_month", "nth")), 0)),
    )
    dates = {field: list(map(_date_of, table.values(field))) for field in table.fields}
    dates = {field: days for field, days in dates.items() if any(days)}
    dates = {
        field: days
        for field, days in dates.items()
        if all(days[i] or value is None for i, value in enumerate(table.values(field)))
    }
    named = [field for field in dates if question.said.has_all(_own_words(field))]
    chosen = list(dates) if len(dates) == 1 else named
    if len(chosen) != 1:
        return None
    field = chosen[0]

    def holds(value: Any) -> bool:
        day = _date_of(value)
        return day is not None and all(
            one in (0, its) for one, its in zip(parts, (day.year, day.month, day.day), strict=True)
        )

    months = {(day.year, day.month) for day in dates[field] if day is not None and holds(str(day))}
    words = frozenset(WORD.findall(match[0])) | _TAKES_PLACE
    return Condition(field, holds, words) if len(months) < 2 else None


def _date_of(value: Any) -> date | None:
    amounts = amounts_of([value], "") if isinstance(value, str) else None
    is_date = amounts is not None and amounts.kind == "date"
    return date.fromordinal(int(amounts.values[0])) if amounts is not None and is_date else None


def unit_in(field: str) -> str:
    """Return the unit that a field has in its name, empty without one."""
    units = [unit_of(word) for word in words_of_name(field) if word in UNITS]
    return units[-1] if units else ""


def _own_words(field: str) -> list[str]:
    return [word for word in telling_words(field) if word not in UNITS]


def values_said(
    question: Question, table: RecordTable, taken: frozenset[str] = frozenset()
) -> list[Condition]:
    """Return the fields of which a question says a value.

    :param taken: words of the question that say something else.
    """
    said = Said([" ".join(word for word in question.said.words if word not in taken)])
    found = []
    for field in table.fields:
        each = [one for v in table.values(field) for one in (v if isinstance(v, list) else [v])]
        sizes = {fold(str(one)): _size_said(question, said, table, field, one) for one in each}
        sizes = {value: size for value, size in sizes.items() if size}
        if not sizes and field != table.key:  # by another word: what is pending is waiting
            sizes = {fold(one): 1 for one in each if isinstance(one, str) and _is_meant(said, one)}
        if sizes:
            longest = max(sizes.values())  # "mail filter" is not "filter"
            kept = frozenset(value for value, size in sizes.items() if size == longest)
            words = frozenset(WORD.findall(" ".join(kept)))
            words |= {word for word in said.words if any(_mean_the_same(word, w) for w in words)}
            found.append(Condition(field, partial(_is_one, kept), words, True))
    return found or _parts_said(question, table)


def _is_meant(said: Said, value: str) -> bool:
    words = WORD.findall(fold(value))
    is_short = len(words) == 1 and not any(map(str.isdigit, value))
    return is_short and bool(meanings_of(words[0])) and said.has(words[0])


def _mean_the_same(word: str, other: str) -> bool:
    return not meanings_of(word).isdisjoint(meanings_of(other))


def _is_one(kept: frozenset[str], value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(fold(str(each)) in kept for each in values)


def _parts_said(question: Question, table: RecordTable) -> list[Condition]:
    """Return the one field of which a question says a part of a name: *Ana* of *Ana Costa*."""
    names = {fold(name) for name in question.names if len(name) > 2}
    fields: dict[str, set[str]] = {}
    for field in table.fields:
        for value in table.values(field):
            if isinstance(value, str) and any(map(str.isupper, value)):
                part = names.intersection(WORD.findall(fold(value)))
                fields[field] = fields.get(field, set()) | part
    kept = {field: part for field, part in fields.items() if part}
    if len(kept) != 1:
        return []
    ((field, part),) = kept.items()

    def holds(value: Any) -> bool:
        return not part.isdisjoint(WORD.findall(fold(str(value))))

    return [Condition(field, holds, frozenset(part), True)]


def _size_said(
    question: Question, said: Said, table: RecordTable, field: str, value: object
) -> int:
    """Return how many words a value has that a question says whole, 0 where it does not."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return 0
    folded = fold(str(value))
    words = WORD.findall(folded)
    own = {*words_of_name(table.name), *words_of_name(field)}
    if not any(map(str.isdigit, folded)):
        telling = [word for word in words if word not in FUNCTION_WORDS]
        if _NOT.search(folded):  # what is not ready may be pending, and is not so literally
            is_literal = not any(map(is_state, words)) and find_name(question.folded, folded) >= 0
            return len(words) if is_literal else 0
        is_said = set(telling) - own and said.has_forms(telling)
        return len(telling) if is_said else 0
    place = find_name(question.folded, folded)
    if place < 0 and not folded.isdigit():
        place = find_name(question.folded, f"{folded}s")
    if place < 0:
        return 0
    if sum(map(str.isdigit, folded)) >= LONG_NUMBER or not folded.isdigit():
        return len(words)
    before = WORD.findall(question.folded[:place])[-2:]
    named = Said([" ".join(own)])
    return int(any(named.has_form(word) for word in before if word not in FUNCTION_WORDS))


def _states_said(
    question: Question, table: RecordTable, values: Sequence[Condition]
) -> list[Condition]:
    """Return what a question says by the name of a yes-or-no field, by a state, or by an ill."""
    taken = frozenset().union(*(one.words for one in values))
    words = [word for word in question.said.words if word not in taken]
    found = []
    for field in table.fields:
        if any(one.field == field for one in values):
            continue
        column = [value for value in table.values(field) if value is not None]
        if column and all(isinstance(value, bool) for value in column):
            found += _of_flag(question, field, words)
        elif column and all(isinstance(value, int | float) for value in column):
            found += _of_ills(question, field, words)
        else:
            found += _of_state(field, column, words)
    return found


def _of_flag(question: Question, field: str, words: Iterable[str]) -> list[Condition]:
    own = _own_words(field)
    names = Said([" ".join(own)])
    said = frozenset(word for word in words if word not in FUNCTION_WORDS and names.has(word))
    to_do = TO_DO.search(question.folded) is not None and _NEEDS.isdisjoint(own)
    if said:
        wanted = not to_do
        return [Condition(field, lambda value: value is wanted, said | _to_do_words(question))]
    for word in words:
        verdicts = {agrees(word, one) for one in own} - {None} if is_state(word) else set()
        if len(verdicts) == 1:
            return [Condition(field, partial(operator.is_, verdicts.pop()), frozenset((word,)))]
    return []


def _to_do_words(question: Question) -> frozenset[str]:
    found = TO_DO.search(question.folded)
    return frozenset(WORD.findall(found[0])) if found is not None else frozenset()


def _of_ills(question: Question, field: str, words: Iterable[str]) -> list[Condition]:
    meanings = frozenset().union(*map(meanings_of, words_of_name(field))) & _COUNTED_ILLS
    said = frozenset(word for word in words if meanings & meanings_of(word))
    if not said or _MEASURED.search(question.folded):
        return []
    return [Condition(field, lambda value: value > 0, said)]


def _of_state(field: str, column: Sequence[Any], words: Iterable[str]) -> list[Condition]:
    own = words_of_name(field)
    for word in words:
        if word in own or not is_state(word):
            continue
        if None not in {agrees(word, value) for value in column}:
            return [Condition(field, partial(_agrees, word), frozenset((word,)))]
    return []


def _agrees(state: str, value: Any) -> bool:
    return agrees(state, value) is True


def _zero(table: RecordTable) -> str | None:
    """Return the one field of numbers of which one is zero."""
    found = [
        field
        for field in table.fields
        if 0 in (column := table.values(field)) and all(type(one) in (int, float) for one in column)
    ]
    return found[0] if len(found) == 1 else None


def _lacking(question: Question, table: RecordTable) -> Condition | None:
    """Return the condition that the field which a question denies is empty."""
    denied = _NOT.search(question.folded)
    behind = WORD.findall(question.folded[denied.end() :])[:4] if denied is not None else []
    for field in table.fields:
        column = table.values(field)
        is_near = any(map(Said([" ".join(behind)]).has, _own_words(field)))
        if is_near and 0 in column and all(type(value) in (int, float) for value in column):
            return Condition(
                field, lambda value: value == 0, frozenset(_own_words(field)) | _DENIALS
            )
        is_empty = [not is_there(value) for value in column]
        if any(is_empty) and not all(is_empty) and is_near:
            words = frozenset(_own_words(field)) | _DENIALS
            return Condition(field, lambda value: not is_there(value), words)
    return None
