"""The records of a table that a question is about: what it says of their fields.

*The open invoices above 100*: ``status`` is open, ``amount`` is over 100. A condition is only read
where a field is plainly meant; a limit or a negation that no field explains makes all unclear.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from function.reflection.checks.facts.comparisons import Limit, amount_of, limits_in, unit_of
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.records.moments import MOMENT, beside_moment, on_day
from function.reflection.checks.facts.states import agrees, is_state, is_there
from function.reflection.checks.facts.tables import Condition, RecordTable
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    are_forms,
    find_name,
    mean_the_same,
    meanings_of,
    own_words,
    word_set,
    words_of_name,
)
from function.reflection.text.words import fold

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
_DENIALS = word_set("not no without nobody none nao sem nenhum nenhuma ninguem yet ainda")
TO_DO = re.compile(
    r"\b(?:(?:still|yet) (?:has|have|needs?) to|(?:has|have|is|are) yet to|yet to|"
    r"(?<!\bit )(?<!\bthey )(?:has|have) to|"
    r"still (?:needs?|owes?)|ainda (?:precisam?|devem?|faltam?|tem que|tem de)|falt(?:a|am))\b"
)
_NEEDS = word_set(
    "need needs needed must has have requires required due pending falta faltam precisa"
)
"""Names of fields that are true of what is still to be done; others are true of what is done."""
_ASKED_NOUN = re.compile(
    r"\b(?:which|what|how (?:many|much)(?: of)?(?: (?:the|our|my))?|whose|qual(?: e)?(?: [oa])?|"
    r"quais(?: sao)?(?: [oa]s)?|quant[oa]s?(?: d[eao]s?)?|(?:em|de|a|com) que|que) ([^\W\d_]+)"
)
_MEASURED = re.compile(
    r"\b(?:how (?:late|much|long)|minutes|minutos|most|least|mais|menos)\b|est\b"
)
_ENTITY = re.compile(r"(?P<domain>[a-z_]+)\.(?P<name>\w+)")
"""What a thing is and what it is called, as in Home Assistant: *light.kitchen*."""
_COUNTED_ILLS = frozenset(("delay", "errors", "failed"))
"""Meanings of numbers of which any is too many: a train with a delay is late."""


def conditions_in(question: Question, table: RecordTable) -> list[Condition] | None:
    """Return what a question says of the records of a table, None where that is unclear."""
    noun = _ASKED_NOUN.search(question.folded)
    fields = Said.named(table.name, *table.fields)
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
    if (moment := MOMENT.search(question.folded)) is not None:
        beside = beside_moment(moment, question, table)
        if beside is None and moment["before"] not in ("on", "em"):
            return None
        found += [beside] if beside is not None else []
    limited_words = frozenset().union(*(one.words for one in found))
    values = values_said(question, table, asked | limited_words)
    if not found and (day := on_day(question, table)) is not None:
        found.append(day)
        values = [one for one in values if one.field != day.field]
    if not any(one.field == table.key for one in values):
        found += _of_entity(question, noun[1] if noun is not None else "", table)
    states = _states_said(question, table, values)
    # The Portuguese "no" denies nothing.
    silent = {"no"} if question.is_portuguese else set()
    denials = len([found for found in _NOT.finditer(question.folded) if found[0] not in silent])
    if denials and any((one.words & _DENIALS) - silent for one in values):
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
    named = [f for f in fitting or numeric if said.has_all(own_words(f))]
    # "Floor 2" gives the floor: a limit beside it is of another field.
    own = {f for f in named if re.search(rf"\b{own_words(f)[-1]} \d", question.folded)}
    named = [f for f in named if f not in own]
    plain = [f for f, unit in numeric.items() if not (limit.unit in UNITS and unit)]
    chosen = named or fitting or plain
    if len(chosen) != 1:
        return None

    def holds(value: Any) -> bool:
        amount = amount_of(value)
        return amount is not None and limit.holds(amount[0], limit.number)

    return Condition(chosen[0], holds, limit.words | frozenset(own_words(chosen[0])))


def unit_in(field: str) -> str:
    """Return the unit that a field has in its name, empty without one."""
    units = [unit_of(word) for word in words_of_name(field) if word in UNITS]
    return units[-1] if units else ""


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
            words |= {word for word in said.words if any(mean_the_same(word, w) for w in words)}
            found.append(Condition(field, partial(_is_one, kept), words, True))
    return found or _parts_said(question, table)


def _is_meant(said: Said, value: str) -> bool:
    words = WORD.findall(fold(value))
    is_short = len(words) == 1 and not any(map(str.isdigit, value))
    return is_short and bool(meanings_of(words[0])) and said.has(words[0])


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
    # As a state, "on" is "powered" in a question.
    words = [word for word in question.said.words if word not in taken and word != "on"]
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


def _of_entity(question: Question, noun: str, table: RecordTable) -> list[Condition]:
    """Return the condition that records are of the kind that begins their names, or of the one
    thing that a question calls by the rest of its name: *light.kitchen*."""
    names = [str(name) for name in table.values(table.key)] if table.key else []
    entities = [match for match in map(_ENTITY.fullmatch, names) if match]
    if table.key is None or not entities or len(entities) < len(names):
        return []
    domains = {match["domain"] for match in entities if are_forms(noun, match["domain"])}
    if len(domains) == 1:
        start = f"{domains.pop()}."
        words = frozenset((noun,))
        return [Condition(table.key, lambda name: str(name).startswith(start), words)]
    called = [match for match in entities if question.said.has_all(words_of_name(match["name"]))]
    if len(called) != 1:
        return []
    whole, name = called[0][0], Said([called[0]["name"].replace("_", " ")])
    words = frozenset(word for word in question.said.words if name.has(word))
    return [Condition(table.key, whole.__eq__, words, True)]


def _of_flag(question: Question, field: str, words: Iterable[str]) -> list[Condition]:
    own = own_words(field)
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
        verdicts = {
            agrees(word, value)
            for value in column
            if not _is_number(value)  # a sensor's reading beside lamps that are on or off
        }
        if verdicts and None not in verdicts:
            return [Condition(field, partial(_agrees, word), frozenset((word,)))]
    return []


def _is_number(value: Any) -> bool:
    return str(value).lstrip("-")[:1].isdigit()


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
        column, words = table.values(field), own_words(field)
        if not any(map(Said([" ".join(behind)]).has, words)):
            continue
        if 0 in column and all(type(value) in (int, float) for value in column):
            return Condition(field, lambda value: value == 0, _DENIALS.union(words))
        is_empty = [not is_there(value) for value in column]
        if any(is_empty) and not all(is_empty):
            return Condition(field, lambda value: not is_there(value), _DENIALS.union(words))
    return None
