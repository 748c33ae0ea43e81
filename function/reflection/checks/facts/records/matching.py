"""The records of a list that meet every condition of a question: *free and at least 120 m long*."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.comparisons import amount_of, limits_in, unit_of
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.records.conditions import conditions_in, unit_in
from function.reflection.checks.facts.records.reading import Reading
from function.reflection.checks.facts.superlatives import superlative_in
from function.reflection.checks.facts.tables import Condition, RecordTable, naming_key
from function.reflection.checks.facts.vocabulary import WORD, word_set, words_of_name

MOST_UNEXPLAINED = 3
"""Words of a question that no condition and no record explains: more may narrow it further."""
_NEED = re.compile(r"(?<![\w.,:-])(?P<number>\d+(?:[.,]\d{1,2})?)[ -]?(?P<unit>°?[a-z]+)")
"""A number of what has to fit in, without a comparison."""
_ROOM = word_set("max capacity capacidade seats lugares load carga lift limit limite maximo maxima")
"""Words of fields that hold how much fits into something."""
_SIZES = word_set("t kg g m cm km l gb mb tb kw w people persons guests seats pessoas lugares")
"""Units of what has to fit in, which something may have more of."""
_ASKING = word_set(
    "must should need needs needed take takes can able enough tem ter deve precisa ser estar pick "
    "choose serve serves right fits fit it certo cabe escolha suitable available least more less "
    "than big large com mais menos grande"
)


def records_that_meet(
    question: Question, table: str, records: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]] | None:
    """Return the records that meet every condition of a question, None where it states none or
    has words that no condition explains.

    :param table: the name of the list.
    """
    rows = [dict(record) for record in records]
    if len({tuple(record) for record in rows}) > 1:
        return None
    need = None if any(limits_in(question.folded)) else _need(question, rows)
    asked = question
    if need is not None:
        asked = Question(question.text.lower().replace(need[0], " "))
    named = RecordTable(table, naming_key(rows), rows, [])
    found = conditions_in(asked, named)
    reading = Reading(asked, named, found or [], [])
    if found is None or reading.names_record:
        return None
    conditions = [*reading.conditions, *([need[1]] if need is not None else [])]
    superlative = superlative_in(question.folded)
    words = superlative.words if superlative is not None else ()
    strange = reading.unexplained(*rows[0], *words) - _ASKING
    if not conditions or len(strange) > MOST_UNEXPLAINED or any(map(str.isdigit, "".join(strange))):
        return None
    return [one for one in records if all(each.holds(one.get(each.field)) for each in conditions)]


def _need(question: Question, records: Sequence[Mapping[str, Any]]) -> tuple[str, Condition] | None:
    """Return what has to fit in, in a question's words, and the field that has room for it."""
    found = []
    for match in _NEED.finditer(question.folded):
        unit, number = unit_of(match["unit"]), float(match["number"].replace(",", "."))
        for field in records[0]:
            amounts = [amount_of(record.get(field)) for record in records]
            units = {amount[1] or unit_in(field) for amount in amounts if amount is not None}
            names = {*words_of_name(field), *map(unit_of, words_of_name(field))}
            is_size = unit in _SIZES and (
                units == {unit} or not names.isdisjoint((unit, match["unit"]))
            )
            if None not in amounts and (is_size or not _ROOM.isdisjoint(names)):
                found.append((match[0], field, number))
    if len(found) != 1:
        return None
    said, field, number = found[0]

    def holds(value: Any) -> bool:
        amount = amount_of(value)
        return amount is not None and amount[0] >= number

    return said, Condition(field, holds, frozenset(WORD.findall(said)))
