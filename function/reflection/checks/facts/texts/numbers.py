"""Numbers of a text that fields of an answer hold: beside their noun, in their unit, or alone.

"2 nights for 3 guests" gives ``nights`` and ``guests``, and "it weighs 12 kg" the ``weight_kg``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from function.reflection.checks.facts.comparisons import is_unit, unit_of
from function.reflection.checks.facts.parsed_text import ParsedText, is_near
from function.reflection.checks.facts.vocabulary import UNITS, words_of_name
from function.reflection.checks.numbers import one_meaning
from function.reflection.checks.stated_numbers import Mention
from function.reflection.text.source_text import is_written

UNDECIDED: Final = object()
"""In place of a value that a text does not tell plainly; None is a value."""
_REACH = 3
"""Words before and behind a number among which the noun of it stands."""
_UNIT = re.compile(r"[\s-]?(%|°?[A-Za-z]+\b)")
_DAYS = frozenset(("day", "date", "dia", "data"))
_UNITS_OF_WORD = {"percent": "%", "pct": "%", "celsius": "c", "age": "year", "idade": "year"}
_KNOWN_UNITS = frozenset(map(unit_of, UNITS)) | {"%"}
_QUANTITIES = frozenset(("quantity", "qty", "count", "amount", "quantidade", "qtd", "units"))
_PEOPLE = frozenset(("people", "persons", "guests", "pessoas", "convidados", "seats"))
_AGES = frozenset(("age", "idade"))
_NO_AGE = frozenset(("of", "de", "ago", "atras", "warranty", "guarantee", "garantia"))
"""Words behind *years* that are not those of an age."""
_TIMES = frozenset(("at", "from", "until", "till", "by", "as", "das", "ate"))
"""Words before the hour of a day."""


def numbers_of_text(
    fields: Mapping[str, set[str]], text: ParsedText, *, portuguese: bool
) -> dict[str, Any]:
    """Return the one number that a text tells for a field; None for a field that may be null and
    has nothing of its kind in the text.

    :param fields: the types of each field that holds a number.
    """
    found: dict[str, Any] = {}
    taken: set[int] = set()
    free = [one for one in text.numbers if not one.article]
    names = [name for name in fields if not is_written(name)]
    for name in names:
        own = _own(name, text)
        values = {_value(one, text, portuguese=portuguese) for one in own}
        if len(values) == 1:
            found[name] = values.pop()
            taken |= {one.start for one in own}
    rest = [one for one in free if one.start not in taken and _is_plain(one, text)]
    counted = [name for name in names if name not in found and _is_count_of(name, rest, text)]
    if len(counted) == 1 and len(fields[counted[0]]) == 1:
        found[counted[0]] = _value(rest[0], text, portuguese=portuguese)
    for name in names:
        if name not in found and "null" in fields[name] and not _own(name, text):
            is_named = any(
                is_near(word, token.word) for word in _nouns(name) for token in text.tokens
            )
            units = _units(name)
            strange = units and all(_unit_behind(one, text) not in units for one in rest)
            if "string" not in fields[name] and (not rest or (strange and not is_named)):
                found[name] = None
    return {
        name: value
        for name, value in found.items()
        if value is None or "number" in fields[name] or isinstance(value, int)
    }


def _is_plain(mention: Mention, text: ParsedText) -> bool:
    """Return whether a number is no time and no day of a month."""
    is_time = mention.clock or not _TIMES.isdisjoint(mention.before[-1:])
    return not is_time and not text.is_ordinal(mention)


def _own(name: str, text: ParsedText) -> list[Mention]:
    """Return the numbers that are likeliest a field's, all that are equally near."""
    ranked = [(rank, one) for one in text.numbers if (rank := _rank(name, one, text)) is not None]
    best = max((rank for rank, _ in ranked), default=None)
    return [one for rank, one in ranked if rank == best]


def _rank(name: str, mention: Mention, text: ParsedText) -> tuple[int, int] | None:
    """Return how many words of a field stand beside a number, and how near; None for none."""
    nouns, units = _nouns(name), _units(name)
    if text.is_ordinal(mention) and _DAYS.isdisjoint(words_of_name(name)):
        return None
    place = next(i for i, token in enumerate(text.tokens) if token.end > mention.start)
    clause = text.tokens[place].clause
    before = [
        token.word
        for token in text.tokens[max(place - _REACH, 0) : place]
        if token.clause == clause
    ][::-1]
    width = len([1 for token in text.tokens[place:] if token.start < mention.end])
    behind = [
        token.word
        for token in text.tokens[place + width : place + width + _REACH]
        if token.clause == clause
    ]
    behind = _up_to_number(behind)
    before = _up_to_number(before)
    matched = 0
    distance = _REACH
    for noun in nouns:
        near = [
            i for words in (behind, before) for i, word in enumerate(words) if is_near(noun, word)
        ]
        if near:
            matched += 1
            distance = min(distance, *near)
    has_unit = bool(units) and _unit_behind(mention, text) in units
    if text.is_ordinal(mention) and not matched:
        return (1, 0)
    if mention.article and distance:
        return None
    if not matched and not has_unit:
        return None
    if not _AGES.isdisjoint(nouns) and not _NO_AGE.isdisjoint(behind[1:2]):
        return None
    if units and not has_unit and _unit_behind(mention, text) in _KNOWN_UNITS:
        return None
    return matched * 2 + has_unit, -distance


def _up_to_number(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        if word.isdigit():
            break
        found.append(word)
    return found


def _is_unit(word: str) -> bool:
    return (is_unit(word) or word in _UNITS_OF_WORD) and word not in _DAYS


def _nouns(name: str) -> list[str]:
    return [word for word in words_of_name(name) if word in _UNITS_OF_WORD or not _is_unit(word)]


def _units(name: str) -> set[str]:
    words = filter(_is_unit, words_of_name(name))
    return {_UNITS_OF_WORD.get(word, unit_of(word)) for word in words}


def _unit_behind(mention: Mention, text: ParsedText) -> str:
    found = _UNIT.match(text.text[mention.end :])
    return unit_of(found[1]) if found is not None else ""


def _is_count_of(name: str, rest: Sequence[Mention], text: ParsedText) -> bool:
    """Return whether a field is a quantity, and the one number left counts things; or a number of
    people, and the number counts nothing that is said: *we are seven*."""
    if len(rest) != 1 or _unit_behind(rest[0], text) in _KNOWN_UNITS:
        return False
    words = words_of_name(name)
    has_noun = bool(rest[0].after) and text.text[rest[0].end :][:1].isspace()
    return not (_QUANTITIES if has_noun else _PEOPLE).isdisjoint(words)


def _value(mention: Mention, text: ParsedText, *, portuguese: bool) -> int | float:
    written = text.text[mention.start : mention.end]
    return one_meaning(mention.values, written, portuguese=portuguese)
