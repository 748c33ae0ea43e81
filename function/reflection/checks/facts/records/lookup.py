"""One field of the one record of a list that a question identifies by its values or its place.

*Who has the key of the garage?* with ``{"door": "garage", "holder": "Paulo"}`` among others: Paulo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from function.json_tree import walk
from function.reflection.checks.facts.absence.untold import untold
from function.reflection.checks.facts.amounts import is_moment
from function.reflection.checks.facts.asked_fact import can_be_said
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import GENERIC_WORDS, Question
from function.reflection.checks.facts.records.conditions import values_said
from function.reflection.checks.facts.records.demands import say_value
from function.reflection.checks.facts.records.reading import (
    MOST_UNEXPLAINED,
    may_be_person,
    only_named,
)
from function.reflection.checks.facts.states import is_state_field
from function.reflection.checks.facts.superlatives import superlative_in
from function.reflection.checks.facts.tables import RecordTable, naming_key
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    meanings_of,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.text.words import fold

MOST_RECORDS = 60
_ORDINALS = (
    r"(?:second|2nd|segund[oa]|2[oaºª])", r"(?:third|3rd|terceir[oa]|3[oaºª])",
    r"(?:fourth|4th|quart[oa]|4[oaºª])", r"(?:fifth|5th|quint[oa]|5[oaºª])",
)  # fmt: skip
_SECOND = 2
_WHAT_IS_THERE = re.compile(
    r"\b(?:what(?:'s| is)?|o que (?:ha|tem|esta|fica)) (?:there )?(?:in|on|at|no|na|em)\b"
)
_ASKED_NOUN = re.compile(r"\b(?:which|what|qual|quais|que) ([^\W\d_]{2,})")
_READS = re.compile(r"\b(?:reads?|shows?|measures?|says?|marca|mede|mostra|indica|registra)\b")
_HAPPENED = word_set(
    "done made run ran happen happened take place took feito feita rodou aconteceu ocorreu "
    "realizado realizada"
)
"""Verbs of whatever has a time."""
_NUMBERED = re.compile(r"([^\W\d_]{3,})(?: (?:number|no|numero|n))?[ #:]*(\d+)\b")


class FoundRecord(NamedTuple):
    """A record, and the fields whose values a question says."""

    path: str
    records: Sequence[Mapping[str, Any]]
    place: int
    said: tuple[str, ...]
    """Fields by whose values the record is identified; none where its place is said."""
    ordinal: str = ""

    @property
    def record(self) -> Mapping[str, Any]:
        """The record itself."""
        return self.records[self.place]


def expected_cell(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that an answer says a field of the one record that a question names."""
    if question.wants_more or superlative_in(question.folded) is not None:
        return None
    lists = list(lists_of(context))
    found = [one for path, records in lists if (one := identified(question, path, records))]
    if len(found) == 1:
        field = _asked_field(question, found[0])
        return None if field is None else _demand(question, found[0], field)
    if not found and len(lists) == 1:
        return untold(question, _missing_number(question, lists[0][1]))
    return None


