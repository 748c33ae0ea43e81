"""What a question asks of the records of a context: a field, their names, an aggregate.

*Which cooks are on deck 2?* asks for names, *How many are there?* for a number, and *Which watch
has Ada?* for a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.absence.untold import says_not_known
from function.reflection.checks.facts.expected import (
    Expected,
    place_of,
    says_verdict,
    verdict_word,
)
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.records.aggregates import (
    AVERAGE,
    DIFFERENCE,
    SUM,
    average_of,
    difference_of,
    extreme_of,
    number_of,
    sum_of,
)
from function.reflection.checks.facts.records.demands import (
    MOST_LISTED,
    name_of_record,
    say_field,
    say_names,
)
from function.reflection.checks.facts.records.reading import (
    HOW_MANY,
    MOST_UNEXPLAINED,
    NARROWING,
    WHICH,
    Reading,
    asked_field,
    own_words,
    read_question,
)
from function.reflection.checks.facts.superlatives import superlative_in
from function.reflection.checks.facts.tables import RecordTable
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    meanings_of,
    word_set,
    words_of_name,
)
from function.reflection.text.words import fold

_ASKS = re.compile(
    r"\b(?:what|which|who|whose|whom|when|where|how|sum|total|average|soma|media|list|name|names|show|give|tell|return|qual|"
    r"quais|quem|quando|onde|quant[oa]s?|que|liste|nomes|diga|mostre|retorne)\b"
)

UNCLEAR = re.compile(
    r"\b(?:or|except|but|unless|if|each|every|per|percent|percentage|share|proportion|ou|exceto|"
    r"mas|menos os|cada|por cento|would|should|could|recommend|suggest|better|deve\w*|why)\b"
)

_OPENING = re.compile(
    r"^\W*(?:(?:ok|okay|well|so|right|and|then|thanks|thank you|hi|hello|hey|e|então|certo|bom|"
    r"olá|oi|obrigad[oa])\b[,.!\s]+)+",
    re.I,
)
"""Words that open a question and say nothing of what it asks."""
_STOCKED = frozenset(("stock", "quantity", "free", "available", "copies"))
"""Meanings of fields that say whether there is any of what a record is of."""
_ANY = re.compile(r"\b(?:there|have|has|any\w*|tem|ha|existem?|algu\w+)\b")
_VERDICT_WORDS = word_set(
    "have has there is are does did any anyone someone tem ha existe algum alguma"
)

_NUMBER_OF = re.compile(r"\b(?:number of|numero (?:total )?de|total de) ([a-z]+)")


def expected_of_records(
    question: Question, tables: Sequence[RecordTable], before: Iterable[str] = ()
) -> Expected | None:
    """Return the demand for what a question asks of the records of one table.

    :param before: what was said before in the conversation. Where it names some of the records,
        the question may be about those alone.
    """
    if UNCLEAR.search(question.folded) or not _ASKS.search(question.folded):
        return None
    question = Question(_OPENING.sub("", question.text))
    spoken = fold(" ".join(before))
    names = {table.name: Said([table.name, *table.fields]) for table in tables}
    ranked: list[tuple[int, Expected]] = []
    for table in tables:
        reading = read_question(question, table)
        if reading is not None and _may_mean_some(reading, spoken):
            return None
        demand = None if reading is None else _of_reading(reading)
        if reading is not None and demand is not None:
            strange = reading.unexplained(*table.fields)
            others = [said for name, said in names.items() if name != table.name]
            if any(other.has_form(word) for word in strange for other in others):
                continue  # the field of another table is asked for
            ranked.append((len(reading.unexplained()), demand))
    least = min((rank for rank, _ in ranked), default=0)
    found = {demand.values: demand for rank, demand in ranked[::-1] if rank == least}
    return next(iter(found.values())) if len(found) == 1 else None


def _may_mean_some(reading: Reading, spoken: str) -> bool:
    """Return whether several of the records, and not all, were spoken of before."""
    table = reading.table
    if not spoken or table.key is None or reading.names_record:
        return False
    names = [name for name in table.values(table.key) if place_of(spoken, str(name)) >= 0]
    return 1 < len(names) < len(table.records)


def expected_verdict_of_records(
    question: Question, tables: Sequence[RecordTable]
) -> Expected | None:
    """Return the demand for the yes or no to whether one record, or any, is as a question says."""
    if UNCLEAR.search(question.folded) or len(question.sentences) != 1:
        return None
    verdicts = []
    for table in tables:
        reading = read_question(question, table)
        if reading is None or len({one.field for one in reading.conditions}) < 2:
            continue
        if reading.unexplained() - _VERDICT_WORDS:
            continue
        fields = [meanings_of(word) for each in table.fields for word in words_of_name(each)]
        if not _STOCKED.isdisjoint(frozenset().union(*fields)):
            continue  # what is listed may be sold out
        named = [one for one in reading.conditions if one.field == table.key]
        about = table.meeting(named)
        rest = [
            condition
            for condition in reading.conditions
            if condition.field != table.key and not _repeats_name(condition.field, about, table.key)
        ]
        if not rest:
            continue
        is_any = not named and _ANY.search(question.folded) is not None
        if (named and len(about) == 1) or is_any:
            values = [f"{c.field.replace('_', ' ')}: {about[0].get(c.field)}" for c in rest]
            verdicts.append((bool(reading.records), ", ".join(values) if named else ""))
    if len(verdicts) != 1:
        return None
    is_so, told = verdicts[0]
    said = verdict_word(is_so, is_portuguese=question.is_portuguese)

    def is_met(text: str) -> bool:
        return says_verdict(text, is_so) and not says_not_known(text)

    reason = f"the facts say {told or 'so'}; the answer must be {said.lower()}"
    stated = f"{said} ({told})." if told else f"{said}."
    return Expected("asked_verdict", reason, is_met, stated, (said,))


def _repeats_name(field: str, records: Sequence[Mapping[str, Any]], key: str | None) -> bool:
    """Return whether a field, such as a description, says no more than the names of records."""
    return all(key and fold(str(one.get(field))) == fold(str(one.get(key))) for one in records)


def _of_reading(reading: Reading) -> Expected | None:
    question, records, conditions = reading.question, reading.records, reading.conditions
    folded = question.folded
    superlative = superlative_in(folded)
    counted = _NUMBER_OF.search(folded)
    if counted is not None and reading.nouns.has(counted[1]):  # no sum of one of their fields
        return number_of(reading)
    for pattern, answer in ((DIFFERENCE, difference_of), (AVERAGE, average_of), (SUM, sum_of)):
        asked = pattern.search(folded)
        if asked is not None and not reading.used.issuperset(WORD.findall(asked[0])):
            return answer(reading)  # "media" is a mean, and may be the name of a folder
    if superlative is not None:
        return extreme_of(reading, superlative)
    if HOW_MANY.search(folded):
        return number_of(reading)
    if len(records) == 1 and any(one.names for one in conditions):
        return _field_of_one(reading)
    return _names(reading)


def _field_of_one(reading: Reading) -> Expected | None:
    record = reading.records[0]
    field = asked_field(reading, record, set())
    if field is None:
        return None
    strange = reading.unexplained(field)
    noun = WHICH.search(reading.question.folded)
    if any(map(meanings_of, strange)) or len(strange) > MOST_UNEXPLAINED or strange & NARROWING:
        return None
    if noun is not None and noun[1] in strange:
        return None  # another thing is asked for
    is_named = reading.question.said.has_all(own_words(field, reading.table))
    is_role = field == reading.table.key or any(map(meanings_of, words_of_name(field)))
    if strange and is_role and not is_named:
        return None  # of one who cleaned a room nothing is known where only its guest is
    return say_field(reading, record, field)


def _names_another(reading: Reading) -> bool:
    """Return whether a question names an entry beside the one that has a value of the question."""
    others = (name_of_record(reading, one) for one in reading.table.records)
    said = reading.question.said
    return any(said.has_all(words_of_name(name)) for name in others)


def _names(reading: Reading) -> Expected | None:
    """Return the demand for the names of all records for which the conditions hold."""
    table, records = reading.table, reading.records
    if table.key is None or not 0 < len(records) < len(table.records) or len(records) > MOST_LISTED:
        return None
    if not reading.conditions or reading.names_record:
        return None
    if asked_field(reading, records[0], set()) != table.key or reading.unexplained():
        return None
    if table.key == "" and _names_another(reading):
        return None  # the value of that entry is asked for
    return say_names(reading, records, None)
