"""A question as it is read over one table: its conditions, and the field that it asks for.

*What do the open invoices add up to?* has a condition (``status`` is open), a field (``amount``)
and an aggregate (the sum). Every word of the question has to be explained by one of these, or by
the names of the table: else it may narrow down what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from function.reflection.checks.facts.amounts import amounts_of, is_moment
from function.reflection.checks.facts.asked_fact import READING, can_be_said
from function.reflection.checks.facts.comparisons import unit_of
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.records.conditions import conditions_in
from function.reflection.checks.facts.states import is_state, is_state_field
from function.reflection.checks.facts.tables import Condition, RecordTable
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.text.words import fold

NARROWING = word_set(
    "not than without other else only nao sem outro outra outros outras somente apenas"
)

MOST_UNEXPLAINED = 2
"""Words of a question for one record that nothing in it explains."""

_HOW_LONG = re.compile(r"\b(?:how (?:long|often)|quanto tempo)\b")

HOW_MANY = re.compile(
    r"(?:\b(?:how (?:many|much)|quant[oa]s?)|"
    r"^\W*(?:what|qual)\b(?: is| was| e| foi)?(?: the| o| a)?(?: total)? "
    r"(?:number of|numero de|quantidade de))\b(?: of)?"
    r"(?: (?:the|our|my))?(?: (?P<noun>[^\W\d_]+))?(?: (?P<next>[^\W\d_]+))?"
)

_PLAIN = word_set(
    "have has had use uses used using take takes make makes go goes get gets got stand come comes "
    "there call called all together altogether total sum add up combined average mean list name "
    "names tell give show everybody everyone anyone people persons pessoas todos todas todo toda "
    "tudo ao soma somam media medio em liste nomes differ difference by much between entre "
    "diferenca juntos juntas already ja temos done left us we work works working live lives "
    "trabalha trabalham fica ficam exist exists existe existem space espaco"
)
"""Words that ask, or say that something is so, and narrow nothing down."""

_WHAT_IS = re.compile(
    r"^\W*(?:what(?:'s| is| was)|how (?:\w+ )?(?:is|was)|qual (?:e|foi)|quanto)\b"
)
_WHOSE = re.compile(r"\bwhose ([^\W\d_]+)")
_AMOUNT_OF = re.compile(
    r"\b(?:number|amount|quantity|value|numero|quantidade|valor) "
    r"(?:of|de|d[ao]s?) (?:the )?([^\W_]+)"
)
WHICH = re.compile(
    r"\b(?:which|what|who|qual|quais|quem|que) (?:of (?:the|my|our) |e [oa] |sao [oa]s |[oa]s? )?"
    r"([^\W\d_]+)"
)

_PERSON = re.compile(r"[A-Z\u00c0-\u00de]\.?\s?[^\W\d_]|(?:the|o|a) ")


class Reading(NamedTuple):
    """A question over one table."""

    question: Question
    table: RecordTable
    conditions: list[Condition]
    records: list[dict[str, Any]]
    """Those for which the conditions hold."""

    @property
    def used(self) -> frozenset[str]:
        """Words of the question that the conditions explain."""
        fields = [words_of_name(one.field) for one in self.conditions]
        return frozenset().union(*(one.words for one in self.conditions), *fields)

    @property
    def nouns(self) -> Said:
        """What the records are called: by the table, and by the field that names them."""
        table = self.table
        names = [] if table.key is None else [str(name) for name in table.values(table.key)]
        texts = [" ".join(words_of_name(each)) for each in (table.name, table.key or "")]
        texts += [
            " ".join(one.words)  # the kind that begins their names: "light.kitchen"
            for one in self.conditions
            if one.field == table.key and not one.names
        ]
        if names and all(map(is_moment, names)):
            texts.append("day dia time hora date data")
        return Said(texts)

    @property
    def names_record(self) -> bool:
        """Whether a record is called by its name."""
        return any(one.field == self.table.key and one.names for one in self.conditions)

    def unexplained(self, *more: str) -> set[str]:
        """Return the words of the question that nothing explains.

        :param more: words and names of fields that say what is asked for.
        """
        table = self.table
        fields = [*more, *(one.field for one in self.conditions)]
        known = Said([table.name, *(" ".join(words_of_name(each)) for each in fields)])
        words = set(self.question.content_words()) - self.used - _PLAIN - FUNCTION_WORDS
        words = {word for word in words - GENERIC_WORDS - UNITS if unit_of(word) == word}
        stated = set(self.question.sentences) - set(self.question.asked)
        if self.question.asked:  # "The mailer is down. Who runs it?" asks nothing of a state
            words -= {word for part in stated for word in WORD.findall(part) if is_state(word)}
        used = Said([" ".join(self.used)])
        if table.key == "" and len(table.fields) == 2 and self.conditions and not self.names_record:
            # What has no name of its own may be called by any: "Which fruit is out of stock?"
            words -= set(WHICH.findall(self.question.folded))
        if "item" in (table.key, table.name):  # so is a list without a heading: "the shop Centro"
            words -= {
                one for one, other in pairwise(self.question.said.words) if other in self.used
            }
        return {
            word
            for word in words
            if not known.has(word) and not self.nouns.has(word) and not used.has_form(word)
        }


def read_question(question: Question, table: RecordTable) -> Reading | None:
    """Return the reading of a question over a table, None where it names what is not there."""
    conditions = conditions_in(question, table)
    if conditions is None:
        return None
    reading = Reading(question, table, conditions, table.meeting(conditions))
    return reading if _are_names_known(reading) else None


def _are_names_known(reading: Reading) -> bool:
    """Return whether a question names nothing that the table does not have."""
    table, question = reading.table, reading.question
    known = Said([table.name, *(" ".join(words_of_name(field)) for field in table.fields)])
    used = Said([" ".join(reading.used)])
    words = [word for name in question.names for word in WORD.findall(fold(name))]
    words = [word.rstrip("s") if word[:1].isdigit() else word for word in words]
    words += question.times
    return all(known.has(word) or used.has_form(word) for word in words if len(word) > 1)


def asked_column(reading: Reading) -> str | None:
    """Return the one field of numbers that a question names, or whose unit it says."""
    table, question = reading.table, reading.question
    numbers = _numbers(reading)
    if len(numbers) == 1 and len(table.fields) == len(("name", "value")) and reading.names_record:
        return numbers[0]
    counted = HOW_MANY.search(question.folded)
    noun = counted["noun"] if counted is not None else None
    for said in (Said([noun, unit_of(noun)]) if noun else Said([]), question.said):
        named = [field for field in numbers if said.has_all(own_words(field, table))]
        named = named or [each for each in numbers if any(map(said.has, words_of_name(each)))]
        if named:
            return named[0] if len(named) == 1 else None
    return None


def only_column(reading: Reading) -> str | None:
    """Return the field of numbers that is asked for: named, or the only one."""
    numbers = _numbers(reading)
    return asked_column(reading) or (numbers[0] if len(numbers) == 1 else None)


def _numbers(reading: Reading) -> list[str]:
    """Return the fields of numbers of which a question says nothing else."""
    taken = {reading.table.key, *(one.field for one in reading.conditions)}
    columns = [field for field in reading.table.fields if field not in taken]
    kinds = {field: amounts_of(values_of(reading, field), field) for field in columns}
    return [
        field
        for field, amounts in kinds.items()
        if amounts is not None and amounts.kind in ("number", "duration")
    ]


def own_words(field: str, table: RecordTable) -> list[str]:
    """Return the telling words of a field; one without a name has those of its table."""
    return telling_words(field or table.name)


def values_of(reading: Reading, field: str) -> list[Any]:
    """Return the values of a field in the records that are meant."""
    return [record[field] for record in reading.records if record.get(field) is not None]


def asked_field(reading: Reading, record: dict[str, Any], taken: set[str]) -> str | None:
    """Return the field of a record that is asked for: named, or the only one of its kind."""
    question, table = reading.question, reading.table
    said = {one.field for one in reading.conditions if one.names or one.field != table.key} | taken
    rest = [
        field
        for field, value in record.items()
        if field not in said and field != table.key and can_be_said(value)
    ]
    noun = WHICH.search(question.folded)
    is_key_asked = noun is not None and table.key not in said and reading.nouns.has(noun[1])
    if (
        noun is not None
        and is_key_asked
        and not any(Said([noun[1]]).has_all(telling_words(field)) for field in rest if field)
    ):
        return table.key
    whose = _WHOSE.search(question.folded)
    if whose is not None and table.key not in said and whose[1] in reading.used:
        return table.key  # "Whose due date is 2026-05-01?" asks for the record
    free = Said([" ".join(word for word in question.said.words if word not in reading.used)])
    owners = {first for first, _ in question.objects} - set(_AMOUNT_OF.findall(question.folded))
    named = [
        field
        for field in rest
        if field
        and free.has_all(telling_words(field))
        and not owners.issuperset(words_of_name(field))
    ]
    if len(named) > 1 and question.asks_who:
        named = [field for field in named if may_be_person(record[field])]
    if len(named) > 1 and noun is not None:
        of_noun = [field for field in named if Said([noun[1]]).has_all(telling_words(field))]
        named = of_noun if len(of_noun) == 1 else named
    if named:
        return only_named(named, free, question, record)
    kind: Callable[[Any], bool] | None = None
    if question.asks_who:
        kind = may_be_person
    elif question.asks_for_moment:
        kind = _is_moment
    elif _HOW_LONG.search(question.folded):
        kind = _is_duration
    if any(map(is_state_field, filter(None, said))) and kind is not None:
        return None  # when it was shipped is not when it was ordered
    if kind is None and _WHAT_IS.match(question.folded) and not is_key_asked:
        told = [field for field in rest if field in READING]
        if len(told) == 1:
            return told[0]  # "What is the temperature of the attic?" asks for a sensor's state
    if kind is None:
        return table.key if table.key not in said else None
    if table.key is not None and table.key not in said and kind(record[table.key]):
        return table.key
    found = [field for field in rest if kind(record[field])]
    return found[0] if len(found) == 1 else None


def only_named(
    fields: list[str], said: Said, question: Question, record: Mapping[str, Any]
) -> str | None:
    """Return the one of the fields that are named which a question says in its own words, None
    without one, or where its value is of another kind than the one that is asked for."""
    direct = [field for field in fields if said.has_forms(telling_words(field))]
    fields = direct if len(direct) == 1 else fields
    return fields[0] if len(fields) == 1 and question.fits(record[fields[0]]) else None


def may_be_person(value: object) -> bool:
    """Return whether a value may name a person: *Irene*, *the caretaker*; not *nurse*, not *B*."""
    is_name = isinstance(value, str) and _PERSON.match(value) is not None
    return is_name and not any(map(str.isdigit, str(value))) and not is_moment(str(value))


def _is_moment(value: object) -> bool:
    return is_moment(str(value))


def _is_duration(value: object) -> bool:
    found = amounts_of([value], "")
    return found is not None and found.kind == "duration"