def expected_of_named(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand for the one time, or the one person, of the record whose name is said."""
    if question.wants_more:
        return None
    found = []
    for path, value in walk(context):
        name = path[-1] if path else None
        if not isinstance(value, dict) or not isinstance(name, str):
            continue
        if question.said.has_forms(telling_words(name)):
            found.append(FoundRecord(".".join(map(str, path)), [value], 0, (), name))
    if len(found) != 1:
        return None
    answers = {
        field: value
        for field, value in _sayable(found[0]).items()
        if not question.said.has_all(WORD.findall(fold(str(value))))  # *Whose boat is Albatroz?*
    }
    field = _by_kind(question, answers)
    if field is None or question.has_superlative_beside(field):
        return None
    near = _near(found[0])
    if any(not near.has(word) for word in set(question.content_words()) - _HAPPENED):
        return None
    return _demand(question, found[0], field)


def lists_of(context: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each list of several records with its dotted path."""
    for path, value in walk(context):
        if not isinstance(value, list) or not 1 < len(value) <= MOST_RECORDS:
            continue
        if all(isinstance(one, dict) and one for one in value):
            yield ".".join(map(str, path)), value


def _table(path: str) -> tuple[str, ...]:
    """Return the words of the name of a list."""
    return words_of_name(path.rpartition(".")[2])


def identified(
    question: Question, path: str, records: Sequence[Mapping[str, Any]]
) -> FoundRecord | None:
    """Return the one record of a list that a question names, None where it names no or several."""
    table = RecordTable(path.rpartition(".")[2], naming_key(records), list(map(dict, records)), [])
    said = values_said(question, table)
    if not said:
        return _at_place(question, path, records)
    places = [
        place
        for place, record in enumerate(records)
        if all(one.holds(record.get(one.field)) for one in said)
    ]
    if len(places) != 1:
        return None
    return FoundRecord(path, records, places[0], tuple(one.field for one in said))


def missing_cell(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand to say that a field of the one record that a question names is empty."""
    for path, records in lists_of(context):
        found = identified(question, path, records)
        if found is None:
            continue
        for field, value in found.record.items():
            if value is None and question.said.has_all(telling_words(field)):
                return untold(question, f"{found.path}.{found.place + 1}.{field}")
    return None


def _at_place(
    question: Question, path: str, records: Sequence[Mapping[str, Any]]
) -> FoundRecord | None:
    """Return the record whose place in the list is said; in a list with times another order may be
    meant."""
    has_times = any(is_moment(str(value)) for record in records for value in record.values())
    places = list(range(1, len(records) + 1))
    if has_times and all([one.get(field) for one in records] != places for field in records[0]):
        return None  # no field counts them from one
    names = Said([" ".join(_table(path))])
    for number, ordinal in enumerate(_ORDINALS, _SECOND):
        found = re.search(rf"\b{ordinal} ([^\W\d_]+)", question.folded)
        if found is not None and names.has_form(found[1]) and number <= len(records):
            return FoundRecord(path, records, number - 1, (), found[0])
    return None


def _asked_field(question: Question, found: FoundRecord) -> str | None:
    """Return the field that is asked for: named, or the only one of the kind asked for."""
    rest = _sayable(found)
    near = _near(found)
    if any(not near.has_all(WORD.findall(fold(name))) for name in question.names):
        return None
    if any(not near.has_form(time) for time in question.times):
        return None
    words = set(question.content_words()) - GENERIC_WORDS
    strange = {word for word in words if not near.has(word)}
    if len(strange) > MOST_UNEXPLAINED:
        return None
    asked = _ASKED_NOUN.search(question.folded)
    if asked is not None and Said([" ".join(_table(found.path))]).has_form(asked[1]):
        names = Said.named(*found.record)
        if not names.has_form(asked[1]):
            return None  # the name of a record is asked for
    owners = {first for first, _ in question.objects} | set(WORD.findall(found.ordinal))
    named = [
        field
        for field in rest
        if question.said.has_all(telling_words(field))
        and not owners.issuperset(words_of_name(field))
    ]
    if named:
        return only_named(named, question.said, question, rest)
    if any(meanings_of(word) - {"duration"} for word in strange):
        return None  # another field is named, which is not there
    if any(map(is_state_field, found.said)):
        return None  # when it was shipped is not when it was ordered
    if _READS.search(question.folded) and any(not _READS.fullmatch(word) for word in strange):
        return None  # what shows the disk shows no latency
    field = _by_kind(question, rest)
    is_other = strange and field is not None and any(map(meanings_of, words_of_name(field)))
    # Of one who cleaned a room nothing is known where only its guest is.
    return None if is_other and question.asks_who else field


def _sayable(found: FoundRecord) -> dict[str, Any]:
    """Return the fields of a record that are not said, with values that an answer can have."""
    return {
        field: value
        for field, value in found.record.items()
        if field not in found.said and can_be_said(value)
    }


def _near(found: FoundRecord) -> Said:
    """Return the words of a record and of its names."""
    fields = [f"{' '.join(words_of_name(field))} {value}" for field, value in found.record.items()]
    return Said([" ".join(_table(found.path)), found.ordinal, *fields])


def _by_kind(question: Question, rest: Mapping[str, Any]) -> str | None:
    folded = question.folded
    if question.asks_who:
        found = [field for field, value in rest.items() if may_be_person(value)]
    elif question.asks_for_moment:
        found = [field for field, value in rest.items() if is_moment(str(value))]
    elif _READS.search(folded):
        found = [field for field, value in rest.items() if any(map(str.isdigit, str(value)))]
    else:
        found = list(rest) if _WHAT_IS_THERE.search(folded) else []
    return found[0] if len(found) == 1 else None


def _demand(question: Question, found: FoundRecord, field: str) -> Expected:
    names = [_named(one, found.record[one]) for one in found.said] or [found.ordinal]
    place = f".{found.place + 1}" if len(found.records) > 1 else ""
    others = [record[field] for record in found.records if field in record]
    return say_value(
        question,
        f"{found.path}{place}.{field}",
        found.record[field],
        others,
        question.spelled(field),
        ", ".join(names),
    )


def _named(field: str, value: object) -> str:
    text = str(value)
    is_plain = not text.isdigit()
    return text if is_plain else f"{field.replace('_', ' ')} {text}"


def _missing_number(question: Question, records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the number of a record that is not there, where others of its field are."""
    numbered = _NUMBERED.findall(question.folded)
    if len(numbered) != 1 or len(question.sentences) != 1:
        return None
    word, number = numbered[0]
    for field in records[0]:
        values = {str(record.get(field, "")) for record in records}
        if not all(map(str.isdigit, values)) or number in values:
            continue
        if len(values) == len(records) and Said.named(field).has_form(word):
            return f"{word} {number}"
    return None
