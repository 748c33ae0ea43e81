"""The records of a list that meet every condition of a question: *free and at least 120 m long*."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.comparisons import amount_of, limits_in, unit_of
from function.reflection.checks.facts.parsed_text import ParsedText, is_near
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.records.conditions import Condition
from function.reflection.checks.facts.states import agrees, is_state
from function.reflection.checks.facts.tables import naming_key
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    find_name,
    telling_words,
    words_of_name,
)
from function.reflection.text.words import fold

MOST_UNEXPLAINED = 3
"""Words of a question that no condition and no record explains: more may narrow it further."""
_NEED = re.compile(r"(?<![\w.,:-])(?P<number>\d+(?:[.,]\d{1,2})?)[ -]?(?P<unit>°?[a-z]+)")
"""A number of what has to fit in, without a comparison."""
_WITHIN = re.compile(
    r"\b(?:within|in under|dentro de|em ate) (?=\d+ [^\W\d_]+(?! (?:and|to|e|a) \d))"
)
NEAR = 3
"""Words before a limit among which a field is named."""
_ROOM = frozenset(
    WORD.findall("max capacity capacidade seats lugares load carga lift limit limite maximo maxima")
)
"""Words of fields that hold how much fits into something."""
_SIZES = frozenset(
    WORD.findall("t kg g m cm km l gb mb tb kw w people persons guests seats pessoas lugares")
)
"""Units of what has to fit in, which something may have more of."""
_BEFORE = re.compile(
    r"\b(?P<side>before|by|until|antes d[aeo]s?|ate(?: as)?|after|from|depois d[aeo]s?|"
    r"a partir d[aeo]s?) (?P<time>\d{1,2}(?:[:h]\d{2}|h\b|:\d\d))"
)
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})?")
_ASKING = frozenset(
    WORD.findall(
        "must should need needs needed take takes can able enough tem ter deve precisa ser estar "
        "pick choose serve serves right fits fit it certo cabe escolha suitable available least "
        "more less than big large com mais menos grande"
    )
)


def records_that_meet(
    question: Question, table: str, records: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]] | None:
    """Return the records that meet every condition of a question, None where it states none or
    has words that no condition explains.

    :param table: the name of the list.
    """
    if len({tuple(record) for record in records}) > 1:
        return None
    text = ParsedText(question.text)
    conditions = [*_flags(text, records), *_limits(question, records)]
    conditions += _values(question, records, {one.field for one in conditions})
    fields = [one.field for one in conditions]
    naming = naming_key([dict(record) for record in records])
    if not conditions or len(set(fields)) < len(fields) or naming in fields:
        return None
    used = frozenset().union(*(one.words for one in conditions)) | _ASKING
    known = Said([" ".join((*words_of_name(table), *records[0]))])
    strange = {
        word
        for word in question.content_words()
        if word not in used | GENERIC_WORDS | FUNCTION_WORDS and not known.has(word)
    }
    if len(strange) > MOST_UNEXPLAINED or any(map(str.isdigit, "".join(strange))):
        return None
    return [
        record for record in records if all(one.holds(record.get(one.field)) for one in conditions)
    ]


def _flags(text: ParsedText, records: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    """Yield what a question wants of fields that are true or false, or hold a state."""
    for field in records[0]:
        values = [record.get(field) for record in records]
        if all(isinstance(value, bool) for value in values):
            words = telling_words(field)
            for first, last in text.places(words):
                denied = text.is_denied(first, last, behind=False)
                if denied is not None:
                    wanted = not denied
                    yield Condition(
                        field,
                        lambda value, wanted=wanted: value is wanted,  # type: ignore[misc]
                        frozenset(token.word for token in text.tokens[first : last + 1]),
                    )
                    break
        elif all(isinstance(value, str) for value in values):
            yield from _states(text, field, values)


def _values(
    question: Question, records: Sequence[Mapping[str, Any]], others: set[str]
) -> Iterator[Condition]:
    """Yield the values that a question says of fields that hold a text."""
    for field in records[0]:
        values = [record.get(field) for record in records]
        if field in others or not all(isinstance(value, str) for value in values):
            continue
        said = {
            value
            for value in map(fold, map(str, values))
            if value not in FUNCTION_WORDS and find_name(question.folded, value) >= 0
        }
        if len(said) == 1:
            (wanted,) = said
            words = frozenset(WORD.findall(wanted))
            yield Condition(field, lambda value, wanted=wanted: fold(value) == wanted, words)  # type: ignore[misc]


def _states(text: ParsedText, field: str, values: Sequence[Any]) -> Iterator[Condition]:
    for place, token in enumerate(text.tokens):
        if not is_state(token.word):
            continue
        if None in {agrees(token.word, value) for value in values}:
            continue
        denied = text.is_denied(place, place, behind=False)
        if denied is None:
            continue
        yield Condition(
            field,
            lambda value, word=token.word, denied=denied: agrees(word, value) is not denied,  # type: ignore[misc]
            frozenset((token.word,)),
        )
        return


def _limits(question: Question, records: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    """Yield the limits of a question, and what has to fit in, each with the column it is of."""
    folded = _WITHIN.sub("at most ", question.folded)
    numeric = {
        field: amounts
        for field in records[0]
        if None not in (amounts := [amount_of(record.get(field)) for record in records])
    }
    found = list(limits_in(folded))
    for limit in found:
        if limit is None:
            continue
        before = WORD.findall(re.split(r"\d", folded[: limit.span[0]])[-1])[-NEAR:]
        field = _column(limit.unit, limit.words.union(before), numeric)
        if field is not None:
            yield Condition(field, _compared(limit.holds, limit.number), limit.words)
    for match in _BEFORE.finditer(folded):
        yield from _times(match, records)
    if found:
        return
    for match in _NEED.finditer(folded):
        unit = unit_of(match["unit"])
        rooms = {
            field: amounts
            for field, amounts in numeric.items()
            if not _ROOM.isdisjoint(words_of_name(field))
            or (unit in _SIZES and _column(unit, frozenset(), {field: amounts}, alone=False))
        }
        words = frozenset((match["number"], match["unit"]))
        if (field := _column(unit, words, rooms)) is not None:
            number = float(match["number"].replace(",", "."))
            yield Condition(field, _compared(float.__ge__, number), words)


def _compared(holds: Callable[[float, float], bool], number: float) -> Callable[[Any], bool]:
    def is_met(value: Any) -> bool:
        amount = amount_of(value)
        return amount is not None and holds(amount[0], number)

    return is_met


def _column(
    unit: str,
    words: frozenset[str],
    numeric: Mapping[str, Sequence[Any]],
    *,
    alone: bool = True,
) -> str | None:
    """Return the one field of numbers that a limit is of: by its unit, by a word, or alone."""
    by_unit = [
        field
        for field, amounts in numeric.items()
        if unit
        and (
            unit in map(unit_of, words_of_name(field))
            or any(is_near(unit, word) for word in telling_words(field))
            or {amount[1] for amount in amounts} == {unit}
        )
    ]
    if len(by_unit) == 1:
        return by_unit[0]
    named = [
        field
        for field in numeric
        if any(is_near(word, other) for word in telling_words(field) for other in words)
    ]
    if len(named) == 1:
        return named[0]
    plain = [
        field
        for field in numeric
        if not unit or UNITS.isdisjoint(words_of_name(field)) or unit not in UNITS
    ]
    return plain[0] if alone and len(plain) == len(numeric) == 1 else None


def _times(match: re.Match[str], records: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    """Yield the limit of a time of day, where the records have one field of times."""
    wanted = _minutes(match["time"])
    fields = [
        field
        for field in records[0]
        if all(_minutes(str(record.get(field))) is not None for record in records)
    ]
    if wanted is None or len(fields) != 1:
        return
    is_upper = match["side"].startswith(("before", "by", "until", "antes", "ate"))
    is_strict = match["side"].startswith(("before", "after", "antes", "depois"))

    def is_met(value: Any) -> bool:
        minutes = _minutes(str(value))
        if minutes is None:
            return False
        if minutes == wanted:
            return not is_strict
        return (minutes < wanted) is is_upper

    words = frozenset(re.findall(r"[^\W_]+", match.group()))
    yield Condition(fields[0], is_met, words)


def _minutes(text: str) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    return None if found is None else 60 * int(found[1]) + int(found[2] or 0)
