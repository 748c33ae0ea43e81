"""What a demanded list holds: a list of the facts, or one field of their records, where the
question says which.

"The open bills, comma-separated" demands the names of the records whose state is *open*, and no
other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from function.json_tree import walk
from function.reflection.checks.facts.expected import Expected, place_of
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.records.reading import read_question
from function.reflection.checks.facts.states import is_state
from function.reflection.checks.facts.superlatives import is_limited, superlative_in
from function.reflection.checks.facts.tables import NAMING, RecordTable
from function.reflection.checks.facts.vocabulary import Said, telling_words, word_set, words_of_name
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.text.words import fold

MOST_LISTED = 30
MOST_UNEXPLAINED = 2
"""Words that may say more of a list that is named, and whose length is said."""
_ASKING = word_set(
    "list lists name names give write print output enumerate return order liste lista listar ids "
    "id nome nomes escreva enumere retorne ordem that were was are who eram foram all todos todas"
)
"""Words that ask for a list and say nothing of what it holds."""
_FIELDS = {(name,) for name in NAMING}
"""Names of fields that tell a record from a map of names."""
_COMPOUND = ("names", "name", "ids", "id")
"""Ends of words such as *hostnames*."""


def expected_list(
    question: Question, context: Mapping[str, Any], *, is_sorted: bool = False
) -> Expected | None:
    """Return the demand that an answer has every entry of the one list that is asked for.

    :param is_sorted: whether in alphabetical order, else in that of the list.
    """
    folded = question.folded
    if question.is_open or superlative_in(folded) is not None or is_limited(folded):
        return None
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path, value in walk(context):
        entries = _entries(value) if path else value
        if isinstance(entries, list) and 1 < len(entries) <= MOST_LISTED:
            named = [str(part) for part in path if not isinstance(part, int)]
            for values, others in _lists(question, " ".join(named), entries):
                found.setdefault(values, others)
    if len(found) != 1:
        return None
    ((values, others),) = found.items()
    return _demand(sorted(values, key=fold) if is_sorted else values, others)


def _entries(value: Any) -> Any:
    """Return the entries of a map of names and states as records; all else as it is."""
    if not isinstance(value, dict) or any(words_of_name(key) in _FIELDS for key in value):
        return value
    values = list(value.values())
    if not all(isinstance(one, str | bool) for one in values) or len(set(values)) == len(values):
        return value
    return [{"name": key, "value": one} for key, one in value.items()]


def _lists(
    question: Question, table: str, entries: Sequence[Any]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield what a question may ask for of one list, each with what it leaves out."""
    if all(isinstance(one, str) for one in entries):
        if _is_named(question, table) and _says_no_more(question, table, len(entries)):
            yield tuple(entries), ()
        return
    records = [one for one in entries if isinstance(one, dict)]
    field = _field(question, table, records) if len(records) == len(entries) else None
    if field is None or (kept := _kept(question, table, field, records)) is None:
        return
    values = tuple(str(record[field]) for record in kept)
    others = tuple(str(record[field]) for record in records if record not in kept)
    if values:
        yield values, others


def _words(question: Question) -> set[str]:
    """Return the words of a question that say what is listed; *hostnames* are names of hosts."""
    found = set()
    for word in question.content_words():
        end = next(
            (end for end in _COMPOUND if word.endswith(end) and len(word) > len(end) + 2), ""
        )
        found.add(word.removesuffix(end))
    return found - _ASKING - GENERIC_WORDS - FUNCTION_WORDS


def _is_named(question: Question, name: str) -> bool:
    said = Said([" ".join(_words(question))])
    return any(said.has(word) for word in words_of_name(name) if len(word) > 1)


def _says_no_more(question: Question, table: str, length: int) -> bool:
    """Return whether a question says nothing of a list but its name; where it says how many
    entries it wants, and the list has as many, it may call them by another word."""
    known = Said.named(table)
    strange = {word for word in _words(question) if not known.has(word)}
    counted = {word for word in strange if word.isdigit() or word in UNITS}
    numbers = {int(word) if word.isdigit() else UNITS[word] for word in counted}
    if numbers:
        return numbers == {length} and len(strange - counted) <= MOST_UNEXPLAINED
    return not strange


def _field(question: Question, table: str, records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the field whose values are listed: named, or the one that names the records."""
    shared = [
        field
        for field in records[0]
        if all(isinstance(one.get(field), str | int) for one in records)
        and not any(isinstance(one[field], bool) for one in records)
    ]
    of_table = Said.named(table)
    named = [
        field
        for field in shared
        if question.said.has_forms(telling_words(field))
        and not all(map(of_table.has_form, words_of_name(field)))
    ]
    named = named or [
        field
        for field in shared
        if question.said.has_all(telling_words(field))
        and not any(map(of_table.has, words_of_name(field)))
    ]
    if len(named) == 1:
        return named[0]
    wants_names = not {"names", "nomes"}.isdisjoint(question.said.words)
    if named or not (wants_names or _is_named(question, table)):
        return None
    keys = [key for name in NAMING for key in shared if words_of_name(key) == (name,)]
    keys += [field for field in shared if isinstance(records[0][field], str)]
    return next(iter(keys), None)


def _kept(
    question: Question, table: str, field: str, records: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]] | None:
    """Return the records of which what a question says is true, None where that is not plain."""
    own = Said([" ".join((*words_of_name(table), *words_of_name(field)))])
    strange = {word for word in _words(question) if not own.has(word)}
    strange |= {word for word in question.said.words if is_state(word) and not own.has_form(word)}
    if not strange:
        return list(records)
    reading = read_question(question, RecordTable(table, field, [dict(one) for one in records], []))
    if reading is None or not reading.conditions or reading.unexplained(field) - _ASKING:
        return None
    return list(reading.records)


def _demand(values: Sequence[str], others: Sequence[str]) -> Expected:
    listed = ", ".join(values)

    def is_met(text: str) -> bool:
        folded = fold(text)
        places = [place_of(folded, value) for value in values]
        in_order = -1 not in places and places == sorted(places)
        return in_order and not any(place_of(folded, other) >= 0 for other in others)

    reason = f"the facts give {listed}; the answer must list each of them and no other"
    return Expected("asked_list", reason, is_met, f"{listed}.", tuple(values))
