"""The demands for one field of a record, and for the names of some records and no others.

Where *Which rooms are free?* means Elm and Fir, *Elm and Fir* meets the demand, and *Elm, Fir and
Ash* does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from function.reflection.checks.facts.expected import (
    Expected,
    capitalized,
    denies,
    listed,
    place_of,
    says_value,
    says_words,
)
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.records.reading import Reading
from function.reflection.checks.facts.vocabulary import words_of_name
from function.reflection.text.words import fold

MOST_LISTED = 12
_ASKS_VALUE = re.compile(r"\W*(?:what(?:'s| is| was| are)|how|qual)\b")
_CLAUSE = re.compile(
    r"[.;!?](?=\s|$)|\n|\b(?:while|whereas|but|followed by|then|enquanto|mas|seguid[oa] por)\b"
)


def _is_apart(folded: str, names: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether the first or the last clause of a folded text that names any of them has what
    is asked for alone: an answer may compare before it decides, or after."""
    clauses = [
        (
            any(place_of(part, one) >= 0 for one in names),
            any(place_of(part, o) >= 0 for o in others),
        )
        for part in _CLAUSE.split(folded)
    ]
    places = [place_of(folded, one) for one in names]
    behind = folded[places[0] + len(names[0]) :] if len(names) == 1 and places[0] >= 0 else ""
    if behind and not any(0 <= place_of(folded, other) < places[0] for other in others):
        listed = "|".join(re.escape(fold(other)) for other in others)
        return (
            not listed
            or re.match(
                rf"\W*(?:(?:and|e|or|ou|is|was|foi)\s)?(?:the |o |a )?(?:{listed})\b", behind
            )
            is None
        )
    telling = [each for each in clauses if any(each)]
    return not telling or (True, False) in (telling[0], telling[-1])


def name_of_record(reading: Reading, record: dict[str, Any]) -> str:
    """Return what a record is called, empty where nothing names it."""
    key = reading.table.key
    return str(record[key]) if key is not None else ""


def say_field(reading: Reading, record: dict[str, Any], field: str) -> Expected:
    """Return the demand for one field of one record."""
    question, table = reading.question, reading.table
    if field == table.key:
        return say_names(reading, [record], None)
    name = name_of_record(reading, record)
    path = table.paths[table.records.index(record)]
    path = path if table.key == "" and field == table.name else f"{path}.{field}"
    others = [one[field] for one in table.records if one.get(field) is not None]
    return say_value(
        question, path, record[field], others, question.spelled(field or table.name), name
    )


def say_value(
    question: Question, path: str, value: Any, others: Sequence[Any], label: str, name: str
) -> Expected:
    """Return the demand for a value and for none of others, unless these are told apart from it.

    :param label: what the value is, ``name`` whose it is, for the answer.
    """
    apart = [
        other
        for other in set(map(str, others)) - {str(value)}
        if place_of(fold(str(value)), other) < 0 and place_of(question.folded, other) < 0
    ]
    of = f" ({name})" if name else ""
    stated = f"{capitalized(label)}{of}: {value}."
    reason = f"the facts tell {path}: {value}; the answer must say it"

    def is_met(text: str) -> bool:
        return says_words(text, value) and _is_apart(fold(text), [str(value)], apart)

    return Expected("asked_record", reason, is_met, stated, (str(value),))


def say_names(reading: Reading, records: Sequence[dict[str, Any]], column: str | None) -> Expected:
    """Return the demand for the names of some records and of no others."""
    names = [name_of_record(reading, record) for record in records]
    others = [
        other
        for record in reading.table.records
        if (other := name_of_record(reading, record)) not in names
        and not any(place_of(fold(name), other) >= 0 for name in names)
    ]
    values = [
        f"{' '.join(words_of_name(field)) or reading.table.name}: {record.get(field)}"
        for record in records[:1]
        for field in ([column] if column is not None else [])
    ]
    all_names = listed(names, is_portuguese=reading.question.is_portuguese)
    shown = f"{all_names} ({values[0]})" if values else all_names
    reason = f"the facts tell {shown} and no other; the answer must say {all_names}"

    asks_value = _ASKS_VALUE.match(reading.question.folded) is not None
    value = records[0].get(column) if column is not None and asks_value else None

    told = "" if column is None else str(records[0].get(column))
    own = {str(each) for record in records for each in record.values()}
    stated = {str(each) for record in reading.table.records for each in record.values()}
    of_others = stated - own - set(names) - set(others) if column is not None else set()
    of_others = {each for each in of_others if any(map(str.isdigit, each))}

    def is_met(text: str) -> bool:
        folded = fold(text)
        if denies(text) and not denies(reading.question.text):
            return False
        if any(says_value(text, each) for each in of_others) and not says_value(text, told):
            return False  # the value of another record is said of this one
        if value is not None and any(map(str.isdigit, str(value))) and says_value(text, value):
            return not any(place_of(folded, other) >= 0 for other in others)
        has_all = all(place_of(folded, name) >= 0 for name in names)
        return has_all and _is_apart(folded, names, others)

    return Expected("asked_entry", reason, is_met, f"{shown}.", tuple(names))
